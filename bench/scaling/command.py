"""`python -m bench scaling`: the model's answers for a person, and for docs/scaling.md."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer

from bench.harness import Write, say, show, table
from bench.measured import ROOT
from bench.scaling.cost import costs
from bench.scaling.figures import UnknownFigureError, figures
from bench.scaling.model import FanlistRun, Run

PAGE = ROOT / "docs" / "scaling.md"
SIZES = (100_000, 1_000_000, 10_000_000)
PLANS = {
    "default": (),
    "big sale": ("shards=20", "warm_writes=20000"),
    "at the quota": ("shards=40", "warm_writes=40000", "map_concurrency=40"),
}
# No shards of scoresStream in them: nothing of a fanlist goes there.
FANLIST_PLANS = {
    "default": (),
    "a few at once": ("map_concurrency=3",),
    "warmed": ("fanlist_shards=20", "warm_writes=20000", "map_concurrency=15"),
}
_SAID = "`python -m bench scaling --write` made this."


def scaling(
    fans: Annotated[int | None, typer.Option(min=1, help="Fans with a valid row.")] = None,
    changes: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="NAME=VALUE", help="Another setting or figure; a wrong name lists them."
        ),
    ] = None,
    write: Write = False,
) -> None:
    """Reckon how long a run takes on AWS, what it costs and what binds: a model, not a measurement."""
    asked = {"asked": changes or ()} if fans or changes else None
    try:
        answer(asked or PLANS, asked or FANLIST_PLANS, [fans] if fans else SIZES, PAGE, write=write)
    except UnknownFigureError as error:
        say(str(error))
        raise typer.Exit(2) from None


def answer(
    scrubbed: Mapping[str, Sequence[str]],
    fanlists: Mapping[str, Sequence[str]],
    sizes: Sequence[int],
    page: Path,
    *,
    write: bool,
) -> None:
    """Print the model's tables for plans of either kind, and warnings; with `write` put them into the page.

    Raises:
        UnknownFigureError: a plan names a figure that is none.
        bench.measured.BenchError: the page lacks a place for one of the tables.
    """
    told = []
    for place, label, kind, plans in (
        ("", "", Run, scrubbed),
        ("fanlist-", "Fanlists: ", FanlistRun, fanlists),
    ):
        runs = {name: [kind(size, figures(plan)) for size in sizes] for name, plan in plans.items()}
        every = [(name, run) for name, own in runs.items() for run in own]
        limits = _limits({name: own[0] for name, own in runs.items()})
        for part, title, rows in (
            ("runs", "How long since the upload, how much", _times(every)),
            ("costs", "Cost of a run, $", _dollars(every)),
            ("limits", "Limits as a run begins, thousand records/s", limits),
        ):
            show(page, f"{place}{part}", [_SAID, table(f"{label}{title}", rows)], write=write)
        told += [
            f"{label}{name}, {run.fans:,} fans: {said}" for name, run in every for said in run.warnings()
        ]
    for said in told:
        say(said)


def _times(runs: Sequence[tuple[str, Run]]) -> list[dict[str, str]]:
    return [
        {
            "plan": name,
            "fans": f"{run.fans:,}",
            "children": f"{run.partitions:,}",
            "published": _clock(run.published),
            "counted": _clock(run.counted),
            "to Slack": _clock(run.verdict),
            **({} if isinstance(run, FanlistRun) else {"entries sent": _clock(run.entries_sent)}),
            "cost": f"${sum(costs(run).values()):,.2f}",
            "what binds": run.binds,
        }
        for name, run in runs
    ]


def _dollars(runs: Sequence[tuple[str, Run]]) -> list[dict[str, str]]:
    rows = []
    for name, run in runs:
        found = costs(run)
        cells = {service: f"{value:,.2f}" for service, value in found.items()}
        rows.append({"plan": name, "fans": f"{run.fans:,}", **cells, "sum": f"{sum(found.values()):,.2f}"})
    return rows


def _limits(runs: Mapping[str, Run]) -> list[dict[str, str]]:
    """Give what limits each station as a run begins, the lowest marked."""

    def cell(run: Run, station: str, limit: str) -> str:
        rates = {name: one.rate for name, one in run.limits[station].items()}
        return f"{rates[limit] / 1e3:,.1f}{' <' if rates[limit] == min(rates.values()) else ''}"

    stations = next(iter(runs.values())).limits
    return [
        {"limit": f"{station}: {limit}", **{name: cell(run, station, limit) for name, run in runs.items()}}
        for station, found in stations.items()
        for limit in found
    ]


def _clock(seconds: float) -> str:
    """Say a time as somebody would: 42 s, 9.7 min, 2.1 h."""
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.1f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"
