"""Publishing, upserting and counting, at an AWS that takes everything and keeps nothing.

`python -m bench.clients WAY RECORDS` is one way as a program; AWS is wherever the environment says. What a
way sends is made before the clock starts, in the form that it takes.
"""

import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import boto3
import polars as pl
import typer
from aws_lambda_powertools.utilities.data_classes import DynamoDBStreamEvent
from boto3.dynamodb.types import TypeDeserializer

from bench.contestants import CAMPAIGN_ID, RUN_ID, SCORED_AT
from bench.contestants.prepare import PARTITION_ROWS
from bench.harness import Rounds, Way, Write, compared, in_turns, say, session
from bench.measured import report, run
from bench.null_aws import null_aws
from bench.prepare import contestant
from pipelines.records import to_json_lines
from steps.delivery.kinesis_writer import KinesisWriter, StreamRecord, calls_of
from steps.delivery.partition import Partition
from steps.shared import clients
from steps.shared.attributes import text
from steps.shared.clients import storage_options
from steps.shared.clock import now_iso
from steps.shared.payloads import FileRef, PartitionItem, Run
from steps.shared.storage import RunFolder
from steps.states.publish_partition import publish
from steps.streaming.counting.batch import count_batch
from steps.streaming.counting.ledger import Ledger
from steps.streaming.demand_table import statements
from steps.streaming.demand_table.upserts import UPDATED, Upsert
from steps.streaming.demand_table.writer import DemandTable
from steps.streaming.scores.record import Score

if TYPE_CHECKING:
    from mypy_boto3_kinesis.type_defs import PutRecordsRequestEntryTypeDef

_BUCKET, _STREAM = "pipeline", "scoresStream"
TABLE = "demand"
# What loadScoresToDynamoDB and processSavedScores are given at once.
_UPSERT_BATCH, _COUNT_BATCH = 500, 1000
PIPELINE_RUN = Run(
    run_id=RUN_ID,
    campaign_id=CAMPAIGN_ID,
    campaign_name="bench",
    source="scrubbed",
    file=FileRef(bucket=_BUCKET, key="scrubbed/bench.csv"),
    scored_at=SCORED_AT,
    started_at=SCORED_AT,
)
# Rows for a record: some rows of the sample are rejected, some merged.
_ROWS_PER_RECORD = 1.04

Work = Callable[[], Any]

_Records = Annotated[int, typer.Option(min=1, help="Records a run.")]


def publishing(
    records: Annotated[int, typer.Option(min=1, help="Records, rounded up to whole partitions.")] = 100_000,
    rounds: Rounds = 5,
    write: Write = False,
) -> None:
    """Measure publishing partitions beside sending the same calls, ready before the clock starts."""
    partitions = -(-records // PARTITION_ROWS)
    with session() as running, running.empty_folder() as root:
        source = running.sample(int(partitions * PARTITION_ROWS * _ROWS_PER_RECORD) + 100)
        folder = root / _BUCKET / RunFolder.of(PIPELINE_RUN).staging
        folder.mkdir(parents=True)
        say(f"Preparing {partitions} partitions")
        contestant("prepare", source, folder)
        names = {"ready": "ready-made bytes", "published": "publish partitions"}
        text = _side_by_side(names, f"{partitions} partitions", partitions * PARTITION_ROWS, rounds, root)
        running.show("publishing", text, write=write)


def upserts(records: _Records = 10_000, rounds: Rounds = 3, write: Write = False) -> None:
    """Measure the merge writer beside one-by-one writes and boto3's batch_writer."""
    names = {
        "merge_writer": "merge writer",
        "one_by_one": "one update_item a record",
        "bare_puts": "batch_writer: puts, no merge",
    }
    with session() as running, running.empty_folder() as nothing:
        parts = [
            _side_by_side(names, f"upserts of {items} items", records, rounds, nothing, items)
            for items in ("new", "stored")
        ]
        running.show("upserts", *parts, write=write)


def counting(records: _Records = 50_000, rounds: Rounds = 3, write: Write = False) -> None:
    """Measure how many records of the table's stream are counted a second, their audit lines made."""
    with session() as running, running.empty_folder() as nothing:
        names = {"counted": "processSavedScores"}
        running.show(
            "counting", _side_by_side(names, "stream records", records, rounds, nothing), write=write
        )


def _side_by_side(
    names: dict[str, str], what: str, records: int, rounds: int, root: Path, items: str = "new"
) -> str:
    with null_aws(root, items) as aws:
        ways = [
            Way(label, records, partial(run, "bench.clients", name, records, environment=aws))
            for name, label in names.items()
        ]
        in_turns(ways, rounds)
    return compared(f"{records:,} records, {what}", ways, "records")


def published(records: int) -> Work:
    """Do the step of FanOut's children: Parquet from S3, JSON, PutRecords, result to S3."""
    s3, writer = clients.s3(), KinesisWriter(clients.kinesis(), _STREAM)

    def work() -> None:
        for partition in range(records // PARTITION_ROWS):
            item = PartitionItem(partition=partition, key=_key_of(partition), records=0)
            assert not publish(Partition(s3, PIPELINE_RUN, item), writer).failed

    return work


def ready(records: int) -> Work:
    """Send what is ready to be sent, one pool for all calls, and look at no answer: nothing can be faster."""
    calls: list[list[PutRecordsRequestEntryTypeDef]] = []
    for partition in range(records // PARTITION_ROWS):
        stored = pl.scan_parquet(f"s3://{_BUCKET}/{_key_of(partition)}", storage_options=storage_options())
        lines = to_json_lines(stored).collect()
        pairs = zip(lines["partitionKey"], lines["data"], strict=True)
        made = [StreamRecord.of(key, data.encode()) for key, data in pairs]
        calls += [
            [{"Data": record.data, "PartitionKey": record.partition_key} for record in call]
            for call in calls_of(made)
        ]
    client = clients.kinesis()

    def work() -> None:
        with ThreadPoolExecutor(KinesisWriter.concurrency) as pool:
            for _ in pool.map(lambda call: client.put_records(StreamName=_STREAM, Records=call), calls):
                pass

    return work


def _key_of(partition: int) -> str:
    return f"{RunFolder.of(PIPELINE_RUN).records}/part-{partition:05d}.parquet"


def scores(records: int, run_number: int = 1) -> list[Upsert]:
    """Make fans of a scrubbed file: the second run has other values and a later stamp than the first."""
    return [
        Score.model_validate(
            {
                "campaignId": "bench",
                "globalUserId": f"fan-{number:09}",
                "score": (number % 1000) / 1000 + run_number,
                "isVerified": (number + run_number) % 3 != 0,
                "runId": f"2026021{run_number}T100000000Z-aaaaaaaa",
                "scoredAt": f"2026-02-1{run_number}T10:00:00.000Z",
                "registrationScore": 0.5,
                "accountScore": number % 7 / 8,
                "nudetectScore": 0.125,
                "tags": ["vip", "early"],
                "events": ["london", None, "paris"],
            }
        ).upsert()
        for number in range(records)
    ]


def merge_writer(made: list[Upsert]) -> Work:
    """Do what loadScoresToDynamoDB and SaveFanlistPartition do, in the worker's batches."""
    table = DemandTable(clients.dynamodb(), TABLE)

    def work() -> None:
        for start in range(0, len(made), _UPSERT_BATCH):
            assert "failed" not in table.merge(made[start : start + _UPSERT_BATCH])

    return work


def one_by_one(made: list[Upsert]) -> Work:
    """Do the same merge under the same condition, one `update_item` a record, by boto3's plain client."""
    client = boto3.client("dynamodb")

    def work() -> None:
        for upsert in made:
            arguments = statements.update_arguments(upsert, {UPDATED: text(now_iso())})
            client.update_item(TableName=TABLE, **arguments)

    return work


def bare_puts(made: list[Upsert]) -> Work:
    """Replace whole items by boto3's batch_writer: no condition, no merge, no statuses."""
    read: Callable[[Any], Any] = TypeDeserializer().deserialize
    items = [
        {name: read(value) for name, value in {**one.key, **one.stamped}.items()} | {"updated": now_iso()}
        for one in made
    ]
    table: Any = boto3.resource("dynamodb").Table(TABLE)

    def work() -> None:
        with table.batch_writer() as writer:
            for item in items:
                writer.put_item(Item=item)

    return work


def counted(records: int) -> Work:
    """Count changes of one shard, in the mapping's batches: every other fan is new, the rest change flags."""
    changes = [_change(number) for number in range(records)]
    batches = [changes[start : start + _COUNT_BATCH] for start in range(0, records, _COUNT_BATCH)]
    events = [DynamoDBStreamEvent({"Records": batch, "shardId": "shard"}) for batch in batches]
    ledger = Ledger(clients.dynamodb(), TABLE)
    return lambda: sum(count_batch(event, ledger, "windowed").counted for event in events)


def _change(number: int) -> dict[str, Any]:
    """Make a change in Lambda's form."""
    fan = number // 2
    keys = {"PK": {"S": f"fan:{fan:09}"}, "SK": {"S": "campaign:bench"}}
    first, second = (
        {
            **keys,
            "score": {"N": f"0.{fan}"},
            "isVerified": {"BOOL": verified},
            "runId": {"S": f"run-{run}"},
            "scoredAt": {"S": f"2026-02-1{run}T10:00:00.000Z"},
            "events": {"L": [{"S": "london"}]},
        }
        for run, verified in ((1, fan % 3 == 0), (2, fan % 2 == 0))
    )
    images = {"NewImage": first} if number % 2 == 0 else {"OldImage": first, "NewImage": second}
    return {
        "eventName": "MODIFY" if number % 2 else "INSERT",
        "eventSourceARN": "arn:aws:dynamodb:us-east-1:000000000000:table/demand/stream/1",
        "dynamodb": {"Keys": keys, "SequenceNumber": str(number + 1), **images},
    }


UPSERTS = {"merge_writer": merge_writer, "one_by_one": one_by_one, "bare_puts": bare_puts}
_WAYS = {"published": published, "ready": ready, "counted": counted}

if __name__ == "__main__":
    name, records = sys.argv[1], int(sys.argv[2])
    report(UPSERTS[name](scores(records)) if name in UPSERTS else _WAYS[name](records))
