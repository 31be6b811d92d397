"""What a run costs, by service, in US dollars at list prices; no free tier, no discounts, no taxes.

Not in it, since it does not go by runs: the table's storage and backups, alarms and dashboard, the bucket's
months, traces, and what the Campaign and the Entry Service cost their owners.
"""

import math

from bench.scaling import ours
from bench.scaling.model import Run

# Two workers read every record of scoresStream.
_READERS = 2
_DAY, _MONTH = 24, 730
# State transitions of a child and of a run; objects of a partition that are written and read.
_OF_A_CHILD, _OF_A_RUN, _PUTS, _GETS = 2, 9, 2, 3
# Items that a commit of counts writes (position, counts, run), each twice its size: it is a transaction.
_COMMIT_UNITS = 3 * 2


def costs(run: Run) -> dict[str, float]:
    """Give dollars by service."""
    i = run.inputs
    partitions = math.ceil(run.fans / run.settings.partition_rows)
    return {
        "Lambda": _lambda(run, partitions),
        "Kinesis": _kinesis(run),
        "DynamoDB": _dynamodb(run),
        "CloudWatch logs": run.fans * i["audit_bytes"] / 1e9 * i["log_gb"],
        "Step Functions": (partitions * _OF_A_CHILD + _OF_A_RUN) / 1e3 * i["thousand_transitions"],
        "S3": partitions / 1e3 * (_PUTS * i["thousand_puts"] + _GETS * i["thousand_gets"]),
    }


def _kinesis(run: Run) -> float:
    """Give the stream's; shards are paid by the hour, used or not."""
    i, hours = run.inputs, run.settings.hours
    kept = float(ours.properties("ScoresStream")["RetentionPeriodHours"]) - _DAY
    if run.settings.shards:
        an_hour = i["shard_hour"] + (i["retention_shard_hour"] if kept > 0 else 0)
        return run.settings.shards * hours * an_hour + run.fans / 1e6 * i["put_units"]
    gigabytes = run.fans * math.ceil(i["wire_bytes"] / 1024) * 1024 / 1e9
    a_gigabyte = i["stream_in"] + _READERS * i["stream_out"] + kept / _MONTH * i["stream_kept"]
    return hours * i["stream_hour"] + gigabytes * a_gigabyte


def _lambda(run: Run, partitions: int) -> float:
    i, settings = run.inputs, run.settings
    batches, changes = run.fans / settings.batch, run.fans / run.count_batch
    children = min(partitions, settings.map_concurrency)
    workers = (settings.shards or i["on_demand_shards"]) * settings.parallel
    seconds, limit = run.stations["upsert"]
    throttled = workers * seconds if limit.startswith("table") else 0.0
    busy = {
        "PrepareFunction": run.prepared,
        "CheckQualityFunction": i["cold_start"] + run.fans * i["gate_seconds"],
        # Who waits for a full stream or table is paid for like who works.
        "PublishPartitionFunction": max(
            partitions * run.child_seconds, children * run.stations["publish"][0]
        ),
        "LoadScoresToDynamoDBFunction": max(batches * run.batch_seconds, throttled),
        "ProcessSavedScoresFunction": changes * (run.count_seconds + i["transaction_seconds"]),
        "SaveEntryScoringFunction": batches * run.entry_batch_seconds,
        "FinishFunction": run.finished - run.published,
    }
    gigabyte_seconds = sum(ours.megabytes(name) / 1024 * taken for name, taken in busy.items())
    calls = partitions + 2 * batches + changes
    return gigabyte_seconds * i["gb_second"] + calls / 1e6 * i["requests"]


def _dynamodb(run: Run) -> float:
    i = run.inputs
    # A batch goes when it is full or its window is over.
    commits = max(run.fans / run.count_batch, min(run.fans, run.stations["count"][0] * run.table_shards))
    writes = run.fans * math.ceil(i["item_bytes"] / 1024) + commits * _COMMIT_UNITS
    warmed = max(0.0, run.settings.warm_writes - i["table_writes"])
    reads = (run.fans + commits) / 1e6 * i["read_units"]
    return writes / 1e6 * i["write_units"] + reads + warmed * i["warm_write"]
