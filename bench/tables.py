"""Figures as tables for a person."""

from collections.abc import Sequence

from rich.table import Table

from bench.cold import Starts
from bench.counting import Counting
from bench.goals import Goal, Group, find
from bench.job import Stages
from bench.profiling import Hot
from bench.publish import Publishing
from bench.rounds import PREPARE, Results
from bench.shapes import Shaped
from bench.upserts import LABELS, MERGE_WRITER, Comparison

# Stages whose time goes by the number of records; what the others take is nearly the same for any file.
_OF_RECORDS = {"Prepare", "FanOut", "published", "upserted", "counted", "upload to end"}
_MARKS = {True: "[green]met[/]", False: "[red]not met[/]", None: "[dim]not measured[/]"}


def group_table(group: Group) -> Table:
    """Contestants on one file, as ratios to Prepare."""
    others = max(share for results in group for share in results.others)
    table = _table(
        f"{group[0].rows:,} rows, {len(group[0].runs)} rounds; others took up to {others:.0%} of the cores"
    )
    _columns(table, "median s", "min - max s", "CPU s", "rows/s", "peak GB", "time / Prepare", "counts")
    mine = find(group, PREPARE)
    for results in group:
        table.add_row(results.contestant.label, *_figures(results), *_against(results, mine))
    return table


def growth_table(groups: Sequence[Group]) -> Table:
    """Prepare by size, and how many times its smaller neighbour's time each size takes."""
    table = _table("Prepare by size of file")
    _columns(
        table, "median s", "min - max s", "CPU s", "rows/s", "peak GB", "time / smaller", "rows / smaller"
    )
    before: Results | None = None
    for group in groups:
        mine = find(group, PREPARE)
        if mine is None:
            continue
        growth = ("", "")
        if before is not None:
            growth = (f"{mine.seconds / before.seconds:.1f} x", f"{mine.rows / before.rows:.1f} x")
        table.add_row(f"{mine.rows:,} rows", *_figures(mine), *growth)
        before = mine
    return table


def shapes_table(found: Sequence[Shaped]) -> Table:
    """Odd shapes beside the plain file of the same size, which comes first."""
    table = _table(f"Files of {found[0].size / 1e6:,.0f} MB")
    _columns(
        table, "Prepare s", "CPU s", "peak GB", "gate and report s", "CPU s", "peak GB", "CPU a byte / plain"
    )
    for one in found:
        figures = [
            figure
            for run in (one.prepare, one.gate)
            for figure in (f"{run.seconds:.1f}", f"{run.cpu_seconds:.1f}", f"{run.peak_bytes / 1e9:.2f}")
        ]
        table.add_row(one.shape, *figures, f"{one.beside(found[0]):.1f} x")
    return table


def differences(groups: Sequence[Group]) -> list[str]:
    """Every count in which a contestant is not of Prepare's opinion."""
    return [
        f"{results.contestant.label} at {results.rows:,} rows: {difference}"
        for group in groups
        if (mine := find(group, PREPARE)) is not None
        for results in group
        for difference in results.differences(mine)
    ]


def publish_table(result: Publishing) -> Table:
    """Publishing beside the loop."""
    table = _table(f"{result.records:,} records in {result.partitions} partitions, {result.rounds} rounds")
    _columns(table, "median s", "min - max s", "CPU s", "records/s")
    for label, timing in (("publish partitions", result.published), ("ready-made bytes", result.ready)):
        table.add_row(
            label,
            f"{timing.seconds:.2f}",
            f"{timing.least:.2f} - {timing.most:.2f}",
            f"{timing.cpu_seconds:.2f}",
            f"{result.records / timing.seconds:,.0f}",
        )
    return table


def upserts_table(comparison: Comparison) -> Table:
    """The ways to write on one endpoint, as ratios to the merge writer."""
    rounds = len(comparison.runs[MERGE_WRITER])
    table = _table(f"{comparison.title}: {comparison.records:,} records, {rounds} rounds")
    _columns(table, "records/s", "CPU s / 100,000 records", "merge writer's records per CPU-second")
    for method, label in LABELS.items():
        table.add_row(
            label,
            f"{comparison.records / comparison.seconds(method):,.0f}",
            f"{comparison.cpu_seconds(method):.1f}",
            f"{comparison.against(method):.1f} x",
        )
    return table


def counting_table(results: Sequence[Counting]) -> Table:
    """Stream records counted, by endpoint."""
    table = _table(f"Counting {results[0].records:,} stream records, {len(results[0].runs)} rounds")
    _columns(table, "records/s", "CPU s / 100,000 records")
    for result in results:
        table.add_row(result.endpoint, f"{result.records / result.seconds:,.0f}", f"{result.cpu_seconds:.1f}")
    return table


def cold_table(found: Starts) -> Table:
    """Imports of one kind of package, as ratios to boto3's."""
    rounds, size = len(found.floor.runs), found.unpacked_bytes / 1e6
    table = _table(f"{found.title}: {size:,.0f} MB unpacked, {rounds} rounds")
    _columns(table, "zip MB", "median s", "CPU s", "CPU s / boto3's")
    for start in found.starts:
        table.add_row(
            start.label,
            "" if start.zip_bytes is None else f"{start.zip_bytes / 1e6:.1f}",
            f"{start.seconds:.2f}",
            f"{start.cpu_seconds:.2f}",
            f"{start.cpu_seconds / found.floor.cpu_seconds:.1f} x",
        )
    return table


def stages_table(stages: Stages, beside: Stages | None = None) -> Table:
    """The whole job by stage; beside it the same with one-by-one writes."""
    table = _table(f"The whole job: {stages.rows:,} rows, {stages.records:,} records")
    _columns(
        table, "seconds", "records/s", *(["with one-by-one writes: seconds", "records/s"] if beside else [])
    )
    for name in stages.seconds:
        columns = [_stage(one, name) for one in (stages, beside) if one is not None]
        table.add_row(name, *(cell for column in columns for cell in column))
    return table


def _stage(stages: Stages, name: str) -> tuple[str, str]:
    seconds = stages.seconds.get(name)
    if seconds is None:
        return "", ""
    rate = f"{stages.records / seconds:,.0f}" if seconds and name in _OF_RECORDS else ""
    return f"{seconds:.1f}", rate


def profile_table(hot: Sequence[Hot], rows: int) -> Table:
    """Where Prepare's CPU time goes."""
    table = _table(f"CPU time inside Prepare, {rows:,} rows (a function's time holds that of what it calls)")
    _columns(table, "calls", "CPU s", "share")
    for entry in hot:
        table.add_row(entry.name, f"{entry.calls:,}", f"{entry.cpu_seconds:.2f}", f"{entry.share:.0%}")
    return table


def goals_table(goals: Sequence[Goal]) -> Table:
    """Goal, measured, met."""
    table = Table(title="Goals", title_justify="left")
    for name in ("what", "goal", "measured", ""):
        table.add_column(name)
    for goal in goals:
        table.add_row(goal.name, goal.goal, goal.measured, _MARKS[goal.met])
    return table


def _table(title: str) -> Table:
    table = Table(title=title, title_justify="left")
    table.add_column("")
    return table


def _columns(table: Table, *names: str) -> None:
    for name in names:
        table.add_column(name, justify="right")


def _figures(results: Results) -> tuple[str, ...]:
    least, most = results.spread
    return (
        f"{results.seconds:.2f}",
        f"{least:.2f} - {most:.2f}",
        f"{results.cpu_seconds:.2f}",
        f"{results.rows / results.seconds:,.0f}",
        f"{results.peak_bytes / 1e9:.2f}",
    )


def _against(results: Results, mine: Results | None) -> tuple[str, str]:
    if mine is None:
        return "", ""
    ratio = f"{results.seconds / mine.seconds:.2f} x"
    if not results.contestant.does_the_job:
        return ratio, "[dim]none[/]"
    return ratio, "[red]differ[/]" if results.differences(mine) else "same"
