"""The template's promises: handlers exist, logs are kept, failures go somewhere, rights are narrow."""

import importlib
import json
from functools import cache
from typing import Any

import pytest
from cfnlint.api import lint_all
from samtranslator.translator.managed_policy_translator import ManagedPolicyLoader
from samtranslator.translator.transform import transform

from expectations.thresholds import Thresholds
from local.check.result import PARAMETERS
from local.stack.deploy import ARTIFACTS, localised, template
from local.stack.packaging import ROOT
from steps.shared.observability import NAMESPACE
from steps.shared.settings import Settings
from tests.contracts.reference import settings_by_function

RESOURCES: dict[str, Any] = template()["Resources"]
FUNCTIONS = {
    name: resource["Properties"]
    for name, resource in RESOURCES.items()
    if resource["Type"] == "AWS::Serverless::Function"
}
each_function = pytest.mark.parametrize("name", sorted(FUNCTIONS))

# Actions for which AWS knows no narrower resource, by statement.
_ANY_RESOURCE = {"DeliverLogs", "Trace", "ListStreams"}


def _handler(properties: dict[str, Any]) -> str:
    return str(properties.get("Handler") or properties["ImageConfig"]["Command"][0])


@cache
def _settings() -> dict[str, type[Settings]]:
    """The settings that each function's module loads; what follows holds the template's variables to them."""
    return settings_by_function(template())


def _variables(name: str) -> set[str]:
    shared = template()["Globals"]["Function"]["Environment"]["Variables"]
    return set(shared) | set(FUNCTIONS[name].get("Environment", {}).get("Variables", {}))


@each_function
def test_handler_imports(name: str) -> None:
    module, _, function = _handler(FUNCTIONS[name]).rpartition(".")
    assert callable(getattr(importlib.import_module(module), function))


@each_function
def test_environment_holds_every_setting_without_a_default(name: str) -> None:
    needed = {field.upper() for field, info in _settings()[name].model_fields.items() if info.is_required()}
    assert needed <= _variables(name)


@each_function
def test_every_variable_of_a_function_is_a_setting_of_it(name: str) -> None:
    own = set(FUNCTIONS[name].get("Environment", {}).get("Variables", {}))
    assert own <= {field.upper() for field in _settings()[name].model_fields}


@each_function
def test_log_group_with_retention(name: str) -> None:
    assert "LoggingConfig" in FUNCTIONS[name], "it needs a LoggingConfig and a log group of its own"
    group = RESOURCES[FUNCTIONS[name]["LoggingConfig"]["LogGroup"]["Ref"]]
    assert group["Type"] == "AWS::Logs::LogGroup"
    assert group["Properties"]["RetentionInDays"] == {"Ref": "LogRetentionDays"}
    function_name = FUNCTIONS[name]["FunctionName"]["Fn::Sub"]
    assert group["Properties"]["LogGroupName"]["Fn::Sub"] == f"/aws/lambda/{function_name}"


def test_everything_asynchronous_has_a_failure_destination() -> None:
    for name, resource in RESOURCES.items():
        properties = resource.get("Properties", {})
        if resource["Type"] == "AWS::Lambda::EventSourceMapping":
            source = properties["EventSourceArn"]["Fn::GetAtt"][0]
            queue = RESOURCES[source]["Properties"].get("RedrivePolicy", {})
            destination = properties.get("DestinationConfig", {}).get("OnFailure") or queue
            assert destination, name
        if resource["Type"] == "AWS::Events::Rule":
            assert all("DeadLetterConfig" in target for target in properties["Targets"]), name


def test_counting_is_neither_bisected_nor_bounded() -> None:
    """Exact counts rest on every shard being counted in order, to its end (section 4)."""
    mapping = RESOURCES["ProcessSavedScoresMapping"]["Properties"]
    assert "BisectBatchOnFunctionError" not in mapping
    assert mapping["MaximumRetryAttempts"] == -1
    # Given up shortly before the stream itself forgets it, or nobody would be told of it.
    assert 20 * 3600 < mapping["MaximumRecordAgeInSeconds"] < 24 * 3600
    assert mapping["ParallelizationFactor"] == 1
    assert mapping["TumblingWindowInSeconds"]


def test_who_puts_messages_back_where_they_came_from_may_loop() -> None:
    """Lambda stops a function that feeds its own queue at the 16th time, unless told that it is meant to."""
    looping = set()
    for mapping in RESOURCES.values():
        if mapping["Type"] != "AWS::Lambda::EventSourceMapping":
            continue
        name, source = mapping["Properties"]["FunctionName"]["Ref"], mapping["Properties"]["EventSourceArn"]
        for statement in FUNCTIONS[name]["Policies"][0]["Statement"]:
            if statement["Resource"] == source and "sqs:SendMessage" in statement["Action"]:
                looping.add(name)
    assert looping == {"VerdictReporterFunction"}
    assert {name for name, found in FUNCTIONS.items() if found.get("RecursiveLoop") == "Allow"} == looping


def test_two_stacks_share_neither_metrics_nor_a_dashboard() -> None:
    variables = template()["Globals"]["Function"]["Environment"]["Variables"]
    assert variables["POWERTOOLS_SERVICE_NAME"] == {"Ref": "AWS::StackName"}
    dashboard = RESOURCES["Dashboard"]["Properties"]
    # Dashboards have no region.
    assert dashboard["DashboardName"] == {"Fn::Sub": "${AWS::StackName}-${AWS::Region}"}
    text = dashboard["DashboardBody"]["Fn::Sub"]
    ours = text.count(f'["{NAMESPACE}", ')
    assert ours > 10
    assert text.count('"service", "${AWS::StackName}"]') == ours


@pytest.mark.parametrize(("name", "hours"), [("CountingFallenBehind", 1), ("CountingFarBehind", 12)])
def test_counting_that_falls_behind_raises_an_alarm(name: str, hours: int) -> None:
    """Nothing gives a shard up for 22 hours, so its age is the only sign of one that stands still."""
    alarm = RESOURCES[name]["Properties"]
    assert (alarm["Namespace"], alarm["MetricName"], alarm["Statistic"]) == (
        "AWS/Lambda",
        "IteratorAge",
        "Maximum",
    )
    assert alarm["Dimensions"] == [{"Name": "FunctionName", "Value": {"Ref": "ProcessSavedScoresFunction"}}]
    # In milliseconds, and far below the 22 hours after which a change is given up.
    assert 60_000 <= alarm["Threshold"] <= hours * 3_600_000
    assert alarm["AlarmDescription"]
    assert alarm["AlarmActions"]


def test_dead_letters_raise_an_alarm() -> None:
    """It is in no queue; that they are told is in tests/steps/workers and end_to_end/test_alarms_ring.py."""
    alarms = [r["Properties"] for r in RESOURCES.values() if r["Type"] == "AWS::CloudWatch::Alarm"]
    ours = [alarm for alarm in alarms if alarm["Namespace"] == NAMESPACE]
    ringing = {
        "EntriesDeadLetters",
        "ScoresInvalid",
        "RunsQuarantined",
        "RecordsNotWritten",
        "VerdictsWarned",
    }
    assert {alarm["MetricName"] for alarm in ours} == ringing
    for alarm in ours:
        assert alarm["Dimensions"] == [{"Name": "service", "Value": {"Ref": "AWS::StackName"}}]
        assert (alarm["Threshold"], alarm["Statistic"]) == (0, "Sum")
        assert alarm["AlarmDescription"]
        assert alarm["AlarmActions"]


def test_policies_name_their_resources() -> None:
    for name, resource in RESOURCES.items():
        for policy in resource.get("Properties", {}).get("Policies", []):
            for statement in policy.get("Statement", policy.get("PolicyDocument", {}).get("Statement", [])):
                actions = (
                    statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
                )
                assert not any(action.endswith("*") for action in actions), f"{name}: {actions}"
                if statement["Resource"] == "*":
                    assert statement["Sid"] in _ANY_RESOURCE, f"{name}: {statement}"


def test_every_parameter_is_described_and_used() -> None:
    text = (ROOT / "template.yaml").read_text()
    for name, parameter in template()["Parameters"].items():
        assert parameter.get("Description"), name
        assert f"!Ref {name}" in text or f"${{{name}}}" in text, f"{name} is used nowhere"


@pytest.mark.parametrize("where", ["cloud", "laptop"])
def test_template_lints_as_transformed(where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The CloudFormation that SAM makes of it, once as it goes to AWS, once as it runs on a laptop."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")  # SAM's translator asks which partition it is in
    document = _packaged() if where == "cloud" else localised(template(), _DEFINITIONS)
    made = transform(document, {}, ManagedPolicyLoader(_NoIam()))
    # W3045, W3005 and the like are style; errors are what AWS would refuse.
    errors = [str(match) for match in lint_all(json.dumps(made)) if match.rule.id.startswith("E")]
    assert errors == []


_DEFINITIONS = {
    f"statemachines/{path.name}": f"s3://{ARTIFACTS}/{path.name}"
    for path in (ROOT / "statemachines").iterdir()
}


def _packaged() -> dict[str, Any]:
    """The template as `sam package` leaves it: the same, with code in S3 and the image in a registry."""
    document: dict[str, Any] = json.loads(json.dumps(template()))
    for resource in document["Resources"].values():
        properties = resource.get("Properties", {})
        if properties.get("PackageType") == "Image":
            properties["ImageUri"] = "123456789012.dkr.ecr.us-east-1.amazonaws.com/steps:1"
        elif resource["Type"] == "AWS::Serverless::Function":
            properties["CodeUri"] = f"s3://{ARTIFACTS}/workers.zip"
        elif resource["Type"] == "AWS::Serverless::StateMachine":
            properties["DefinitionUri"] = _DEFINITIONS[properties["DefinitionUri"]]
    return document


def test_every_queue_of_failures_has_an_alarm() -> None:
    queues = {n for n, r in RESOURCES.items() if r["Type"] == "AWS::SQS::Queue"} - {"VerdictReporterQueue"}
    alarms = [r["Properties"] for r in RESOURCES.values() if r["Type"] == "AWS::CloudWatch::Alarm"]
    watched = {
        dimension["Value"]["Fn::GetAtt"][0]
        for alarm in alarms
        for dimension in alarm.get("Dimensions", [])
        if alarm["MetricName"] == "ApproximateNumberOfMessagesVisible"
    }
    assert watched == queues, "each queue of failures has an alarm"
    assert all(alarm["AlarmDescription"] and alarm["AlarmActions"] for alarm in alarms)


class _NoIam:
    """SAM asks IAM for managed policies by name; the template has none."""

    def get_paginator(self, _operation: str) -> "_NoIam":
        return self

    def paginate(self, **_arguments: object) -> list[dict[str, list[object]]]:
        return [{"AttachedPolicies": [], "Policies": []}]


def test_the_gates_thresholds_are_parameters_with_the_codes_defaults() -> None:
    variables = FUNCTIONS["CheckQualityFunction"]["Environment"]["Variables"]
    parameters = template()["Parameters"]
    page = (ROOT / "docs" / "data-quality.md").read_text(encoding="utf-8")
    for name, field in PARAMETERS.items():
        assert field.upper() in variables, f"CheckQualityFunction lacks {field.upper()}"
        assert f"`{name}`" in page, f"docs/data-quality.md says nothing of {name}"
        assert variables[field.upper()] == {"Ref": name}
        assert float(parameters[name]["Default"]) == getattr(Thresholds(), field)
        assert parameters[name]["Type"] == "Number"
        assert parameters[name]["Description"]
