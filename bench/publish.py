"""Publishing partitions beside a loop that sends ready-made bytes, to an AWS that does nothing.

`python -m bench.publish published|ready PARTITIONS` is either as a program; AWS is wherever the environment
says. Both have the same client and the same concurrency. The ready-made calls are made before the clock
starts, and nobody looks at their answers: publishing cannot be faster.
"""

import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from bench.contestants.common import CAMPAIGN_ID, RUN_ID, SCORED_AT
from bench.contestants.prepare import PARTITION_ROWS
from bench.measured import report, run
from bench.null_aws import null_aws
from bench.prepare import contestant
from bench.rounds import Goal, Way, compared, goals, in_turns
from bench.session import Rounds, Session, Write, session
from steps.delivery.kinesis_writer import KinesisWriter, StreamRecord, calls_of
from steps.shared import clients
from steps.shared.payloads import FileRef, PartitionItem, Run
from steps.shared.storage import RunFolder
from steps.states.publish_partition import publish

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_kinesis.type_defs import PutRecordsRequestEntryTypeDef

_BUCKET, _STREAM = "pipeline", "scoresStream"
_RUN = Run(
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


def publishing(
    records: Annotated[int, typer.Option(min=1, help="Records, rounded up to whole partitions.")] = 100_000,
    rounds: Rounds = 5,
    write: Write = False,
) -> None:
    """Measure publishing partitions beside sending ready-made bytes."""
    with session() as running:
        ready, published = both_ways(-(-records // PARTITION_ROWS), rounds, running)
        share, by_cpu = ready.seconds / published.seconds, ready.cpu_seconds / published.cpu_seconds
        goal = Goal("Publishing's speed against ready-made bytes'", share, 0.8, at_least=True, beside=by_cpu)
        table = compared(f"{ready.units:,} records", [ready, published], "records")
        running.show("publishing", table, goals([goal]), write=write)


def both_ways(partitions: int, rounds: int, running: Session) -> list[Way]:
    """Prepare so many partitions and send them both ways.

    Raises:
        bench.measured.BenchError: one of the two failed.
    """
    source = running.files.sample(int(partitions * PARTITION_ROWS * _ROWS_PER_RECORD) + 100)
    with running.files.empty_folder() as root:
        folder = root / _BUCKET / RunFolder.of(_RUN).staging
        folder.mkdir(parents=True)
        running.say(f"Preparing {partitions} partitions")
        contestant("prepare", source, folder)
        with null_aws(root) as aws:
            ways = [
                Way(label, partitions * PARTITION_ROWS, partial(_send, name, partitions, environment=aws))
                for name, label in (("ready", "ready-made bytes"), ("published", "publish partitions"))
            ]
            in_turns(ways, rounds, running.say)
            return ways


_send = partial(run, "bench.publish")


def _key_of(partition: int) -> str:
    return f"{RunFolder.of(_RUN).records}/part-{partition:05d}.parquet"


def published(partitions: int) -> "Callable[[], None]":
    """Do the step of FanOut's children: Parquet from S3, JSON, PutRecords, result to S3."""
    s3, writer = clients.s3(), KinesisWriter(clients.kinesis(), _STREAM)

    def work() -> None:
        for partition in range(partitions):
            item = PartitionItem(partition=partition, key=_key_of(partition), records=0)
            assert not publish(s3, writer, _RUN, item).failed

    return work


def ready(partitions: int) -> "Callable[[], None]":
    """Send what is ready to be sent, one pool for all calls."""
    import polars as pl

    from pipelines.records import to_json_lines
    from steps.shared.polars_storage import storage_options

    calls: list[list[PutRecordsRequestEntryTypeDef]] = []
    for partition in range(partitions):
        stored = pl.scan_parquet(f"s3://{_BUCKET}/{_key_of(partition)}", storage_options=storage_options())
        lines = to_json_lines(stored).collect()
        pairs = zip(lines["partitionKey"], lines["data"], strict=True)
        records = [StreamRecord.of(key, data.encode()) for key, data in pairs]
        calls += [
            [{"Data": record.data, "PartitionKey": record.partition_key} for record in call]
            for call in calls_of(records)
        ]
    client = clients.kinesis()

    def work() -> None:
        with ThreadPoolExecutor(KinesisWriter.concurrency) as pool:
            for _ in pool.map(lambda call: client.put_records(StreamName=_STREAM, Records=call), calls):
                pass

    return work


if __name__ == "__main__":
    report({"published": published, "ready": ready}[sys.argv[1]](int(sys.argv[2])))
