"""What one fan weighs at each station, by the project's own code on a generated file: nothing is guessed."""

import base64
import io
import json
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, cast

import polars as pl
from aws_lambda_powertools.utilities.data_classes import DynamoDBStreamEvent
from aws_lambda_powertools.utilities.data_classes.kinesis_stream_event import KinesisStreamRecord

from bench.contestants.common import CAMPAIGN_ID, RUN_ID, SCORED_AT
from bench.files import SEED
from local.sample import generate
from pipelines.prepare import Stamp, prepare_scrubbed
from pipelines.records import to_json_lines
from steps.shared.clock import now_iso
from steps.shared.observability import logger
from steps.streaming.attributes import Attribute, Item, text
from steps.streaming.count_batch import count_batch
from steps.streaming.ledger import NOWHERE, Ledger
from steps.streaming.scores import Received, receive
from steps.streaming.upserts import UPDATED

ROWS = 20_000
_LOOKED_AT = 500


@dataclass(frozen=True)
class Weights:
    """Means over a generated file; bytes unless said otherwise.

    Attributes:
        row: a row of the file.
        rows: rows of the file a record, since some are rejected and some merged.
        wire: a record with its partition key on scoresStream.
        item: a fan's item in the table, by DynamoDB's own way of counting.
        largest_item: the largest of them.
        audit_line: processSavedScores' log line.
        top_ranked: share of the records that go to the Entry Service.
    """

    row: float
    rows: float
    wire: float
    item: float
    largest_item: float
    audit_line: float
    top_ranked: float


@cache
def weights(rows: int = ROWS) -> Weights:
    """Prepares a generated file and weighs what comes of it."""
    records, size = _prepared(rows)
    lines = to_json_lines(records.lazy()).collect()
    items = [_item(data) for data in lines["data"].head(_LOOKED_AT)]
    sizes = [item_bytes(item) for item in items]
    return Weights(
        row=size / rows,
        rows=rows / records.height,
        wire=float(lines["bytes"].sum()) / records.height,
        item=sum(sizes) / len(sizes),
        largest_item=max(sizes),
        audit_line=_audit_bytes(items) / len(items),
        top_ranked=records.filter(pl.col("rank") == 0).height / records.height,
    )


def lines_of(rows: int = ROWS) -> list[str]:
    """The records on scoresStream, as JSON."""
    return list(to_json_lines(_prepared(rows)[0].lazy()).collect()["data"])


@cache
def _prepared(rows: int) -> tuple[pl.DataFrame, int]:
    """The records of a generated file, and the file's bytes."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        file = Path(folder, "scrubbed.csv")
        generate("scrubbed", rows, SEED, file)
        prepared = prepare_scrubbed(
            str(file),
            Stamp(CAMPAIGN_ID, RUN_ID, SCORED_AT),
            records_uri=f"{folder}/records",
            rejected_uri=f"{folder}/rejected.parquet",
            partition_rows=rows,
        )
        records = pl.read_parquet([one.uri for one in prepared.partitions])
        return records, file.stat().st_size


def stream_record(data: str, number: int = 1) -> KinesisStreamRecord:
    """A record as Lambda gives it to a worker."""
    body = {"data": base64.b64encode(data.encode()).decode(), "sequenceNumber": str(number)}
    return KinesisStreamRecord({"kinesis": body, "eventID": f"shard:{number}"})


def _item(data: str) -> Item:
    received = receive(stream_record(data))
    assert isinstance(received, Received)
    upsert = received.score.upsert()
    return {**upsert.key, **upsert.stamped, UPDATED: text(now_iso())}


def item_bytes(item: Item) -> int:
    """An item's size as DynamoDB bills it: names and values, by its guide's "Item sizes and formats"."""
    return sum(len(name.encode()) + _value_bytes(value) for name, value in item.items())


def _value_bytes(value: Attribute) -> int:
    ((kind, held),) = value.items()
    if kind == "S":
        return len(held.encode())
    if kind == "N":
        # One byte for every two significant digits, and one more; a sign would be another.
        return -(-len(held.strip("-").replace(".", "").strip("0")) // 2) + 1
    if kind == "L":
        return 3 + sum(1 + _value_bytes(one) for one in held)
    return 1


class _NoLedger:
    """Takes every count and keeps none."""

    def settle(self, _shard: str, _changes: list[Any]) -> str:
        return NOWHERE


def _audit_bytes(items: list[Item]) -> int:
    """Bytes of the log that counting these new items writes."""
    changes = [
        {
            "eventName": "INSERT",
            "dynamodb": {
                "Keys": {name: item[name] for name in ("PK", "SK")},
                "SequenceNumber": str(number + 1),
                "NewImage": item,
            },
        }
        for number, item in enumerate(items)
    ]
    written = io.StringIO()
    handler: Any = logger.registered_handler
    usual = handler.setStream(written)
    try:
        event = DynamoDBStreamEvent({"Records": changes, "shardId": "shard"})
        count_batch(event, cast("Ledger", _NoLedger()), "windowed")
    finally:
        handler.setStream(usual)
    lines = written.getvalue().splitlines()
    assert all(json.loads(line)["message"] == "saved score" for line in lines)
    return sum(len(line) + 1 for line in lines)
