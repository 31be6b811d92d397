"""What a run costs, by service, in US dollars at list prices; no free tier, no discounts, no taxes.

Not in it, since it does not go by runs: the table's storage and backups, alarms and dashboard, the bucket's
months, traces, and what the Campaign and the Entry Service cost their owners.
"""

import math

from bench.scaling.model import FanlistRun, Run

# Two workers read every record of scoresStream; who reads campaignDataStream pays for that.
_READERS = 2
_DAY, _MONTH = 24, 730
# State transitions of a child and of a run; objects of a partition that are written and read.
_OF_A_CHILD, _OF_A_RUN, _PUTS, _GETS = 2, 9, 2, 3
# Items that a commit of counts writes (position, counts, run), each twice its size: it is a transaction.
_COMMIT_UNITS = 3 * 2


def costs(run: Run) -> dict[str, float]:
    """Give dollars by service."""
    f, partitions = run.f, run.partitions
    return {
        "Lambda": _lambda(run),
        "Kinesis": _kinesis(run),
        "DynamoDB": _dynamodb(run),
        "CloudWatch logs": run.fans * f["audit_bytes"] / 1e9 * f["log_gb"],
        "Step Functions": (partitions * _OF_A_CHILD + _OF_A_RUN) / 1e3 * f["thousand_transitions"],
        "S3": partitions / 1e3 * (_PUTS * f["thousand_puts"] + _GETS * f["thousand_gets"]),
    }


def _kinesis(run: Run) -> float:
    """Give the stream's; shards are paid by the hour, used or not."""
    f, kept = run.f, run.f["kept_hours"] - _DAY
    shards, readers = f[f"{run.prefix}shards"], 0 if isinstance(run, FanlistRun) else _READERS
    if shards:
        an_hour = f["shard_hour"] + (f["retention_shard_hour"] if kept > 0 else 0)
        return shards * f["hours"] * an_hour + run.fans / 1e6 * f["put_units"]
    gigabytes = run.fans * math.ceil(f[f"{run.prefix}wire_bytes"] / 1024) * 1024 / 1e9
    a_gigabyte = f["stream_in"] + readers * f["stream_out"] + kept / _MONTH * f["stream_kept"]
    return f["hours"] * f["stream_hour"] + gigabytes * a_gigabyte


def _lambda(run: Run) -> float:
    """Give the functions'. Who waits for a full stream or table is paid for like who works."""
    f, changes = run.f, run.fans / run.f["count_batch"]
    children = min(run.partitions, f["map_concurrency"])
    delivered = max(run.partitions * run.child_seconds, children * run.stations[run.way[0]][0])
    busy = {
        "Prepare": run.prepared,
        "CheckQuality": f["cold_start"] + run.fans * f["gate_seconds"],
        "ProcessSavedScores": changes * (run.count_seconds + f["transaction_seconds"]),
        "Finish": run.finished - run.published,
    }
    calls = run.partitions + changes
    if isinstance(run, FanlistRun):
        busy["SaveFanlistPartition"] = delivered
    else:
        batches = run.fans / f["batch"]
        seconds, limit = run.stations["upsert"]
        throttled = run.shards * f["parallel"] * seconds if limit.startswith("table") else 0.0
        busy["PublishPartition"] = delivered
        busy["LoadScoresToDynamoDB"] = max(batches * run.batch_seconds, throttled)
        busy["SaveEntryScoring"] = batches * run.entry_batch_seconds
        calls += 2 * batches
    gigabyte_seconds = sum(f[f"{name}_megabytes"] / 1024 * taken for name, taken in busy.items())
    return gigabyte_seconds * f["gb_second"] + calls / 1e6 * f["requests"]


def _dynamodb(run: Run) -> float:
    f = run.f
    # A batch goes when it is full or its window is over.
    commits = max(run.fans / f["count_batch"], min(run.fans, run.stations["count"][0] * run.table_shards))
    writes = run.fans * math.ceil(f["item_bytes"] / 1024) + commits * _COMMIT_UNITS
    warmed = max(0.0, f["warm_writes"] - f["table_writes"])
    reads = (run.fans + commits) / 1e6 * f["read_units"]
    return writes / 1e6 * f["write_units"] + reads + warmed * f["warm_write"]
