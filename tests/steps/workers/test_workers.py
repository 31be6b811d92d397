"""The four handlers with plain events. Event-source mappings and IAM are for the end-to-end tests."""

import json
from typing import TYPE_CHECKING, Any

import pytest
from aws_lambda_powertools.utilities.data_classes import DynamoDBStreamEvent
from botocore.exceptions import ClientError

from steps.shared import services
from steps.shared.settings import ConfigurationError
from steps.streaming.counting.batch import shard_of
from steps.streaming.dead_letters import DeadLetters
from steps.streaming.demand_table.writer import DemandTable
from steps.streaming.scores.batch import BatchFailedError, save_scores
from steps.workers import load_scores_to_dynamodb, process_saved_scores, save_entry_scoring, verdict_reporter
from tests.steps.records import (
    LATER,
    LATER_RUN,
    RUN,
    image,
    kinesis_event,
    kinesis_records,
    score,
    stream_record,
)

if TYPE_CHECKING:
    from tests.steps.workers.conftest import World

PERSONAL = ("example.test", "Ada", "5550001")


def invoke(worker: Any, event: dict[str, Any], context: Any) -> Any:
    return worker.handler(json.loads(json.dumps(event)), context)


def dead_letters(world: "World") -> list[str]:
    found = world.s3.list_objects_v2(Bucket=world.bucket, Prefix="dead-letters/").get("Contents", [])
    return [one["Key"] for one in found]


def test_one_bad_record_in_a_batch_of_500(world: "World", context: Any) -> None:
    batch: list[Any] = [score(f"fan-{number}") for number in range(500)]
    batch[250] = score("ada@example.test", score=-1)
    expected = {"created": 499, "updated": 0, "unchanged": 0, "stale": 0, "invalid": 1, "failed": 0}
    answer = invoke(load_scores_to_dynamodb, kinesis_event(*batch), context)
    assert answer == {**expected, "success": 499}
    again = invoke(load_scores_to_dynamodb, kinesis_event(*batch), context)
    assert again == {**expected, "created": 0, "unchanged": 499, "success": 499}
    assert dead_letters(world) == [
        f"dead-letters/load-scores-to-dynamodb/campaign-1/shardId-000000000000-{251:056}.json"
    ]
    document = json.loads(world.s3.get_object(Bucket=world.bucket, Key=dead_letters(world)[0])["Body"].read())
    assert document["Records"] == [kinesis_event(*batch)["Records"][250]]
    assert '"reason":"score: Input should be greater than or equal to 0"' in world.log.getvalue()
    assert f'"runIds":["{RUN}"]' in world.log.getvalue()
    assert not any(value in world.log.getvalue() for value in PERSONAL)


def test_what_was_not_written_is_raised_after_the_rest(
    world: "World", context: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DEMAND_TABLE", "no-such-table")
    with pytest.raises(BatchFailedError, match=r"^1 of 2 records were not written\.$"):
        invoke(load_scores_to_dynamodb, kinesis_event(score(), b"{"), context)
    assert dead_letters(world) == [
        f"dead-letters/load-scores-to-dynamodb/unknown/shardId-000000000000-{2:056}.json"
    ]


def test_how_many_were_not_written_is_said_of_the_batch(
    world: "World", context: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts = {"created": 1, "updated": 0, "unchanged": 0, "stale": 0, "invalid": 0, "failed": 1, "success": 1}
    monkeypatch.setattr(load_scores_to_dynamodb, "save_scores", lambda *_: counts)
    with pytest.raises(BatchFailedError, match=r"^1 of 2 records were not written\.$"):
        invoke(load_scores_to_dynamodb, kinesis_event(score("a"), score("b")), context)


def test_stale_records_are_tallied_by_run_and_leave_the_fan_alone(world: "World", context: Any) -> None:
    newer = [score(f"fan-{number}", runId=LATER_RUN, scoredAt=LATER) for number in range(2)]
    invoke(load_scores_to_dynamodb, kinesis_event(*newer), context)
    before = world.dynamodb.scan(TableName=world.table)["Items"]
    older = [score(f"fan-{number}", isVerified=False) for number in range(3)]
    assert invoke(load_scores_to_dynamodb, kinesis_event(*older), context)["stale"] == 2
    assert counts(world, f"meta:run:{RUN}") == {"stale": 2}
    after = world.dynamodb.scan(TableName=world.table)["Items"]
    assert all(item in after for item in before)


def test_a_stale_tally_that_is_refused_fails_no_batch(world: "World") -> None:
    def refused(*_: Any) -> None:
        raise ClientError({"Error": {"Code": "AccessDeniedException"}}, "UpdateItem")

    table, dead_letters = DemandTable(world.dynamodb, world.table), DeadLetters(world.s3, world.bucket, "w")
    save_scores(kinesis_records(score(runId=LATER_RUN, scoredAt=LATER)), table, dead_letters, refused)
    assert save_scores(kinesis_records(score()), table, dead_letters, refused)["stale"] == 1
    assert "stale records not noted" in world.log.getvalue()


def stream_event(*records: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"Records": list(records), **more}


def counts(world: "World", sort_key: str = "meta:counts") -> dict[str, Any]:
    key = {"PK": {"S": "campaign:campaign-1"}, "SK": {"S": sort_key}}
    item: dict[str, Any] = world.dynamodb.get_item(TableName=world.table, Key=key).get("Item", {})
    return {name: int(value["N"]) for name, value in item.items() if "N" in value}


def delayed(world: "World") -> int:
    """Messages on their way to verdictReporter."""
    found = world.sqs.get_queue_attributes(QueueUrl=world.queue_url, AttributeNames=["All"])
    return int(found["Attributes"]["ApproximateNumberOfMessagesDelayed"])


def test_saved_scores_are_counted_and_audited(world: "World", context: Any) -> None:
    records = [
        stream_record(1, None, image(True)),
        stream_record(2, None, image(False), pk="email:ada@example.test"),
        stream_record(3, None, {"verified": {"N": "1"}}, sk="meta:counts"),
    ]
    event = stream_event(*records, shardId="shard-1", window={}, state={})
    answer = invoke(process_saved_scores, event, context)
    assert answer == {"records": 3, "fans": 2, "counted": 2, "state": {}}
    assert invoke(process_saved_scores, event, context)["counted"] == 0
    assert counts(world) == {"verified": 1, "rejected": 1, "selected": 0}
    assert counts(world, f"meta:run:{RUN}") == {"counted": 2}
    # One look is in flight, however often the batch comes.
    assert delayed(world) == 1
    lines = [json.loads(line) for line in world.log.getvalue().splitlines()]
    audit = [line for line in lines if line["message"] == "saved score"]
    assert [line["repeated"] for line in audit] == [False, False, True, True]
    assert audit[0]["delta"] == {"verified": 1, "rejected": 0, "selected": 0}
    assert (audit[0]["fan"], audit[0]["campaignId"], audit[0]["runId"]) == ("fan:fan-1", "campaign-1", RUN)
    assert ("before" in audit[0], audit[0]["after"]["isVerified"]) == (False, True)
    assert audit[1]["fan"].startswith("email:#")
    assert not any(value in world.log.getvalue() for value in PERSONAL)


def test_a_windows_last_call_and_a_batch_without_fans_write_nothing(world: "World", context: Any) -> None:
    own_write = stream_record(3, None, {}, sk="meta:position:x")
    for event in (
        stream_event(shardId="s", isFinalInvokeForWindow=True),
        {"shardId": "s", "isFinalInvokeForWindow": True},
        stream_event(own_write, shardId="s"),
        stream_event(own_write),
    ):
        assert invoke(process_saved_scores, event, context)["state"] == {}
    assert world.dynamodb.scan(TableName=world.table)["Items"] == []


def test_without_a_shard_it_refuses_to_count(
    world: "World", context: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    event = stream_event(stream_record(1, None, image(True)))
    with pytest.raises(ConfigurationError, match="tumbling window"):
        invoke(process_saved_scores, event, context)
    monkeypatch.setenv("STREAM_SHARDS", "single")
    assert invoke(process_saved_scores, event, context)["counted"] == 1
    assert shard_of(DynamoDBStreamEvent(event), "single") == event["Records"][0]["eventSourceARN"]


def test_verdicts_are_posted_requeued_and_failed_each_on_its_own(world: "World", context: Any) -> None:
    world.dynamodb.put_item(
        TableName=world.table,
        Item={
            "PK": {"S": "campaign:campaign-1"},
            "SK": {"S": "meta:counts"},
            "verified": {"N": "10"},
            "rejected": {"N": "2"},
        },
    )
    world.fakes.campaigns.register("campaign-1", "One & Only", ["London"])
    bodies = [
        {"campaignId": "campaign-1", "count": 12},
        {"campaignId": "campaign-2", "count": 5, "runId": RUN, "attempt": 2},
        {"count": 1},
    ]
    records = [{"messageId": f"m{number}", "body": json.dumps(body)} for number, body in enumerate(bodies)]
    answer = invoke(verdict_reporter, {"Records": records}, context)
    assert answer["batchItemFailures"] == [{"itemIdentifier": "m2"}]
    assert (answer["input"], answer["posted"], answer["requeued"]) == (3, 1, 1)
    assert world.fakes.slack.posts == ["Campaign 'One & Only' scoring complete: 10 verified, 2 rejected"]
    assert delayed(world) == 1


def test_a_message_delivered_twice_goes_back_once(world: "World", context: Any) -> None:
    body = {"campaignId": "c", "count": 5, "runId": RUN}
    copies = [{"messageId": f"m{number}", "body": json.dumps(body)} for number in range(2)]
    answer = invoke(verdict_reporter, {"Records": copies}, context)
    assert (answer["requeued"], answer["repeated"], answer["batchItemFailures"]) == (1, 1, [])


def test_an_unsettled_message_comes_back_with_one_more_attempt(
    world: "World", context: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VERDICT_DELAY_SECONDS", "0")
    body = {"campaignId": "c", "count": 5, "runId": RUN, "attempt": 2, "failed": 1, "report": "s3://b/k"}
    invoke(verdict_reporter, {"Records": [{"messageId": "m", "body": json.dumps(body)}]}, context)
    (received,) = world.sqs.receive_message(QueueUrl=world.queue_url)["Messages"]
    added: dict[str, Any] = {"campaignName": None, "source": "scrubbed", "warnings": [], "schemaVersion": 1}
    added |= {"withdrawn": 0, "news": None}
    expected = {**body, "attempt": 3, **added}
    assert json.loads(received["Body"]) == expected


def test_top_ranked_fans_reach_the_entry_service(world: "World", context: Any) -> None:
    world.fakes.campaigns.register("campaign-1", "One", ["London"])
    event = kinesis_event(score("a"), score("b", events=[None, "london"]), score("c", events=["atlantis"]))
    answer = invoke(save_entry_scoring, event, context)
    assert (answer["records"], answer["inserted"], answer["unknownMarket"], answer["deadLetters"]) == (
        3,
        1,
        1,
        1,
    )
    assert [one.global_user_id for one in world.fakes.entries.received["campaign-1"]] == ["a"]
    lines = [json.loads(line) for line in world.log.getvalue().splitlines()]
    said = {line["message"]: line["runIds"] for line in lines}
    assert said == {"entries kept as a dead letter": [RUN], "entries sent": [RUN]}
    (key,) = dead_letters(world)
    assert not any(value in world.log.getvalue() for value in PERSONAL)
    # A dead letter is an event: once the market is known, invoking the worker with it is the replay.
    body = world.s3.get_object(Bucket=world.bucket, Key=key)["Body"].read().decode()
    replay = json.loads(body)
    assert (replay["worker"], replay["campaignId"]) == ("save-entry-scoring", "campaign-1")
    services.campaigns_of.cache_clear()
    world.fakes.campaigns.register("campaign-1", "One", ["Atlantis"])
    assert invoke(save_entry_scoring, replay, context)["inserted"] == 1


def test_metrics_have_a_namespace_of_their_own_and_say_nothing_of_anybody(
    world: "World", context: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    events = {
        load_scores_to_dynamodb: kinesis_event(score("ada@example.test"), b"{"),
        process_saved_scores: stream_event(stream_record(1, None, image(True)), shardId="s"),
        verdict_reporter: {
            "Records": [{"messageId": "m", "body": json.dumps({"campaignId": "c", "count": 1})}]
        },
        save_entry_scoring: kinesis_event(score("ada@example.test")),
    }
    for worker, event in events.items():
        invoke(worker, event, context)
    blobs = [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"_aws"' in line]
    assert len(blobs) == len(events)
    for blob in blobs:
        (metrics,) = blob["_aws"]["CloudWatchMetrics"]
        assert (metrics["Namespace"], metrics["Dimensions"]) == ("VerifiedFanScores", [["service"]])
        names = {metric["Name"] for metric in metrics["Metrics"]}
        assert blob.keys() - names == {"_aws", "service"}
        assert any(name.endswith("Received") for name in names)
    # Those that the template's alarms are on.
    told = {
        name: blob[name] for blob in blobs for name in ("EntriesDeadLetters", "ScoresInvalid") if name in blob
    }
    assert told == {"EntriesDeadLetters": [1.0], "ScoresInvalid": [1.0]}
    assert not any(value in json.dumps(blobs) for value in PERSONAL)
