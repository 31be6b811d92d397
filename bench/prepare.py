"""Prepare beside the floor, DuckDB and a row loop, on the same file, from 100 thousand to 10 million rows."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from bench.files import Files
from bench.measured import Measured, run
from bench.rounds import Goal, Say, Way, compared, goals, in_turns
from bench.session import Rounds, Write, session

# By the name of its module in bench/contestants.
CONTESTANTS = {
    "prepare": "Prepare",
    "floor": "floor (scan, sink)",
    "duckdb_sql": "DuckDB",
    "row_loop": "csv row loop",
}
SIZES = [100_000, 1_000_000, 10_000_000]
# The largest file of the row loop: on larger ones it would take minutes a round.
_ROW_LOOP_ROWS = 1_000_000
_FLOOR_FROM = 5_000_000


def prepare(
    rows: Annotated[list[int], typer.Option(min=200, help="Rows of a file; may be given again.")] = SIZES,
    rounds: Rounds = 3,
    write: Write = False,
) -> None:
    """Measure Prepare beside the floor, DuckDB and a row loop."""
    with session() as running:
        groups = [side_by_side(size, rounds, running.files, running.say) for size in sorted(rows)]
        tables = [compared(f"{group[0].units:,} rows", group, "rows") for group in groups]
        said = [sentence for group in groups for sentence in differences(group)]
        running.show("figures", goals(prepare_goals(groups)), *tables, *said, write=write)


def side_by_side(rows: int, rounds: int, files: Files, say: Say) -> list[Way]:
    """Run each contestant on the same file, none twice in a row; Prepare comes first.

    Raises:
        bench.measured.BenchError: one of them failed.
    """
    say(f"Making the file of {rows:,} rows")
    source = files.sample(rows)
    names = [name for name in CONTESTANTS if name != "row_loop" or rows <= _ROW_LOOP_ROWS]
    ways = [Way(CONTESTANTS[name], rows, partial(_once, name, source, files)) for name in names]
    in_turns(ways, rounds, say)
    return ways


def contestant(name: str, source: Path, folder: Path) -> Measured:
    """Run a contestant once.

    Raises:
        bench.measured.BenchError: it failed.
    """
    return run(f"bench.contestants.{name}", source, folder)


def differences(group: Sequence[Way]) -> list[str]:
    """Name whose counts are not Prepare's; the floor has none."""
    expected = group[0].runs[0].found
    return [
        f"{way.label} at {way.units:,} rows: {run.found} and not {expected}"
        for way in group
        for run in way.runs
        if run.found is not None and run.found != expected
    ]


def prepare_goals(groups: Sequence[Sequence[Way]]) -> list[Goal]:
    """Compare Prepare's runs with what was to be reached, where the files were large enough to say so."""
    found = []
    by_rows = {group[0].units: {way.label: way for way in group} for group in groups}
    largest = max(by_rows)
    mine = by_rows[largest]["Prepare"]
    if largest >= _FLOOR_FROM:
        peak = mine.peak_bytes / 1e9
        floor = by_rows[largest]["floor (scan, sink)"]
        found.append(_ratio("Prepare's time against the floor's", mine, floor, 2.0))
        found.append(Goal(f"Prepare's peak memory at {largest:,} rows", peak, 2.5, "GB"))
    found.append(_ratio("Prepare's time against DuckDB's", mine, by_rows[largest]["DuckDB"], 0.9))
    for ways in by_rows.values():
        if ways["Prepare"].units == _ROW_LOOP_ROWS:
            name = "The row loop's time against Prepare's"
            found.append(_ratio(name, ways["csv row loop"], ways["Prepare"], 10, at_least=True))
    if {_ROW_LOOP_ROWS, 10 * _ROW_LOOP_ROWS} <= by_rows.keys():
        small = by_rows[_ROW_LOOP_ROWS]["Prepare"]
        found.append(_ratio("Prepare's growth from 1 M rows", mine, small, 11))
    return found


def _ratio(name: str, mine: Way, other: Way, limit: float, *, at_least: bool = False) -> Goal:
    ratio, by_cpu = mine.seconds / other.seconds, mine.cpu_seconds / other.cpu_seconds
    return Goal(f"{name}, {mine.units:,} rows", ratio, limit, at_least=at_least, beside=by_cpu)


def _once(name: str, source: Path, files: Files) -> Measured:
    with files.empty_folder() as folder:
        return contestant(name, source, folder)
