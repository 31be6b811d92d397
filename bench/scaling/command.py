"""`python -m bench scaling`: the model's answers for a person, and for docs/scaling.md."""

from collections.abc import Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from bench.measured import ROOT
from bench.page import write_figures
from bench.rounds import numbers
from bench.scaling.cost import costs
from bench.scaling.model import Run, warnings
from bench.scaling.ours import Inputs, Settings, UnknownInputError, inputs

PAGE = ROOT / "docs" / "scaling.md"
SIZES = (100_000, 1_000_000, 10_000_000)
PLANS = {
    "default": Settings(),
    "big sale": Settings(shards=20, warm_writes=20_000),
    "at the quota": Settings(shards=40, warm_writes=40_000, map_concurrency=40),
}
_SAID = "`python -m bench scaling --write` made this."

Runs = Sequence[tuple[str, Run]]


def scaling(
    fans: Annotated[int | None, typer.Option(min=1, help="Fans with a valid row.")] = None,
    shards: Annotated[int | None, typer.Option(min=0, help="ScoresStreamShards; 0 is on-demand.")] = None,
    warm_writes: Annotated[
        int | None, typer.Option(min=0, help="The table's warm throughput, write units a second.")
    ] = None,
    map_concurrency: Annotated[int | None, typer.Option(min=1, help="MapConcurrency.")] = None,
    changes: Annotated[
        list[str] | None,
        typer.Option("--set", help="NAME=VALUE of another setting, or of a figure in inputs.toml."),
    ] = None,
    write: Annotated[bool, typer.Option("--write", help="Make docs/scaling.md's tables anew.")] = False,
) -> None:
    """Reckon how long a run takes on AWS, what it costs and what binds: a model, not a measurement."""
    asked = {"shards": shards, "warm_writes": warm_writes, "map_concurrency": map_concurrency}
    given = {name: value for name, value in asked.items() if value is not None}
    if write:
        write_page(PAGE)
    try:
        settings, figures = settled(replace(Settings(), **given), changes or [])
    except UnknownInputError as error:
        Console(stderr=True).print(str(error), style="red", markup=False, soft_wrap=True)
        raise typer.Exit(2) from None
    plans = {"asked": settings} if fans or given or changes else PLANS
    sizes = [fans] if fans else SIZES
    runs = [(name, Run(size, plan, figures)) for name, plan in plans.items() for size in sizes]
    console = Console()
    if not console.is_terminal:
        console = Console(width=150)
    for table in (times(runs), dollars(runs), limits(runs[:: 1 if fans else len(SIZES)])):
        console.print(table)
    for name, run in runs:
        for warning in warnings(run):
            console.print(f"{name}, {run.fans:,} fans: {warning}")


def settled(settings: Settings, changes: Sequence[str]) -> tuple[Settings, Inputs]:
    """Take `NAME=VALUE` for a setting where it is one, else for an input.

    Raises:
        UnknownInputError: a name or a value does not fit.
    """
    names = {field.name for field in fields(settings)}
    ours = [change for change in changes if change.partition("=")[0] in names]
    values: dict[str, Any] = {}
    for change in ours:
        name, _, value = change.partition("=")
        if not value.isdecimal() or (name not in {"shards", "warm_writes"} and int(value) < 1):
            raise UnknownInputError(f"'{change}': a setting is a whole number.")
        values[name] = int(value)
    return replace(settings, **values), inputs([change for change in changes if change not in ours])


def write_page(page: Path) -> None:
    """Put the model's tables between the page's marks.

    Raises:
        bench.page.NoMarksError: the page lacks a place for one of them.
    """
    runs = [(name, Run(size, plan, inputs())) for name, plan in PLANS.items() for size in SIZES]
    made = {"runs": times(runs), "costs": dollars(runs), "limits": limits(runs[:: len(SIZES)])}
    for section, table in made.items():
        write_figures(page, section, _SAID, [table])


def times(runs: Runs) -> Table:
    """Show how long and how much, a line a run."""
    columns = ("fans", "published", "counted", "to Slack", "entries sent", "cost", "what binds")
    table = numbers("How long since the upload, how much", "plan", *columns)
    for name, run in runs:
        ends = (run.published, run.counted, run.verdict, run.entries_sent)
        total = sum(costs(run).values())
        table.add_row(name, f"{run.fans:,}", *map(_clock, ends), f"${total:,.2f}", run.binds)
    return table


def dollars(runs: Runs) -> Table:
    """Show the cost by service."""
    table = numbers("Cost of a run, $", "plan", "fans", *costs(runs[0][1]), "sum")
    for name, run in runs:
        found = costs(run)
        cells = [f"{value:,.2f}" for value in (*found.values(), sum(found.values()))]
        table.add_row(name, f"{run.fans:,}", *cells)
    return table


def limits(runs: Runs) -> Table:
    """Show what limits each station as a run begins, the lowest marked."""
    table = numbers("Limits as a run begins, thousand records/s", "limit", *(name for name, _ in runs))
    for station, found in runs[0][1].limits.items():
        for limit in found:
            cells = []
            for _, run in runs:
                rates = {name: one.rate for name, one in run.limits[station].items()}
                lowest = " <" if rates[limit] == min(rates.values()) else ""
                cells.append(f"{rates[limit] / 1e3:,.1f}{lowest}")
            table.add_row(f"{station}: {limit}", *cells)
    return table


def _clock(seconds: float) -> str:
    """Say a time as somebody would: 42 s, 9.7 min, 2.1 h."""
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.1f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"
