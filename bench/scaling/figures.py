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

_WORKERS = ("LoadScoresToDynamoDB", "ProcessSavedScores", "SaveEntryScoring")
_FUNCTIONS = ("Prepare", "CheckQuality", "PublishPartition", "SaveFanlistPartition", "Finish", *_WORKERS)
_MAY_BE_NONE = {"shards", "fanlist_shards", "warm_writes"}


class UnknownFigureError(Exception):
    """There is no figure of that name, or its value is none; the text says which there are."""


@cache
def inputs() -> dict[str, dict[str, Any]]:
    """Read inputs.toml: value or place in the template, unit, basis and source by name."""
    return tomllib.loads(Path(__file__).with_name("inputs.toml").read_text())


def figures(changes: Sequence[str] = ()) -> Figures:
    """Give all figures, with `NAME=VALUE` for some of them.

    Raises:
        UnknownFigureError: a name or a value does not fit.
    """
    found = {name: float(one["value"]) for name, one in inputs().items() if "value" in one} | _ours()
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
    """Read our own settings where they stand, in the template and in the code."""
    settings = {name: one["template"] for name, one in inputs().items() if "template" in one}
    settings |= {
        f"{name}_megabytes": f"Resources.{name}Function.Properties.MemorySize" for name in _FUNCTIONS
    }
    window = "MaximumBatchingWindowInSeconds"
    settings |= {f"{name}_window": f"Resources.{name}Mapping.Properties.{window}" for name in _WORKERS}
    return {
        **{name: _of_template(path) for name, path in settings.items()},
        "save_part": PART,
        "saves_at_once": AT_ONCE,
        "puts_at_once": KinesisWriter.concurrency,
        "records_a_put": MAX_RECORDS,
        "gets_a_call": GETS_A_CALL,
        "statements_a_call": STATEMENTS_A_CALL,
        "entries_a_call": ENTRIES_A_CALL,
    }


def _of_template(path: str) -> float:
    found: Any = _template()
    for name in path.split("."):
        found = found[name]
    return _of_template(f"Parameters.{found['Ref']}.Default") if isinstance(found, dict) else float(found)


_template = cache(template)
