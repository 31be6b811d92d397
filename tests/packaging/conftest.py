"""What is deployed, made once: the image's content, and each worker's zip beside Lambda's own runtime."""

import json
import secrets
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from local.stack.deploy import template
from local.stack.embedded import EmbeddedAws
from local.stack.fakes import Fakes
from tests.packaging.packages import Image, build, built_worker, managed_runtime, unpacked_as_deployed
from tests.packaging.runtime_api import Answer, invoke

TEMPLATE = template()
FUNCTIONS: dict[str, dict[str, Any]] = {
    name: resource["Properties"]
    for name, resource in TEMPLATE["Resources"].items()
    if resource["Type"] == "AWS::Serverless::Function"
}
STEPS = sorted(name for name, found in FUNCTIONS.items() if found.get("PackageType") == "Image")
WORKERS = sorted(set(FUNCTIONS) - set(STEPS))


# What is deployed is made once, by one worker process; the first test waits for it, some minutes.
MARKS = [
    pytest.mark.xdist_group("packaging"),
    pytest.mark.timeout(900),
    pytest.mark.skipif(sys.platform != "linux", reason="awslambdaric is for Linux only"),
]


@dataclass(frozen=True)
class Deployed:
    """A function as Lambda would start it: its program, its folder, and the variables of its image."""

    command: list[str]
    folder: Path
    environment: dict[str, str]


@dataclass
class World:
    """The deployed functions, and the names of what the template's variables refer to."""

    functions: dict[str, Deployed]
    names: dict[str, str] = field(default_factory=dict)
    endpoint: str = ""

    def invoke(self, name: str, event: Any, *, configured: bool = True) -> Answer:
        """One event through one function; its variables are those that the template gives it."""
        deployed = self.functions[name]
        environment = deployed.environment | {"AWS_ENDPOINT_URL": self.endpoint}
        if configured:
            environment |= self._variables(name)
        return invoke(deployed.command, deployed.folder, environment, json.loads(json.dumps(event)), name)

    def _variables(self, name: str) -> dict[str, str]:
        given = TEMPLATE["Globals"]["Function"]["Environment"]["Variables"]
        given = given | FUNCTIONS[name].get("Environment", {}).get("Variables", {})
        return {key: self._value(value) for key, value in given.items()}

    def _value(self, value: Any) -> str:
        if isinstance(value, str):
            return value
        name = value["Ref"]
        return self.names[name] if name in self.names else str(TEMPLATE["Parameters"][name]["Default"])


@pytest.fixture(scope="session")
def image(tmp_path_factory: pytest.TempPathFactory) -> Image:
    return build(tmp_path_factory.mktemp("image"))


@pytest.fixture(scope="session")
def steps(image: Image) -> dict[str, Deployed]:
    return {
        name: Deployed(
            [*image.entrypoint, *FUNCTIONS[name]["ImageConfig"]["Command"]], image.folder, image.environment
        )
        for name in STEPS
    }


@pytest.fixture(scope="session")
def workers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Deployed]:
    folder = tmp_path_factory.mktemp("workers")
    interpreter = str(managed_runtime(folder / "runtime"))
    # Their builds differ in nothing (test_content.py), so one stands for the four.
    task = unpacked_as_deployed(built_worker(WORKERS[0], folder / "built"), folder / "task")
    return {
        name: Deployed([interpreter, "-m", "awslambdaric", FUNCTIONS[name]["Handler"]], task, {})
        for name in WORKERS
    }


@pytest.fixture(scope="session")
def aws() -> Iterator[EmbeddedAws]:
    with EmbeddedAws() as running:
        yield running


@pytest.fixture
def fakes() -> Iterator[Fakes]:
    with Fakes() as running:
        yield running


@pytest.fixture
def names(aws: EmbeddedAws, fakes: Fakes) -> dict[str, str]:
    """One of everything that the functions' variables refer to, by its name in the template."""
    unique = secrets.token_hex(4)
    keys = TEMPLATE["Resources"]["DemandTable"]["Properties"]
    aws.client("dynamodb").create_table(
        TableName=f"demand-{unique}",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=keys["AttributeDefinitions"],
        KeySchema=keys["KeySchema"],
    )
    aws.client("s3").create_bucket(Bucket=f"pipeline-{unique}")
    for stream in ("scores", "campaign-data"):
        aws.client("kinesis").create_stream(StreamName=f"{stream}-{unique}", ShardCount=1)
    queue = aws.client("sqs").create_queue(QueueName=f"verdicts-{unique}")
    fakes.campaigns.token, fakes.entries.token = secrets.token_hex(), secrets.token_hex()
    kept = {
        "SlackWebhookSecret": fakes.slack.url,
        "CampaignServiceSecret": fakes.campaigns.token,
        "EntryServiceSecret": fakes.entries.token,
    }
    arns = {
        name: aws.client("secretsmanager").create_secret(Name=f"{name}-{unique}", SecretString=value)["ARN"]
        for name, value in kept.items()
    }
    return {
        **arns,
        "AWS::StackName": f"stack-{unique}",
        "FinishFunction": f"stack-{unique}-finish",
        "PlainHttp": "allowed",
        "DemandTable": f"demand-{unique}",
        "PipelineBucket": f"pipeline-{unique}",
        "ScoresStream": f"scores-{unique}",
        "CampaignDataStream": f"campaign-data-{unique}",
        "VerdictReporterQueue": queue["QueueUrl"],
        "CampaignServiceUrl": fakes.campaigns.url,
        "EntryServiceUrl": fakes.entries.url,
    }
