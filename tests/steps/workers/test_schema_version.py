"""Workers read what was written before there were schema versions, and refuse newer ones plainly."""

import json
from typing import TYPE_CHECKING, Any

import pytest

from steps.shared import services
from steps.workers import load_scores_to_dynamodb, save_entry_scoring, verdict_reporter
from tests.recorded import recorded
from tests.steps.records import kinesis_event, score

if TYPE_CHECKING:
    from tests.steps.workers.conftest import World

NEWER = "schemaVersion: Value error, versions up to 1 are read here; deploy or install what wrote it"


def dead_letters(world: "World") -> list[dict[str, Any]]:
    listed = world.s3.list_objects_v2(Bucket=world.bucket, Prefix="dead-letters/").get("Contents", [])
    bodies = [world.s3.get_object(Bucket=world.bucket, Key=one["Key"])["Body"].read() for one in listed]
    return [json.loads(body) for body in bodies]


def said_in_queue(world: "World", body: dict[str, Any]) -> dict[str, Any]:
    return {"Records": [{"messageId": "m", "body": json.dumps(body)}]}


@pytest.mark.parametrize("name", ["scores-stream", "dead-letter-load-scores-to-dynamodb"])
def test_old_records_reach_the_table(world: "World", context: Any, name: str) -> None:
    answer = load_scores_to_dynamodb.handler(recorded(name), context)
    assert (answer["created"], answer["success"], dead_letters(world)) == (2, 2, [])
    items = {item["PK"]["S"]: item for item in world.dynamodb.scan(TableName=world.table)["Items"]}
    assert items.keys() == {"fan:old-1", "fan:old-2"}
    assert items["fan:old-1"]["events"] == {"L": [{"S": "london"}, {"NULL": True}, {"S": "paris"}]}


@pytest.mark.parametrize("name", ["scores-stream", "dead-letter-save-entry-scoring"])
def test_old_records_reach_the_entry_service(world: "World", context: Any, name: str) -> None:
    services.campaigns_of.cache_clear()
    world.fakes.campaigns.register("old-records", "Old Records", ["London"])
    answer = save_entry_scoring.handler(recorded(name), context)
    assert (answer["records"], answer["inserted"], answer["deadLetters"]) == (2, 1, 0)
    assert [one.global_user_id for one in world.fakes.entries.received["old-records"]] == ["old-1"]


def test_old_messages_are_handled_and_go_back_in_the_newest_version(
    world: "World", context: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VERDICT_DELAY_SECONDS", "0")
    message = recorded("verdict-message")
    answer = verdict_reporter.handler(said_in_queue(world, message), context)
    assert (answer["requeued"], answer["batchItemFailures"]) == (1, [])
    (back,) = world.sqs.receive_message(QueueUrl=world.queue_url)["Messages"]
    assert json.loads(back["Body"]) == {
        **message, "attempt": 3, "schemaVersion": 1, "withdrawn": 0, "news": None,
    }  # fmt: skip
    look = verdict_reporter.handler(said_in_queue(world, recorded("counts-look")), context)
    assert (look["failed"], look["batchItemFailures"]) == (0, [])


def test_a_newer_record_is_invalid_and_a_dead_letter(world: "World", context: Any) -> None:
    batch = kinesis_event(score("a", schemaVersion=2, score=-1), score("b", schemaVersion=1))
    assert load_scores_to_dynamodb.handler(batch, context)["invalid"] == 1
    (kept,) = dead_letters(world)
    # Not what else seems to be wrong with it: that is for who knows its version.
    assert (kept["reason"], kept["campaignId"], kept["schemaVersion"]) == (NEWER, "campaign-1", 1)
    assert kept["Records"] == batch["Records"][:1]
    services.campaigns_of.cache_clear()
    world.fakes.campaigns.register("campaign-1", "One", ["London"])
    assert save_entry_scoring.handler(batch, context)["invalid"] == 1
    assert [one.global_user_id for one in world.fakes.entries.received["campaign-1"]] == ["b"]


@pytest.mark.parametrize("name", ["verdict-message", "counts-look"])
def test_a_newer_message_goes_to_the_dead_letters(world: "World", context: Any, name: str) -> None:
    newer = recorded(name) | {"schemaVersion": 2}
    answer = verdict_reporter.handler(said_in_queue(world, newer), context)
    assert answer["batchItemFailures"] == [{"itemIdentifier": "m"}]
    assert '"fields":["schemaVersion"]' in world.log.getvalue()
