"""docs/deploying.md and samconfig.toml.example speak of the template as it is.

Cannot see: whether AWS does as they say.
"""

import re
import tomllib

from local.stack.deploy import template
from local.stack.packaging import ROOT

PAGE = (ROOT / "docs" / "deploying.md").read_text()
PARAMETERS = template()["Parameters"]
RESOURCES = template()["Resources"]
CONFIG = tomllib.loads((ROOT / "samconfig.toml.example").read_text())["default"]


def test_parameters_that_are_named_exist() -> None:
    given = {one.partition("=")[0] for one in CONFIG["deploy"]["parameters"]["parameter_overrides"]}
    assert given <= set(PARAMETERS)
    # On the command line or in words: a capital, a small letter, another capital.
    of_aws = {"ReadUnitsPerSecond", "WriteUnitsPerSecond", "OutputKey"}
    assigned = set(re.findall(r"\b([A-Z][a-z]+[A-Z]\w+)=", PAGE)) - of_aws
    section = PAGE.partition("\n## Parameters")[2].partition("\n## ")[0]
    named = set(re.findall(r"`([A-Z][a-z]+[A-Z]\w+)`", section))
    assert len(named) > 10
    assert assigned | named <= set(PARAMETERS)


def test_what_must_be_given_is_said() -> None:
    needed = {name for name, one in PARAMETERS.items() if "Default" not in one}
    row = next(line for line in PAGE.splitlines() if line.startswith("| without a default |"))
    assert set(re.findall(r"`(\w+)`", row)) == needed


def test_no_secret_is_in_the_example() -> None:
    hidden = {name for name, one in PARAMETERS.items() if one.get("NoEcho")}
    given = {one.partition("=")[0] for one in CONFIG["deploy"]["parameters"]["parameter_overrides"]}
    assert hidden == {"SlackWebhookUrl", "CampaignServiceToken", "EntryServiceToken"}
    assert not hidden & given
    assert "samconfig.toml" in (ROOT / ".gitignore").read_text().splitlines()


def test_outputs_that_are_named_exist() -> None:
    named = set(re.findall(r"output `(\w+)`|OutputKey=='(\w+)'", PAGE))
    assert {a or b for a, b in named} <= set(template()["Outputs"])
    assert named


def test_the_stacks_name_may_be_as_long_as_is_said() -> None:
    names = [
        resource["Properties"]["FunctionName"]["Fn::Sub"].replace("${AWS::StackName}", "")
        for resource in RESOURCES.values()
        if resource["Type"] == "AWS::Serverless::Function"
    ]
    assert f"at most {64 - max(map(len, names))} characters" in PAGE


def test_alarms_are_counted() -> None:
    alarms = sum(resource["Type"] == "AWS::CloudWatch::Alarm" for resource in RESOURCES.values())
    assert f"| {alarms} alarms at $0.10" in PAGE, f"docs/deploying.md: {alarms} alarms, and their price"


def test_roles_have_no_names() -> None:
    """CAPABILITY_IAM is enough as long as none has."""
    assert CONFIG["deploy"]["parameters"]["capabilities"] == "CAPABILITY_IAM"
    roles = [resource for resource in RESOURCES.values() if resource["Type"] == "AWS::IAM::Role"]
    assert roles
    assert not any("RoleName" in role["Properties"] for role in roles)


def test_links_within_the_page_resolve() -> None:
    headings = re.findall(r"^## (.+)$", PAGE, re.MULTILINE)
    anchors = {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
    assert set(re.findall(r"\]\(#([^)]+)\)", PAGE)) <= anchors
