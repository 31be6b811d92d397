"""Replays of what lies in the queues of failures: batches, verdicts, uploads' events, and strangers.

Cannot see: Lambda and EventBridge filling these queues themselves, which the embedded AWS does not do. What
lies there is put there as AWS puts it; what it speaks of is on the streams for real.
"""

import json
from typing import Any

import pytest

from local.stack.target import Target
from tests.end_to_end.driver import Driver
from tests.end_to_end.replaying import FANS, NEW, OLD, Console, entries, file

pytestmark = pytest.mark.xdist_group("system")


def send(stack: Target, queue: str, body: Any) -> None:
    stack.client("sqs").send_message(QueueUrl=stack.resources[queue], MessageBody=json.dumps(body))


def batch(driver: Driver, run_id: str) -> list[dict[str, Any]]:
    """A run's records on scoresStream, as Lambda names a batch that it gave up; one for each shard."""
    kinesis, stream = driver.system.aws.client("kinesis"), driver.system.stack.scores_stream
    found = []
    arn = kinesis.describe_stream(StreamName=stream)["StreamDescription"]["StreamARN"]
    for shard in kinesis.list_shards(StreamName=stream)["Shards"]:
        where = kinesis.get_shard_iterator(
            StreamName=stream, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
        )["ShardIterator"]
        numbers = [
            record["SequenceNumber"]
            for record in kinesis.get_records(ShardIterator=where, Limit=10_000)["Records"]
            if run_id.encode() in record["Data"]
        ]
        if numbers:
            ends = {"startSequenceNumber": numbers[0], "endSequenceNumber": numbers[-1]}
            info = {"shardId": shard["ShardId"], **ends, "batchSize": len(numbers), "streamArn": arn}
            context = {"requestId": "1", "condition": "RetryAttemptsExhausted", "approximateInvokeCount": 51}
            found.append({"requestContext": context, "version": "1.0", "KinesisBatchInfo": info})
    return found


def test_a_batch_that_was_given_up_is_read_from_the_stream_again(
    driver: Driver, console: Console, stack: Target
) -> None:
    ended = driver.run_upload(file())
    driver.until(driver.posts)
    given_up = batch(driver, ended.output["runId"])
    # What the batch would have written is missing.
    for place in driver.fans():
        key = {"PK": {"S": place}, "SK": {"S": f"campaign:{driver.campaign}"}}
        stack.client("dynamodb").delete_item(TableName=driver.system.stack.table, Key=key)
    driver.until(lambda: driver.counts() == (0, 0, 0) or None)
    for queue in ("LoadScoresFailures", "SaveEntryScoringFailures"):
        for one in given_up:
            send(stack, queue, one)
    sent = len(entries(driver))
    seen = console.dead_letters(driver, "list")
    assert seen.out.count("RetryAttemptsExhausted") == 2 * len(given_up)
    assert f"load-scores-to-dynamodb: {len(given_up)} ({FANS} records)" in seen.out
    done = console.dead_letters(driver, "replay", "--yes")
    assert done.code == 0, done
    assert len(driver.fans()) == FANS
    driver.until(lambda: driver.counts() == (FANS, 0, 0) or None)
    assert len(entries(driver)) == sent + FANS
    assert console.dead_letters(driver, "list").out.startswith("No dead letters")


def test_an_outdated_or_forgotten_batch_changes_nothing(
    driver: Driver, console: Console, stack: Target
) -> None:
    old = driver.run_upload(file(), driver.key(OLD))
    driver.until(driver.posts)
    driver.run_upload(file(50), driver.key(NEW))
    driver.until(lambda: len(entries(driver)) == 2 * FANS or None)
    driver.until(lambda: {item["score"] >= 50 for item in driver.fans().values()} == {True} or None)
    for queue in ("LoadScoresFailures", "SaveEntryScoringFailures"):
        for one in batch(driver, old.output["runId"]):
            send(stack, queue, one)
    before = driver.fans()
    done = console.dead_letters(driver, "replay", "--yes")
    assert done.code == 0, done
    assert "outdated: nothing was changed" in done.out
    assert "delivered" not in done.out
    assert driver.fans() == before
    assert len(entries(driver)) == 2 * FANS
    forgotten = batch(driver, old.output["runId"])[0]
    forgotten["KinesisBatchInfo"] |= {"batchSize": 1_000}
    send(stack, "LoadScoresFailures", forgotten)
    kept = console.dead_letters(driver, "replay", "--yes")
    assert kept.code == 1
    assert "no longer on the stream: run the campaign again" in kept.out
    stack.client("sqs").purge_queue(QueueUrl=stack.resources["LoadScoresFailures"])
    driver.until(lambda: driver.verdicts_are_done() or None)


def test_a_verdict_that_was_given_up_is_said_once(driver: Driver, console: Console, stack: Target) -> None:
    ended = driver.run_upload(file())
    driver.until(driver.posts)
    key = {"PK": {"S": "fan:f1"}, "SK": {"S": f"campaign:{driver.campaign}"}}
    stack.client("dynamodb").update_item(
        TableName=driver.system.stack.table,
        Key=key,
        UpdateExpression="SET verdict = :selected",
        ExpressionAttributeValues={":selected": {"S": "selected"}},
    )
    driver.until(lambda: driver.counts() == (FANS, 0, 1) or None)
    message = {"campaignId": driver.campaign, "runId": ended.output["runId"], "count": FANS, "attempt": 3}
    for _ in range(2):
        send(stack, "VerdictReporterDeadLetters", message)
        assert "not said after five tries" in console.dead_letters(driver, "list").out
        done = console.dead_letters(driver, "replay", "--yes")
        assert (done.code, "back in verdictReporterQueue" in done.out) == (0, True)
        driver.until(lambda: driver.verdicts_are_done() or None)
    assert driver.posts()[1:] == [
        f"Campaign '{driver.name}' scoring complete: {FANS} verified, 1 selected (+1)"
    ]


def test_an_upload_whose_event_was_lost_runs_once(driver: Driver, console: Console, stack: Target) -> None:
    first = driver.run_upload(file(), driver.key(OLD))
    driver.until(driver.posts)
    event = driver.executions()[first.arn]
    events, rule = stack.client("events"), stack.resources["ScrubbedUploaded"]
    events.disable_rule(Name=rule)
    try:
        lost = driver.upload(file(50), driver.key(NEW))
    finally:
        events.enable_rule(Name=rule)
    head = stack.client("s3").head_object(Bucket=stack.stack.bucket, Key=lost)
    event["detail"]["object"] |= {
        "key": lost,
        "version-id": head["VersionId"],
        "etag": head["ETag"].strip('"'),
    }
    for _ in range(2):
        send(stack, "UploadEventFailures", event)
        before = driver.executions()
        assert lost in console.dead_letters(driver, "list").out
        done = console.dead_letters(driver, "replay", "--yes")
        assert done.code == 0, done
        assert driver.wait_for(driver.execution_of(lost, before)).status == "SUCCEEDED"
    assert len(driver.keys(f"runs/{driver.campaign}/")) == 2
    driver.until(lambda: driver.fans()["fan:f0"]["score"] == 50 or None)
    driver.until(lambda: driver.verdicts_are_done() or None)


def test_changes_that_were_not_counted_and_strangers_are_left_to_a_person(
    driver: Driver, console: Console, stack: Target
) -> None:
    uncounted = {"requestContext": {"condition": "RecordAgeExceeded"}, "DDBStreamBatchInfo": {"batchSize": 7}}
    send(stack, "ProcessSavedScoresFailures", uncounted)
    send(stack, "ProcessSavedScoresFailures", "who?")
    seen = console.vf("dead-letters", "list", "--worker", "process-saved-scores")
    assert "RecordAgeExceeded" in seen.out
    assert "not a message of this system" in seen.out
    done = console.vf("dead-letters", "replay", "--worker", "process-saved-scores", "--yes")
    assert done.code == 1
    assert "docs/operations.md" in done.out
    # Neither is gone, nor hidden from the next who looks.
    assert console.vf("dead-letters", "list", "--worker", "process-saved-scores").out == seen.out
    stack.client("sqs").purge_queue(QueueUrl=stack.resources["ProcessSavedScoresFailures"])
