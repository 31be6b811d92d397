"""What would go wrong with a run, beyond taking long: where patience, time-outs and retention end."""

from collections.abc import Iterator
from dataclasses import dataclass

from bench.scaling import ours
from bench.scaling.simulation import Simulated
from bench.scaling.throttling import throttled
from steps.streaming.demand_table import STATEMENTS_A_CALL

_MEGABYTE = 1024**2
_HOUR = 3600
_TABLE_STREAM_HOURS = 24
# Chance, not a flaw of the settings: a replay or a redelivery settles it.
_HARDLY_ANY = 0.01
# Prepare's scratch disk, bytes for a byte of the file: measured at 20,000 and at 1 M rows, the same.
DISK_A_BYTE = 1.42


def risks(run: Simulated) -> list[str]:
    """One sentence a risk; none where the settings fit the size."""
    return [*_batch(run), *_writers(run), *_after(run)]


@dataclass(frozen=True)
class Room:
    """Up to how many rows one Prepare function goes, by what ends first."""

    seconds: float
    memory: float
    disk: float


def room(run: Simulated) -> Room:
    """How many rows fit Prepare's time-out, memory and scratch disk."""
    function, speeds, weights = ours.function("PrepareFunction"), run.stations.speeds, run.stations.weights
    inputs = run.stations.inputs
    a_row = speeds.prepare + weights.row / inputs.s3_bytes
    return Room(
        seconds=(function.timeout - inputs.cold_start) / a_row,
        memory=(function.memory * _MEGABYTE - speeds.prepare_base) / speeds.prepare_memory,
        disk=function.disk * _MEGABYTE / (weights.row * DISK_A_BYTE),
    )


def _batch(run: Simulated) -> Iterator[str]:
    rows = run.fans * run.stations.weights.rows
    for what, most in vars(room(run)).items():
        if rows > most:
            yield f"Prepare runs out of {what} at about {most / 1e6:,.0f} M rows."
    if run.finish > ours.run_timeout():
        yield f"The state machine ends the run after {ours.run_timeout() / _HOUR:.0f} h."


def _writers(run: Simulated) -> Iterator[str]:
    settings, inputs, stations = run.settings, run.stations.inputs, run.stations
    shards = settings.shards or int(inputs.on_demand_shards)
    children = min(settings.map_concurrency, -(-run.fans // settings.partition_rows))
    free = stations.publish(shards)
    throughput = min(value for name, value in free.items() if name.startswith("stream"))
    if children and free["MapConcurrency"] > throughput:
        lost = throttled(children, shards, throughput / shards, inputs.put_seconds).given_up
        if lost > 0:
            yield f"The stream is full for so long that {lost:.1%} of the records would be put aside."
        waiting = children * settings.partition_rows / throughput
        if waiting > ours.function("PublishPartitionFunction").timeout:
            yield f"A partition would take {waiting:,.0f} s, longer than its function may."
    writes = max(float(inputs.table_writes), settings.warm_writes) / stations.write_units
    line = shards * settings.parallel * STATEMENTS_A_CALL / writes
    if run.fans and line > ours.table_patience().usual:
        yield "More upserts at once than the table can take in their patience: batches fail and come again."
    conflicts = stations.conflicts(run.table_shards, 1.0)
    if run.fans and conflicts.given_up > _HARDLY_ANY:
        yield (
            f"{run.table_shards} shards of the table's stream contend for one item of counts: "
            f"{conflicts.given_up:.0%} of their batches come again (alarm ProcessSavedScoresErrors)."
        )


def _after(run: Simulated) -> Iterator[str]:
    looks = (run.verdict - run.finish) / (ours.default("VerdictDelaySeconds") or 1)
    if looks > ours.default("VerdictMaxAttempts"):
        yield f"The verdict is given up after {ours.default('VerdictMaxAttempts')} looks."
    if run.before + run.flow["entries"].ended > ours.stream_hours() * _HOUR:
        yield "Records leave the stream before the Entry Service has them."
    if run.counted > _TABLE_STREAM_HOURS * _HOUR:
        yield "Changes leave the table's stream uncounted."
