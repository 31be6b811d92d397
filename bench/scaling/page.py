"""What of docs/scaling.md the model writes: same inputs, same bytes, so that a test sees it go stale."""

from collections.abc import Sequence
from pathlib import Path

from rich.console import RenderableType
from rich.table import Table

from bench.report import write_figures
from bench.scaling import tables
from bench.scaling.chart import backlogs
from bench.scaling.figures import Inputs
from bench.scaling.plans import SIZES
from local.packaging import ROOT

PAGE = ROOT / "docs" / "scaling.md"
PICTURE = ROOT / "docs" / "scaling.svg"
CHECK = "check"
_SAID = "`python -m bench scaling --write` made this."


def sections() -> dict[str, Sequence[RenderableType]]:
    """Tables and sentences by the mark that they stand under."""
    inputs, runs = Inputs(), tables.planned()
    largest = [(name, run) for name, run in runs if run.fans == SIZES[-1]]
    return {
        "plans": [tables.plans_table()],
        "runs": [tables.runs_table(runs), *tables.risks_of(largest)],
        "stages": [tables.stages_table(runs)],
        "costs": [tables.costs_table(runs)],
        "limits": [tables.limits_table(largest)],
        "writers": [tables.throttling_table(inputs)],
        "counts": [tables.conflicts_table(inputs)],
        "aggregation": [tables.aggregation_table(inputs)],
        "room": [tables.room_table()],
        "measured": [tables.measured_table()],
        "inputs": [tables.inputs_table(inputs)],
    }


def picture() -> str:
    """The SVG of the largest size, as it is deployed and for a big sale."""
    return backlogs([(name, run) for name, run in tables.planned() if run.fans == SIZES[-1]][:2])


def everything() -> list[Table]:
    """The tables for a terminal."""
    shown = ("plans", "runs", "stages", "costs", "limits")
    made = sections()
    return [part for name in shown for part in made[name] if isinstance(part, Table)]


def write(page: Path = PAGE, to: Path = PICTURE) -> None:
    """Puts the model's tables into the page and draws the picture.

    Raises:
        bench.report.NoMarksError: the page lacks a place for one of them.
    """
    for name, parts in sections().items():
        write_figures(page, name, _SAID, parts)
    to.write_text(picture())
