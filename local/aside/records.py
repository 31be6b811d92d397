"""Records of scoresStream, given to the worker that could not deliver them."""

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

from aws_lambda_powertools.utilities.data_classes.kinesis_stream_event import KinesisStreamRecord

from local.aside.kept import Keeper, Outcome, Replayed
from local.aside.system import System
from steps.streaming.scores import Received, receive

FUNCTIONS = {
    Keeper.load_scores: "LoadScoresToDynamoDBFunction",
    Keeper.save_entry_scoring: "SaveEntryScoringFunction",
}
# What a worker counts as kept aside once more.
_AGAIN = {Keeper.load_scores: "invalid", Keeper.save_entry_scoring: "aside"}
GETS_A_CALL = 100
# A function takes 6 MB in one call.
_LARGEST_CALL = 4_000_000

Raw = dict[str, Any]


def plan(system: System, keeper: Keeper, records: list[Raw]) -> str:
    """Say what `deliver` would do."""
    function = system.resources[FUNCTIONS[keeper]]
    current = _offered(system, keeper, records)
    old = len(records) - len(current)
    if not current:
        return f"nothing to send: {_many(old)} outdated"
    return f"{_many(len(current))} to {function}" + (f"; {_many(old)} outdated, left out" if old else "")


def deliver(system: System, keeper: Keeper, records: list[Raw]) -> Replayed:
    """Give records to their worker as an event.

    Raises:
        NotDeliveredError: the worker failed; what it had taken by then it takes again.
    """
    current = _offered(system, keeper, records)
    outdated = len(records) - len(current)
    told: Counter[str] = Counter()
    for part in _calls(current):
        told.update(system.invoke(FUNCTIONS[keeper], {"Records": part}))
    # The table's worker tells the outdated ones itself.
    outdated += told["stale"]
    again = told[_AGAIN[keeper]]
    if again:
        return Replayed(Outcome.KEPT, f"{_many(again)} of {len(records)} could again not be delivered")
    if outdated == len(records):
        return Replayed(Outcome.OUTDATED, f"{_many(outdated)} outdated: nothing was changed")
    left_out = f", {_many(outdated)} outdated and left out" if outdated else ""
    return Replayed(Outcome.REPLAYED, f"{_many(len(records) - outdated)} delivered{left_out}")


def _many(records: int) -> str:
    return f"{records:,} record{'' if records == 1 else 's'}"


def _offered(system: System, keeper: Keeper, records: list[Raw]) -> list[Raw]:
    """Those to be delivered: the Entry Service knows no versions, so what is outdated is not sent at all."""
    if keeper is not Keeper.save_entry_scoring:
        return records
    read = [receive(KinesisStreamRecord(record)) for record in records]
    stamps = _stamps(system, [one for one in read if isinstance(one, Received)])
    return [record for record, one in zip(records, read, strict=True) if not _is_outdated(one, stamps)]


def _is_outdated(one: Any, stamps: dict[tuple[str, str], tuple[str, str]]) -> bool:
    """Whether the table has a newer run's values of this record's fan."""
    if not isinstance(one, Received):
        return False
    upsert = one.score.upsert()
    stored = stamps.get((upsert.pk, upsert.sk))
    return stored is not None and stored > (upsert.scored_at, upsert.run_id)


def _stamps(system: System, received: list[Received]) -> dict[tuple[str, str], tuple[str, str]]:
    """Give the (scoredAt, runId) of these records' fans, by key, where the table has them."""
    dynamodb, table = system.client("dynamodb"), system.target.stack.table
    upserts = {(upsert.pk, upsert.sk) for upsert in (one.score.upsert() for one in received)}
    keys = [{"PK": {"S": pk}, "SK": {"S": sk}} for pk, sk in sorted(upserts)]
    found = {}
    while keys:
        asked = {"Keys": keys[:GETS_A_CALL], "ProjectionExpression": "PK, SK, scoredAt, runId"}
        answer = dynamodb.batch_get_item(RequestItems={table: {**asked, "ConsistentRead": True}})
        for item in answer["Responses"].get(table, []):
            stamp = tuple(item.get(name, {}).get("S", "") for name in ("scoredAt", "runId"))
            found[item["PK"]["S"], item["SK"]["S"]] = (stamp[0], stamp[1])
        keys = keys[GETS_A_CALL:] + answer.get("UnprocessedKeys", {}).get(table, {}).get("Keys", [])
    return found


def _calls(records: list[Raw]) -> Iterator[list[Raw]]:
    """Part records, in order, into what a function takes in one call."""
    part: list[Raw] = []
    size = 0
    for record in records:
        length = len(json.dumps(record))
        if part and size + length > _LARGEST_CALL:
            yield part
            part, size = [], 0
        part.append(record)
        size += length
    if part:
        yield part


def campaign_of(record: Raw) -> str | None:
    """Give the campaign that a record names, if it does."""
    one = receive(KinesisStreamRecord(record))
    return one.score.campaign_id if isinstance(one, Received) else one.campaign_id
