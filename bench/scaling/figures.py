"""The model's inputs that are not ours: AWS's quotas and prices (us-east-1), and what had to be assumed.

Each figure carries its unit and where it is from. `python -m bench scaling --set NAME=VALUE` changes one.
"""

import math
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from typing import Self


class Basis(StrEnum):
    """How far a figure can be trusted."""

    READ = "AWS's page, read in a stored copy, November 2026"
    SECOND_HAND = "another page that quotes AWS; look at AWS's own before you rely on it"
    MEMORY = "from memory; look at AWS's page before you rely on it"
    ASSUMED = "assumed; no source but experience"
    MEASURED = "measured here"


class Figure(float):
    """A number with its unit, where it is from, and on what basis."""

    unit: str
    source: str
    basis: Basis

    def __new__(cls, value: float, unit: str, source: str, basis: Basis) -> Self:
        """A float that can say where it is from."""
        made = super().__new__(cls, value)
        made.unit, made.source, made.basis = unit, source, basis
        return made

    def changed(self, value: float) -> "Figure":
        """Another value in the same unit, by whoever runs the model."""
        return Figure(value, self.unit, "--set", Basis.ASSUMED)


class UnknownInputError(Exception):
    """There is no input of that name, or its value is no number; the text says which there are."""


_KINESIS = "Kinesis Data Streams, Quotas and limits"
_KINESIS_PRICE = "Kinesis Data Streams pricing"
_WARM = "DynamoDB, Warm throughput"
_PRE_WARM = "DynamoDB, Pre-warming a table for on-demand capacity mode"
_DYNAMODB = "DynamoDB, On-demand capacity mode"
_DYNAMODB_PRICE = "DynamoDB pricing, on-demand"
_LAMBDA = "Lambda quotas"
_STATES = "Step Functions service quotas"


@dataclass(frozen=True)
class Inputs:
    """Quotas, prices and assumptions; prices in US dollars."""

    shard_records: Figure = Figure(1000, "records/s a shard", _KINESIS, Basis.READ)
    shard_bytes: Figure = Figure(1e6, "B/s a shard, in", _KINESIS, Basis.READ)
    shard_read_bytes: Figure = Figure(2e6, "B/s a shard, out, all readers", _KINESIS, Basis.READ)
    on_demand_shards: Figure = Figure(4, "shards, 4 MB/s, of a new on-demand stream", _KINESIS, Basis.READ)
    stream_doubling: Figure = Figure(
        900, "s until an on-demand stream takes twice its peak", "Kinesis, On-demand mode", Basis.SECOND_HAND
    )
    table_writes: Figure = Figure(4000, "write units/s of a new on-demand table", _WARM, Basis.READ)
    table_doubling: Figure = Figure(1800, "s until a table takes twice its peak", _PRE_WARM, Basis.READ)
    most_writes: Figure = Figure(40_000, "write units/s, the quota of a table", _DYNAMODB, Basis.READ)
    partition_writes: Figure = Figure(
        1000, "write units/s a partition", "DynamoDB, Key range throughput", Basis.SECOND_HAND
    )
    concurrency: Figure = Figure(1000, "Lambda executions at once, an account", _LAMBDA, Basis.READ)
    vcpu_megabytes: Figure = Figure(1769, "MB of memory a vCPU", "Lambda, Memory", Basis.SECOND_HAND)
    transitions: Figure = Figure(1500, "state transitions/s (an older page)", _STATES, Basis.READ)

    shard_hour: Figure = Figure(0.015, "$ a shard-hour", _KINESIS_PRICE, Basis.SECOND_HAND)
    retention_shard_hour: Figure = Figure(
        0.02, "$ a shard-hour beyond 24 h", _KINESIS_PRICE, Basis.SECOND_HAND
    )
    put_units: Figure = Figure(0.014, "$ a million of 25 KB put units", _KINESIS_PRICE, Basis.SECOND_HAND)
    stream_hour: Figure = Figure(0.04, "$ a stream-hour, on-demand", _KINESIS_PRICE, Basis.MEMORY)
    stream_in: Figure = Figure(
        0.08, "$ a GB in, on-demand, records rounded up to 1 KB", _KINESIS_PRICE, Basis.MEMORY
    )
    stream_out: Figure = Figure(0.04, "$ a GB out, on-demand", _KINESIS_PRICE, Basis.MEMORY)
    stream_kept: Figure = Figure(0.10, "$ a GB-month beyond 24 h, on-demand", _KINESIS_PRICE, Basis.MEMORY)
    write_units: Figure = Figure(0.625, "$ a million write units", _DYNAMODB_PRICE, Basis.SECOND_HAND)
    read_units: Figure = Figure(0.125, "$ a million read units", _DYNAMODB_PRICE, Basis.SECOND_HAND)
    warm_write: Figure = Figure(
        0.00065, "$ once a warm write unit above the table's own", _DYNAMODB_PRICE, Basis.ASSUMED
    )
    gb_second: Figure = Figure(1.66667e-5, "$ a GB-second", "Lambda pricing, x86", Basis.SECOND_HAND)
    requests: Figure = Figure(0.20, "$ a million requests", "Lambda pricing", Basis.SECOND_HAND)
    thousand_transitions: Figure = Figure(
        0.025, "$ a thousand state transitions", "Step Functions pricing", Basis.MEMORY
    )
    log_gb: Figure = Figure(0.50, "$ a GB of logs", "CloudWatch pricing", Basis.MEMORY)
    thousand_puts: Figure = Figure(0.005, "$ a thousand S3 writes", "S3 pricing", Basis.MEMORY)
    thousand_gets: Figure = Figure(0.0004, "$ a thousand S3 reads", "S3 pricing", Basis.MEMORY)

    s3_bytes: Figure = Figure(75e6, "B/s that one function reads from S3", "-", Basis.ASSUMED)
    cold_start: Figure = Figure(8, "s until a container image has started", "-", Basis.ASSUMED)
    state_seconds: Figure = Figure(0.2, "s between two states", "-", Basis.ASSUMED)
    child_seconds: Figure = Figure(
        0.5, "s of a Map's child beside the records: start, read, result", "-", Basis.ASSUMED
    )
    put_seconds: Figure = Figure(0.05, "s a PutRecords call of 500", "-", Basis.ASSUMED)
    get_seconds: Figure = Figure(0.02, "s a BatchGetItem of 100", "-", Basis.ASSUMED)
    write_seconds: Figure = Figure(0.03, "s a BatchExecuteStatement of 25", "-", Basis.ASSUMED)
    transaction_seconds: Figure = Figure(
        0.02, "s that a transaction keeps others off its items", "-", Basis.ASSUMED
    )
    entry_seconds: Figure = Figure(
        0.5, "s that the Entry Service takes for a call", "its owners", Basis.ASSUMED
    )
    read_seconds: Figure = Figure(0.03, "s a small object from S3", "-", Basis.ASSUMED)

    def changed(self, settings: list[str]) -> "Inputs":
        """With `NAME=VALUE` for some of them.

        Raises:
            UnknownInputError: a name or a value does not fit.
        """
        known = {field.name for field in fields(self)}
        changes: dict[str, Figure] = {}
        for setting in settings:
            name, _, value = setting.partition("=")
            if name not in known:
                raise UnknownInputError(f"There is no input '{name}'; there are: {', '.join(sorted(known))}.")
            changes[name] = getattr(self, name).changed(_above_zero(setting, value))
        return replace(self, **changes)


def _above_zero(setting: str, value: str) -> float:
    try:
        number = float(value)
    except ValueError:
        raise UnknownInputError(f"'{setting}' is not of the form NAME=NUMBER.") from None
    if not 0 < number < math.inf:
        raise UnknownInputError(f"'{setting}': every input is above 0.")
    return number
