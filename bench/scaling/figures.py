"""All that the model goes by, a number a name: inputs.toml, and what stands in the template and the code."""

import math
import tomllib
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from local.stack.deploy import template
from steps.delivery.kinesis_writer import MAX_RECORDS, KinesisWriter
from steps.states.save_fanlist_partition import AT_ONCE, PART
from steps.streaming.demand_table.writer import GETS_A_CALL, STATEMENTS_A_CALL
from steps.streaming.entries import ENTRIES_A_CALL

Figures = dict[str, float]

_FUNCTIONS = (
    *("Prepare", "CheckQuality", "PublishPartition", "SaveFanlistPartition", "Finish"),
    *("LoadScoresToDynamoDB", "ProcessSavedScores", "SaveEntryScoring"),
)
_MAY_BE_NONE = {"shards", "fanlist_shards", "warm_writes"}


class UnknownFigureError(Exception):
    """There is no figure of that name, or its value is none; the text says which there are."""


@cache
def inputs() -> dict[str, dict[str, Any]]:
    """Read inputs.toml: value, unit, basis and source by name."""
    return tomllib.loads(Path(__file__).with_name("inputs.toml").read_text())


def figures(changes: Sequence[str] = ()) -> Figures:
    """Give all figures, with `NAME=VALUE` for some of them.

    Raises:
        UnknownFigureError: a name or a value does not fit.
    """
    found = {name: float(one["value"]) for name, one in inputs().items()} | _ours()
    for change in changes:
        name, _, value = change.partition("=")
        if name not in found:
            raise UnknownFigureError(f"There is no figure '{name}'; there are: {', '.join(sorted(found))}.")
        try:
            number = float(value)
        except ValueError:
            number = math.nan
        if not (0 < number < math.inf or (number == 0 and name in _MAY_BE_NONE)):
            raise UnknownFigureError(f"'{change}' is not of the form NAME=NUMBER, with a number above 0.")
        found[name] = number
    return found


@cache
def _ours() -> Figures:
    """Read what is ours where it stands; settings go by the names that the page uses for them.

    `shards` are scoresStream's and `fanlist_shards` campaignDataStream's (0 is on-demand), `warm_writes` the
    table's warm throughput in write units a second (0 leaves it as a new table has it), `batch` stream
    records in a batch of upserts and of entries, `parallel` batches of a shard that are upserted at once,
    `hours` how long shards are kept, and paid for.
    """
    document = template()

    def default(parameter: str) -> float:
        return float(document["Parameters"][parameter]["Default"])

    def of(resource: str, name: str) -> float:
        value = document["Resources"][resource]["Properties"][name]
        return default(value["Ref"]) if isinstance(value, dict) else float(value)

    return {
        "shards": default("ScoresStreamShards"),
        "fanlist_shards": default("CampaignDataStreamShards"),
        "warm_writes": 0,
        "map_concurrency": default("MapConcurrency"),
        "partition_rows": default("PartitionRows"),
        "batch": default("UpsertBatchSize"),
        "parallel": default("UpsertParallelization"),
        "hours": 24,
        "delay": default("VerdictDelaySeconds"),
        "count_batch": of("ProcessSavedScoresMapping", "BatchSize"),
        "kept_hours": of("ScoresStream", "RetentionPeriodHours"),
        "disk_megabytes": float(
            document["Resources"]["PrepareFunction"]["Properties"]["EphemeralStorage"]["Size"]
        ),
        "save_part": PART,
        "saves_at_once": AT_ONCE,
        "puts_at_once": KinesisWriter.concurrency,
        "records_a_put": MAX_RECORDS,
        "gets_a_call": GETS_A_CALL,
        "statements_a_call": STATEMENTS_A_CALL,
        "entries_a_call": ENTRIES_A_CALL,
        **{f"{name}_megabytes": of(f"{name}Function", "MemorySize") for name in _FUNCTIONS},
        **{
            f"{name}_window": of(f"{name}Mapping", "MaximumBatchingWindowInSeconds")
            for name in _FUNCTIONS[5:]
        },
    }
