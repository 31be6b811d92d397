"""Ends of executions that EventBridge tells of, with recorded histories: who is told, how often, of what.

Cannot see: that AWS sends the event (at best effort, it says); a stopped run is played in
`tests/end_to_end/test_ended.py`, while the embedded AWS knows no timeout of a whole execution.
"""

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from local.stack.fakes import Fakes
from steps.outcomes.ended import Ended
from steps.shared.meta_items import run_key
from steps.shared.payloads import FileRef, Run
from steps.shared.runs import RunRegistry
from steps.shared.slack import SlackChannel
from steps.states.report_failure import report_end, report_failure
from steps.streaming.verdict.posts import Processed, post_item
from steps.streaming.verdict.store import VerdictStore
from tests.contracts import asl

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client

ARN = "arn:aws:states:us-east-1:123456789012:execution:stack-fanlist:one"
GATE = {"verdict": "failed", "failed": ["A rule did not hold."], "critical": 1}


class Histories:
    """Step Functions with one execution's events, newest first and one a page."""

    def __init__(self, *entered: tuple[str, dict[str, Any]]) -> None:
        self._pages = [{"events": [{"type": "ExecutionAborted", "executionAbortedEventDetails": {}}]}]
        self._pages += [
            {"events": [{"stateEnteredEventDetails": {"name": name, "input": json.dumps(given)}}]}
            for name, given in reversed(entered)
        ]

    def get_paginator(self, operation: str) -> "Histories":
        assert operation == "get_execution_history"
        return self

    def paginate(self, *, executionArn: str, reverseOrder: bool) -> Iterator[dict[str, Any]]:  # noqa: N803
        assert (executionArn, reverseOrder) == (ARN, True)
        yield from self._pages


def _event(status: str, error: str | None = None) -> dict[str, Any]:
    machine = "arn:aws:states:us-east-1:123456789012:stateMachine:stack-fanlist"
    detail = {"executionArn": ARN, "stateMachineArn": machine, "status": status, "input": "{}"}
    if error:
        detail["error"] = error
    return {"source": "aws.states", "detail-type": "Step Functions Execution Status Change", "detail": detail}


class World:
    """A run that is under way, its table and bucket, and the channel."""

    def __init__(self, dynamodb: "DynamoDBClient", table: str, s3: "S3Client", bucket: str, slack: Fakes):
        self.s3, self.dynamodb, self.table = s3, dynamodb, table
        self.registry, self.verdicts = RunRegistry(dynamodb, table), VerdictStore(dynamodb, table)
        self.fakes = slack
        self.run = Run(
            run_id="r1",
            campaign_id="c1",
            campaign_name="Tour",
            source="fanlist",
            file=FileRef(bucket=bucket, key="k"),
            scored_at="2026-02-13T10:00:00.000Z",
            started_at="2026-02-13T11:00:00.000Z",
        )
        self.registry.begin(self.run, ARN)

    def end(self, event: dict[str, Any], *entered: tuple[str, dict[str, Any]]) -> str | None:
        """Reports an end; the failure's name, if there was something to report."""
        ended = Ended.read(Histories(*entered), event)  # type: ignore[arg-type]
        failure = report_end(self.s3, self.registry, self.verdicts, self.channel, ended)
        return failure.error if failure else None

    @property
    def channel(self) -> SlackChannel:
        return SlackChannel(self.fakes.slack.url)

    @property
    def status(self) -> str:
        item = self.dynamodb.get_item(TableName=self.table, Key=run_key("c1", "r1"))["Item"]
        return item["status"]["S"]

    @property
    def posts(self) -> list[str]:
        return list(self.fakes.slack.posts)

    @property
    def state(self) -> dict[str, Any]:
        return {"run": self.run.wire()}


@pytest.fixture
def world(dynamodb: "DynamoDBClient", table: str, bucket: tuple["S3Client", str]) -> Iterator[World]:
    with Fakes() as fakes:
        yield World(dynamodb, table, *bucket, fakes)


@pytest.mark.parametrize(
    ("status", "error", "name"),
    [
        ("TIMED_OUT", None, "ExecutionTimedOut"),
        ("ABORTED", None, "ExecutionAborted"),
        ("FAILED", "States.DataLimitExceeded", "States.DataLimitExceeded"),
    ],
)
def test_what_no_state_reported_is_reported_once(
    world: World, status: str, error: str | None, name: str
) -> None:
    entered = [("Resolve", {"campaignId": "c1"}), ("FanOut", world.state)]
    assert world.end(_event(status, error), *entered) == name
    assert world.status == "failed"
    (post,) = world.posts
    assert post.startswith("Campaign 'Tour' scoring failed: ")
    assert f"({name}, campaign c1, run r1)" in post
    # EventBridge delivers at least once.
    assert world.end(_event(status, error), *entered) is None
    assert len(world.posts) == 1


@pytest.mark.parametrize("last", ["Failed", "Quarantined"])
def test_what_a_state_reported_is_not_said_again(world: World, last: str) -> None:
    report_failure(
        world.s3,
        world.registry,
        world.verdicts,
        world.channel,
        {**world.state, "error": {"Error": "X"}},
        "fanlist",
    )
    assert world.end(_event("FAILED", "X"), ("ReportFailure", world.state), (last, world.state)) is None
    assert len(world.posts) == 1
    # Nor where there never was a run, so that nothing is noted anywhere.
    assert world.end(_event("FAILED", "InvalidKey"), (last, {"refusal": {}})) is None
    assert len(world.posts) == 1


def test_an_alert_that_failed_is_made_up_for(world: World) -> None:
    world.registry.end("c1", "r1", "quarantined")
    state = {**world.state, "quality": GATE, "unreported": {"Error": "Unexpected"}}
    assert world.end(_event("FAILED", "Unexpected"), ("FailedUnreported", state)) == "QualityGateFailed"
    assert world.status == "quarantined"
    assert "A rule did not hold." in world.posts[0]


def test_a_run_that_was_done_when_it_was_stopped_stays_done(world: World) -> None:
    world.registry.end("c1", "r1", "succeeded")
    assert world.end(_event("ABORTED"), ("Finish", world.state)) is None
    assert (world.status, world.posts) == ("succeeded", [])


def test_an_upload_that_became_no_run_is_named(world: World) -> None:
    given = {"detail": {"object": {"key": "fanlist/x.csv"}}}
    assert world.end(_event("ABORTED"), ("Resolve", given)) == "ExecutionAborted"
    assert world.posts == [
        "Upload 'fanlist/x.csv' was not started: its execution was stopped by hand (ExecutionAborted)"
    ]


def test_the_definition_has_the_states_by_which_it_is_known() -> None:
    states = asl.load()["States"]
    for name in ("ReportFailure", "ReportQuarantine"):
        assert states[name]["Next"] in ("Failed", "Quarantined")
        assert states[name]["Catch"][0]["Next"] == "FailedUnreported"
        # So that what the alert was to say is still there.
        assert states[name]["Catch"][0]["ResultPath"] == "$.unreported"
    for name, state in states.items():
        goes_on = asl.targets(state)
        if name not in ("ReportFailure", "ReportQuarantine"):
            assert not {"Failed", "Quarantined", "FailedUnreported"} & set(goes_on), name


def test_an_alert_calls_the_campaign_as_the_verdicts_did(world: World) -> None:
    lease = world.verdicts.lease("c1")
    assert lease is not None
    last = lease.last_posts.fanlist
    world.verdicts.release("c1", lease, post_item("fanlist", Processed(7, None), last, "The Tour", "r0"))
    assert world.end(_event("ABORTED"), ("FanOut", world.state)) == "ExecutionAborted"
    assert world.posts[0].startswith("Campaign 'The Tour' scoring failed: ")
