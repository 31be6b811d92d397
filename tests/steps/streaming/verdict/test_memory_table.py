"""The table in memory answers as the embedded AWS does, to every call that the streaming workers make."""

from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from steps.shared.messages import CountsLook, VerdictMessage, send
from steps.shared.payloads import FileRef, Run
from steps.shared.runs import RunRegistry
from steps.streaming.counting.changes import Tally
from steps.streaming.demand_table.upserts import FANLIST_STAMP, Upsert
from steps.streaming.demand_table.writer import DemandTable
from steps.streaming.verdict.looks import Looks
from steps.streaming.verdict.posts import post_item
from steps.streaming.verdict.store import VerdictStore
from tests.steps.records import LATER, LATER_RUN, RUN, SCORED_AT
from tests.steps.streaming.verdict.memory_services import Queue
from tests.steps.streaming.verdict.memory_table import MemoryTable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_MOMENTS = {"updated", "finishedAt", "leaseOwner", "expires"}
_START = datetime(2026, 2, 13, 10, tzinfo=UTC)


def _play(client: Any, name: str) -> list[Any]:
    """All kinds of calls, and what came of each."""
    registry, store = RunRegistry(client, name), VerdictStore(client, name, clock=_START.timestamp)
    run = Run(
        run_id=RUN,
        campaign_id="c",
        campaign_name="C",
        source="scrubbed",
        file=FileRef(bucket="b", key="k"),
        scored_at=SCORED_AT,
        started_at=SCORED_AT,
    )
    later = run.model_copy(update={"run_id": LATER_RUN, "scored_at": LATER})
    for one in (run, later):
        registry.begin(one, "arn")
    for one in (later, run):
        assert registry.name_newest(one, registry.latest(one))
    registry.add_stale("c", RUN, 2)
    registry.add_stale("c", RUN, 3)
    store.end_verdict("c", RUN, "posted")
    store.end_verdict("c", "unknown", "posted")
    told: list[Any] = [registry.newest("c", "scrubbed"), store.runs("c", SCORED_AT)[1].verdict]
    registry.end("c", RUN, "succeeded", 7)
    told += [(one.run_id, one.stale, one.output, one.verdict) for one in store.runs("c", SCORED_AT)]
    told += [one.run_id for one in store.runs("c", LATER)]
    lease = store.lease("c")
    assert lease is not None
    told += [
        store.lease("c"),
        store.release("c", lease, post_item("scrubbed", Tally(1, 2, 3), lease.last_posts.scrubbed, "C")),
        store.last_posts("c"),
    ]
    store.release("c", lease)
    message = VerdictMessage(campaign_id="c", run_id=RUN, count=7)
    told += [store.claim_next_look(message, by) for by in ("one", "two", "one")]
    store.release_next_look(message, "one")
    sqs: Any = Queue(_START.timestamp)
    looks = Looks(client, name, partial(send, sqs, ""), 30, clock=_START.timestamp)
    told += [looks.ask("c"), looks.ask("c")]
    told += [looks.ask_again(CountsLook(campaign_id="c", look=1, due=due), None) for due in (0, 2e9)]
    return told + _merge(client, name)


def _merge(client: Any, name: str) -> list[Any]:
    table = DemandTable(client, name, attempts=1)

    def upsert(fan: int, stamp: tuple[str, str], value: bool, *absent: str) -> Upsert:
        return Upsert(f"fan:{fan}", "campaign:c", {"isVerified": {"BOOL": value}}, absent, *stamp)

    def with_tags(fan: int) -> Upsert:
        values: dict[str, Any] = {"isVerified": {"BOOL": True}, "tags": {"L": [{"S": "vip"}]}}
        return Upsert(f"fan:{fan}", "campaign:c", values, (), SCORED_AT, RUN)

    first, second = (SCORED_AT, RUN), (LATER, LATER_RUN)
    fanlist = Upsert("fan:1", "campaign:c", {"fanlistScore": {"N": "1"}}, (), *first, FANLIST_STAMP)
    return [
        table.merge([upsert(1, second, True), with_tags(2)]),
        table.merge([upsert(1, first, False), upsert(2, second, True, "tags"), fanlist]),
        [table._write_one(one) for one in (upsert(1, first, False), upsert(3, first, True), fanlist)],
        table._write([(upsert(1, first, True), _insert(name))]),
    ]


def _insert(name: str) -> Any:
    text = f"INSERT INTO \"{name}\" VALUE {{'PK': ?, 'SK': ?}}"
    return {"Statement": text, "Parameters": [{"S": "fan:1"}, {"S": "campaign:c"}]}


def test_it_answers_and_ends_as_the_embedded_aws(dynamodb: "DynamoDBClient", table: str) -> None:
    memory = MemoryTable()
    assert _play(memory, table) == _play(dynamodb, table)
    items = dynamodb.scan(TableName=table, ConsistentRead=True)["Items"]
    stored = {(item["PK"]["S"], item["SK"]["S"]): cast("Any", item) for item in items}
    assert _steady(memory.items) == _steady(stored)


def _steady(items: Any) -> Any:
    """Items, numbers as numbers; of what differs from one moment to the next only that it is there."""
    return {
        place: {
            name: "some" if name in _MOMENTS else float(value["N"]) if "N" in value else value
            for name, value in item.items()
        }
        for place, item in items.items()
    }
