"""Prepare beside the floor, DuckDB and a row loop; the quality gate beside Prepare. Each on the same file.

`python -m bench.prepare PREPARED COUNTS` is the gate as a program: it checks the records in a folder.
"""

import json
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Annotated

import polars as pl
import typer

from bench.harness import Rounds, Session, Way, Write, compared, in_turns, session
from bench.measured import Measured, report, run

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


def prepare(
    rows: Annotated[list[int], typer.Option(min=200, help="Rows of a file; may be given again.")] = SIZES,
    rounds: Rounds = 3,
    write: Write = False,
) -> None:
    """Measure Prepare beside the floor, DuckDB and a row loop."""
    with session() as running:
        parts = []
        for size in sorted(rows):
            names = [name for name in CONTESTANTS if name != "row_loop" or size <= _ROW_LOOP_ROWS]
            source = running.sample(size)
            ways = [Way(CONTESTANTS[name], size, partial(_once, name, source, running)) for name in names]
            in_turns(ways, rounds)
            parts += [compared(f"{size:,} rows", ways, "rows"), *differences(ways)]
        running.show("figures", *parts, write=write)


def gate(
    rows: Annotated[int, typer.Option(min=200, help="Rows of the file.")] = 10_000_000,
    rounds: Rounds = 3,
    write: Write = False,
) -> None:
    """Measure the quality gate beside Prepare."""
    with session() as running, running.empty_folder() as prepared:
        source = running.sample(rows)
        done = contestant("prepare", source, prepared)
        ways = [
            Way("Prepare", rows, partial(_once, "prepare", source, running)),
            Way("gate (Polars engine)", rows, partial(checked, prepared, done)),
        ]
        in_turns(ways, rounds)
        running.show("gate", compared(f"{rows:,} rows", ways, "rows"), write=write)


def contestant(name: str, source: Path, folder: Path) -> Measured:
    """Run a contestant once.

    Raises:
        bench.measured.BenchError: it failed.
    """
    return run(f"bench.contestants.{name}", source, folder)


def checked(prepared: Path, done: Measured) -> Measured:
    """Run the gate once over what a run of Prepare left in a folder.

    Raises:
        bench.measured.BenchError: it failed.
    """
    return run("bench.prepare", prepared, json.dumps(done.found))


def differences(group: Sequence[Way]) -> list[str]:
    """Name whose counts are not Prepare's; the floor has none."""
    expected = group[0].runs[0].found
    return [
        f"{way.label} at {way.units:,} rows: {run.found} and not {expected}"
        for way in group
        for run in way.runs
        if run.found is not None and run.found != expected
    ]


def _once(name: str, source: Path, running: Session) -> Measured:
    with running.empty_folder() as folder:
        return contestant(name, source, folder)


def _check(prepared: Path, counts: dict[str, int]) -> None:
    """Check and measure what Prepare left in `prepared`, as the state machine's CheckQuality does."""
    from expectations.gate import check_scrubbed
    from expectations.report.facts import measure, measure_rejects
    from expectations.thresholds import Thresholds
    from pipelines.prepare import HANDOVERS
    from pipelines.schema import RECORD_SCHEMA

    parts = sorted((prepared / "records").glob("*.parquet"))
    records = pl.scan_parquet(parts, glob=False) if parts else pl.LazyFrame(schema=RECORD_SCHEMA)
    own = {name: counts[name] for name in ("in", "invalid", "duplicate", "valid")}
    check_scrubbed(records, own, dict.fromkeys(HANDOVERS, 0), Thresholds())
    measure(records, "scrubbed")
    measure_rejects(pl.scan_parquet(prepared / "rejected.parquet", glob=False), {})


if __name__ == "__main__":
    import expectations.gate
    import expectations.report.facts  # noqa: F401  (what is imported here is not in the time)

    report(partial(_check, Path(sys.argv[1]), json.loads(sys.argv[2])))
