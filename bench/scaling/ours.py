"""What is ours among the model's inputs, read where it stands, and the rest from inputs.toml."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from local.stack.deploy import template as _read_template

Inputs = dict[str, float]


class UnknownInputError(Exception):
    """There is no input of that name, or its value is no number; the text says which there are."""


def inputs(changes: Sequence[str] = ()) -> Inputs:
    """Read inputs.toml, with `NAME=VALUE` for some of its figures.

    Raises:
        UnknownInputError: a name or a value does not fit.
    """
    found = {name: figure["value"] for name, figure in figures().items()}
    for change in changes:
        name, _, value = change.partition("=")
        if name not in found:
            raise UnknownInputError(f"There is no input '{name}'; there are: {', '.join(sorted(found))}.")
        try:
            found[name] = float(value)
        except ValueError:
            raise UnknownInputError(f"'{change}' is not of the form NAME=NUMBER.") from None
        if not 0 < found[name] < float("inf"):
            raise UnknownInputError(f"'{change}': every input is above 0.")
    return found


@cache
def figures() -> dict[str, dict[str, Any]]:
    """Read inputs.toml: value, unit, basis and source by name."""
    return tomllib.loads(Path(__file__).with_name("inputs.toml").read_text())


@cache
def template() -> dict[str, Any]:
    """Read template.yaml, once."""
    return _read_template()


def default(parameter: str) -> int:
    """Give a parameter's default."""
    return int(template()["Parameters"][parameter]["Default"])


def properties(resource: str) -> dict[str, Any]:
    """Give a resource's properties."""
    return dict(template()["Resources"][resource]["Properties"])


def megabytes(function: str) -> int:
    """Give a function's memory."""
    memory = properties(function)["MemorySize"]
    return default(memory["Ref"]) if isinstance(memory, dict) else int(memory)


@dataclass(frozen=True)
class Settings:
    """What somebody sets before a run; the defaults are the template's.

    Attributes:
        shards: of scoresStream; 0 means on-demand.
        warm_writes: the table's warm throughput in write units/s; 0 leaves it as a new table has it.
        map_concurrency: partitions published at once.
        partition_rows: records a partition.
        batch: stream records in a batch of upserts and of entries.
        parallel: batches of a shard that are upserted at once.
        hours: how long the stream's shards are kept, and paid for, on account of the run.
    """

    shards: int = default("ScoresStreamShards")
    warm_writes: int = 0
    map_concurrency: int = default("MapConcurrency")
    partition_rows: int = default("PartitionRows")
    batch: int = default("UpsertBatchSize")
    parallel: int = default("UpsertParallelization")
    hours: int = 24
