"""What a run costs, by service, in US dollars at list prices; no free tier, no discounts, no taxes.

Not in it, since it does not go by runs: the table's storage and backups, alarms and dashboard, the bucket's
months, traces, and what the Campaign and the Entry Service cost their owners.
"""

import math

from bench.scaling import ours
from bench.scaling.figures import Inputs
from bench.scaling.simulation import Simulated
from bench.scaling.stations import READERS, Settings

_GB = 1e9
_PUT_UNIT = 25 * 1024
_KILOBYTE = 1024
_DAY, _MONTH = 24, 730
# A child: it is started, and its one task.
_TRANSITIONS_A_CHILD = 2
_TRANSITIONS_A_RUN = 9
# Objects of a partition: its records, read by the gate and by FanOut, and its result, read by Finish.
_PUTS, _GETS = 2, 3
# Items that a commit of counts writes (position, counts, run), each twice its size: it is a transaction.
_COMMIT_UNITS = 3 * 2


def costs(run: Simulated) -> dict[str, float]:
    """Dollars by service."""
    inputs, settings = run.stations.inputs, run.settings
    partitions = math.ceil(run.fans / settings.partition_rows)
    logs = run.fans * run.stations.weights.audit_line / _GB * inputs.log_gb
    found = {
        "Lambda": _lambda(run, partitions),
        "Kinesis": kinesis(run.fans, run.stations.weights.wire, settings, inputs),
        "DynamoDB": _table(run),
        "CloudWatch logs": logs,
        "Step Functions": (partitions * _TRANSITIONS_A_CHILD + _TRANSITIONS_A_RUN)
        / 1e3
        * inputs.thousand_transitions,
        "S3": partitions / 1e3 * (_PUTS * inputs.thousand_puts + _GETS * inputs.thousand_gets),
    }
    return {name: float(value) for name, value in found.items()}


def kinesis(records: float, size: float, settings: Settings, inputs: Inputs) -> float:
    """Dollars for so many stream records of a size in bytes; shards are paid by the hour, used or not."""
    if settings.shards:
        hours = settings.shards * settings.hours
        kept = hours * inputs.retention_shard_hour if ours.stream_hours() > _DAY else 0.0
        units = records * math.ceil(size / _PUT_UNIT)
        return hours * inputs.shard_hour + kept + units / 1e6 * inputs.put_units
    gigabytes = records * math.ceil(size / _KILOBYTE) * _KILOBYTE / _GB
    kept_months = max(0, ours.stream_hours() - _DAY) / _MONTH
    return (
        settings.hours * inputs.stream_hour
        + gigabytes * inputs.stream_in
        + READERS * gigabytes * inputs.stream_out
        + gigabytes * kept_months * inputs.stream_kept
    )


def _lambda(run: Simulated, partitions: int) -> float:
    stations, settings, inputs = run.stations, run.settings, run.stations.inputs
    batches = run.fans / settings.batch
    changes = run.fans / stations.count_batch
    busy = {
        "PrepareFunction": run.prepare,
        "CheckQualityFunction": run.quality,
        # Children that wait for a full stream are paid for like those that work.
        "PublishPartitionFunction": max(
            partitions * stations.child_seconds,
            min(partitions, settings.map_concurrency) * run.flow["publish"].ended,
        ),
        "LoadScoresToDynamoDBFunction": max(batches * stations.batch_seconds, _throttled_seconds(run)),
        "ProcessSavedScoresFunction": changes * (stations.count_seconds + inputs.transaction_seconds),
        "SaveEntryScoringFunction": batches * stations.entry_batch_seconds,
        "FinishFunction": run.finish - run.published,
    }
    seconds = sum(ours.function(name).gigabytes * taken for name, taken in busy.items())
    calls = partitions + 2 * batches + changes
    return float(seconds * inputs.gb_second + calls / 1e6 * inputs.requests)


def _throttled_seconds(run: Simulated) -> float:
    """Seconds of upserting workers while the table was what held them up: all of them wait."""
    shards = run.settings.shards or int(run.stations.inputs.on_demand_shards)
    workers = shards * run.settings.parallel
    return workers * run.flow["upsert"].bound_by.get("table: write units/s", 0.0)


def _table(run: Simulated) -> float:
    inputs, stations = run.stations.inputs, run.stations
    conflicts = stations.conflicts(run.table_shards, 1.0)
    # A batch goes when it is full or its window is over.
    commits = max(run.fans / stations.count_batch, min(run.fans, run.flow["count"].ended * run.table_shards))
    writes = run.fans * stations.write_units + commits * conflicts.attempts * _COMMIT_UNITS
    reads = run.fans + commits * conflicts.attempts
    warmed = max(0.0, run.settings.warm_writes - inputs.table_writes)
    return float(
        writes / 1e6 * inputs.write_units + reads / 1e6 * inputs.read_units + warmed * inputs.warm_write
    )
