"""A run whose execution ends past its own ReportFailure: the channel, the run's item and its summary know.

Cannot see: a timeout of the whole execution, which the embedded AWS does not have; its event is played in
`tests/steps/outcomes/test_ended.py`.
"""

import pytest

from local.stack.target import Target
from tests.end_to_end.driver import HEADER, Driver
from tests.end_to_end.replaying import Console
from tests.end_to_end.test_dead_letter_queues import send

pytestmark = pytest.mark.xdist_group("system")


def test_a_stopped_run_is_reported_once(driver: Driver) -> None:
    steps = driver.system.aws.client("stepfunctions")
    before = driver.executions()
    rows = "".join(f"s{n},{n % 100},true,Boston,Boston,,,,,\n" for n in range(60_000))
    arn = driver.execution_of(driver.upload(f"{HEADER}\n{rows}"), before)

    def entered() -> list[str]:
        events = driver.history(arn)
        return [
            one["stateEnteredEventDetails"]["name"] for one in events if "stateEnteredEventDetails" in one
        ]

    driver.until(lambda: "Prepare" in entered() or None)
    steps.stop_execution(executionArn=arn)
    assert driver.wait_for(arn).status == "ABORTED"
    (said,) = driver.until(driver.posts)
    assert "scoring failed: its execution was stopped by hand (ExecutionAborted, campaign" in said
    run_id = driver.until(lambda: driver.keys(f"runs/{driver.campaign}/") or None)[0].split("/")[2]
    summary = driver.summary(run_id)
    assert (summary.status, summary.error) == ("failed", "ExecutionAborted")
    kept = driver.until(lambda: (found := driver.meta(f"meta:run:{run_id}")).get("alertedAt") and found)
    assert (kept["status"], kept["executionArn"]) == ("failed", arn)
    assert driver.posts() == [said]


def test_a_run_that_reported_itself_is_not_reported_again(driver: Driver) -> None:
    assert driver.run_upload("globalUserId\n1\n").status == "FAILED"
    (said,) = driver.posts()
    ended = driver.run_upload(f"{HEADER}\n1,1,true,Boston,Boston,,,,,\n")
    driver.until(lambda: len(driver.posts()) == 2 or None)
    # By now the event of the first one, which ended before the second began, was dealt with.
    assert ended.status == "SUCCEEDED"
    assert driver.posts()[0] == said
    assert sum("scoring refused" in post for post in driver.posts()) == 1


def test_an_end_that_could_not_be_told_is_replayed_and_said_once(
    driver: Driver, console: Console, stack: Target
) -> None:
    ended = driver.run_upload("globalUserId\n1\n")
    (said,) = driver.posts()
    detail = {
        "executionArn": ended.arn,
        "stateMachineArn": driver.system.stack.state_machines["scrubbed"],
        "status": "FAILED",
    }
    event = {
        "source": "aws.states",
        "detail-type": "Step Functions Execution Status Change",
        "detail": detail,
    }
    send(stack, "UploadEventFailures", event)
    listed = console.vf("dead-letters", "list", "--worker", "uploads")
    assert f"nobody was told of the end of execution {ended.arn.rpartition(':')[2]}" in " ".join(
        listed.out.split()
    )
    done = console.vf("dead-letters", "replay", "--worker", "uploads", "--yes")
    assert done.code == 0, done
    assert "it had been told already" in " ".join(done.out.split())
    assert driver.posts() == [said]
