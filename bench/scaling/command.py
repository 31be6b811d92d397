"""`python -m bench scaling`."""

from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Annotated, Any

import typer
from rich.console import Console

from bench.scaling import page, tables
from bench.scaling.check import check
from bench.scaling.cost import costs
from bench.scaling.figures import Inputs, UnknownInputError
from bench.scaling.plans import SIZES, model
from bench.scaling.risks import risks
from bench.scaling.simulation import Simulated
from bench.scaling.stations import Settings
from bench.session import AsJson, session

_CHECKED = (10_000, 20_000)


def scaling(
    fans: Annotated[int | None, typer.Option(min=0, help="Fans with a valid row.")] = None,
    shards: Annotated[int | None, typer.Option(min=0, help="ScoresStreamShards; 0 is on-demand.")] = None,
    warm_writes: Annotated[
        int | None, typer.Option(min=0, help="The table's warm throughput, write units a second.")
    ] = None,
    map_concurrency: Annotated[int | None, typer.Option(min=1, help="MapConcurrency.")] = None,
    changes: Annotated[
        list[str] | None,
        typer.Option("--set", help="NAME=VALUE of another setting or input; docs/scaling.md lists them."),
    ] = None,
    write: Annotated[bool, typer.Option("--write", help="Make docs/scaling.md's tables anew.")] = False,
    against: Annotated[
        bool, typer.Option("--check", help="Run two sizes on the embedded AWS beside the model.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """How long a run takes on AWS, what it costs, what binds: a model; --check plays runs beside it."""
    asked = {"shards": shards, "warm_writes": warm_writes, "map_concurrency": map_concurrency}
    given = {name: value for name, value in asked.items() if value is not None}
    with session(as_json=as_json) as running:
        if against:
            found, sentence = check(_CHECKED, running.files, running.say)
            running.show(found, sentence)
            if write:
                running.write(page.CHECK, found, sentence, page=page.PAGE)
            return
        if write:
            page.write()
        if fans is None and not given and not changes:
            runs = tables.planned()
            running.show(*page.everything(), *tables.risks_of(runs), runs=_wire(runs))
            return
        try:
            settings, inputs = _settled(replace(Settings(), **given), changes or [])
        except UnknownInputError as error:
            Console(stderr=True).print(str(error), style="red", markup=False, soft_wrap=True)
            raise typer.Exit(2) from None
        sizes = SIZES if fans is None else (fans,)
        runs = [("asked", model(size, settings, inputs)) for size in sizes]
        running.show(
            tables.describe(settings),
            tables.runs_table(runs),
            tables.stages_table(runs),
            tables.costs_table(runs),
            tables.limits_table(runs[-1:]),
            *tables.risks_of(runs),
            runs=_wire(runs),
        )


def _settled(settings: Settings, changes: list[str]) -> tuple[Settings, Inputs]:
    """Settings and inputs with what `--set` says of either."""
    names = {field.name for field in fields(settings)}
    ours = [change for change in changes if change.partition("=")[0] in names]
    values: dict[str, Any] = {}
    for change in ours:
        name, _, value = change.partition("=")
        if not value.isdecimal() or (name not in {"shards", "warm_writes"} and int(value) < 1):
            raise UnknownInputError(f"'{change}': a setting is a whole number.")
        values[name] = int(value)
    inputs = Inputs().changed([change for change in changes if change not in ours])
    return replace(settings, **values), inputs


def _wire(runs: Sequence[tuple[str, Simulated]]) -> list[dict[str, Any]]:
    """The same for `--json`; seconds since the upload, US dollars."""
    return [
        {
            "plan": name,
            "fans": run.fans,
            "settings": vars(run.settings),
            "secondsToSlack": round(run.verdict, 1),
            "secondsToPublished": round(run.published, 1),
            "secondsToCounted": round(run.counted, 1),
            "secondsToEntriesSent": round(run.before + run.flow["entries"].ended, 1),
            "dollars": {service: round(value, 4) for service, value in costs(run).items()},
            "binds": dict(zip(("station", "limit"), run.bottleneck, strict=True)),
            "risks": risks(run),
        }
        for name, run in runs
    ]
