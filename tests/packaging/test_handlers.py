"""Every function as Lambda starts it: AWS's runtime interface client, the template's handler, one event.

The image's steps run in what the Dockerfile installs and copies, by its ENTRYPOINT; the workers in their
built zip, with nothing beside it but AWS's runtime client. No package of this checkout is in reach.
Cannot see: Amazon Linux, Debian, Lambda's limits and its user.
"""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from local.sample.generate import suggested_key
from local.stack.deploy import template
from local.stack.packaging import ROOT
from tests.contracts.reference import settings_by_function
from tests.packaging.conftest import FUNCTIONS, MARKS, STEPS, WORKERS, Deployed, World
from tests.packaging.runtime_api import invoke
from tests.steps.records import image as table_image
from tests.steps.records import kinesis_event, score, stream_record

if TYPE_CHECKING:
    from local.stack.embedded import EmbeddedAws
    from local.stack.fakes import Fakes
    from pipelines.keys import Kind

pytestmark = MARKS


NEEDED = {
    name: [field.upper() for field, info in model.model_fields.items() if info.is_required()]
    for name, model in settings_by_function(template()).items()
}


def files_of(folder: Path) -> set[Path]:
    return {file for file in folder.rglob("*") if file.is_file()}


@pytest.fixture
def world(
    steps: dict[str, Deployed], workers: dict[str, Deployed], names: dict[str, str], aws: "EmbeddedAws"
) -> World:
    return World(steps | workers, names, aws.endpoint)


def check_missing_environment(functions: dict[str, Deployed], name: str) -> None:
    """It starts, takes the event, and says what it lacks."""
    before = files_of(functions[name].folder)
    answer = World(functions).invoke(name, {}, configured=False)
    assert answer.kind == "error", f"{answer.body}\n{answer.log}"
    assert answer.body["errorType"] == "ConfigurationError"
    assert all(f"{variable} (" in answer.body["errorMessage"] for variable in NEEDED[name])
    # As on Lambda, where a function may write to /tmp only.
    assert files_of(functions[name].folder) == before
    assert not (functions[name].folder.parent / "no-home").exists()


# Prepare needs none; the run from step to step starts it.
@pytest.mark.parametrize("name", [name for name in STEPS if NEEDED[name]])
def test_a_step_without_its_environment_says_so(name: str, steps: dict[str, Deployed]) -> None:
    check_missing_environment(steps, name)


@pytest.mark.parametrize("name", WORKERS)
def test_a_worker_without_its_environment_says_so(name: str, workers: dict[str, Deployed]) -> None:
    check_missing_environment(workers, name)


def test_a_handler_that_is_not_there_is_no_start(workers: dict[str, Deployed]) -> None:
    """What a wrong name in the template comes to: the tests above would see it."""
    deployed = workers["VerdictReporterFunction"]
    for handler, error in (
        ("steps.workers.verdict_reporter.handle", "Runtime.HandlerNotFound"),
        ("steps.workers.verdict_reporters.handler", "Runtime.ImportModuleError"),
        # Steps are in the image only.
        ("steps.states.resolve.handler", "Runtime.ImportModuleError"),
    ):
        answer = invoke([*deployed.command[:-1], handler], deployed.folder, {}, {})
        assert (answer.kind, answer.body["errorType"]) == ("init_error", error)


def test_workers_handle_events(world: World, fakes: "Fakes") -> None:
    fakes.campaigns.register("campaign-1", "One", ["London"])
    loaded = world.invoke("LoadScoresToDynamoDBFunction", kinesis_event(score("a"), b"{")).result
    assert (loaded["created"], loaded["invalid"], loaded["failed"]) == (1, 1, 0)
    saved = {"Records": [stream_record(1, None, table_image(True))], "shardId": "shard-1"}
    counted = world.invoke("ProcessSavedScoresFunction", saved).result
    assert (counted["counted"], counted["state"]) == (1, {})
    sent = world.invoke("SaveEntryScoringFunction", kinesis_event(score("a"))).result
    assert (sent["inserted"], sent["deadLetters"]) == (1, 0)
    body = json.dumps({"campaignId": "campaign-1", "count": 1})
    said = world.invoke("VerdictReporterFunction", {"Records": [{"messageId": "m", "body": body}]}).result
    assert (said["posted"], said["batchItemFailures"]) == (1, [])
    assert fakes.slack.posts == ["Campaign 'One' scoring complete: 1 verified"]
    assert fakes.refused == []


def run_until_checked(world: World, aws: "EmbeddedAws", kind: "Kind") -> dict[str, Any]:
    """Resolve, Prepare and CheckQuality on a sample; what the state machine would have by then."""
    bucket, key = world.names["PipelineBucket"], suggested_key(kind)
    aws.client("s3").put_object(Bucket=bucket, Key=key, Body=(ROOT / "samples" / f"{kind}.csv").read_bytes())
    execution = {"executionArn": "arn:aws:states:::execution:one", "startedAt": "2026-02-14T10:00:00.000Z"}
    asked = {"source": kind, "input": {"bucket": bucket, "key": key}, **execution}
    state: dict[str, Any] = world.invoke("ResolveFunction", asked).result
    state["prepared"] = world.invoke("PrepareFunction", {"run": state["run"]}).result
    checked = {"run": state["run"], "prepared": state["prepared"]}
    state["quality"] = world.invoke("CheckQualityFunction", checked).result
    return state


def partitions(world: World, aws: "EmbeddedAws", state: dict[str, Any]) -> list[dict[str, Any]]:
    found = aws.client("s3").get_object(
        Bucket=world.names["PipelineBucket"], Key=state["prepared"]["manifestKey"]
    )
    return [{"run": state["run"], "item": item} for item in json.loads(found["Body"].read())]


def test_a_scrubbed_run_from_step_to_step(world: World, aws: "EmbeddedAws", fakes: "Fakes") -> None:
    state = run_until_checked(world, aws, "scrubbed")
    assert state["quality"]["verdict"] == "passed"
    for child in partitions(world, aws, state):
        assert world.invoke("PublishPartitionFunction", child).result["failed"] == 0
    finished = {name: state[name] for name in ("run", "quality")}
    summary = world.invoke("FinishFunction", finished).result
    assert summary["counts"]["output"] == state["prepared"]["counts"]["valid"] > 0
    report = {"source": "scrubbed", "state": {**state, "error": {"Error": "X"}}, "executionArn": "arn"}
    assert world.invoke("ReportFailureFunction", report).result["error"] == "X"
    assert "scoring failed" in fakes.slack.posts[0]
    assert fakes.refused == []


def test_a_fanlist_reaches_the_table(world: World, aws: "EmbeddedAws") -> None:
    state = run_until_checked(world, aws, "fanlist")
    counts = [
        world.invoke("SaveFanlistPartitionFunction", child).result for child in partitions(world, aws, state)
    ]
    assert sum(one["stream"]["out"] for one in counts) == state["prepared"]["counts"]["valid"] > 0


def test_every_function_is_started(world: World) -> None:
    assert set(world.functions) == set(FUNCTIONS) == {*STEPS, *WORKERS}
    assert len(STEPS) == 7
    assert len(WORKERS) == 4
