"""The quality gate beside Prepare on the same file.

`python -m bench.gate PREPARED COUNTS` is the gate as a program: it checks the records in a folder.
"""

import json
import sys
from functools import partial
from pathlib import Path
from typing import Annotated

import polars as pl
import typer

from bench.measured import Measured, report, run
from bench.prepare import contestant
from bench.rounds import Goal, Way, compared, goals, in_turns
from bench.session import Rounds, Write, session


def gate(
    rows: Annotated[int, typer.Option(min=200, help="Rows of the file.")] = 10_000_000,
    rounds: Rounds = 3,
    write: Write = False,
) -> None:
    """Measure the quality gate beside Prepare."""
    with session() as running, running.files.empty_folder() as prepared:
        source = running.files.sample(rows)
        running.say("Preparing what the gate looks at")
        counts = json.dumps(contestant("prepare", source, prepared).found)

        def prepare() -> Measured:
            with running.files.empty_folder() as folder:
                return contestant("prepare", source, folder)

        ways = [
            Way("Prepare", rows, prepare),
            Way("gate (Polars engine)", rows, partial(run, "bench.gate", prepared, counts)),
        ]
        in_turns(ways, rounds, running.say)
        beside, mine = ways
        ratio, by_cpu = mine.seconds / beside.seconds, mine.cpu_seconds / beside.cpu_seconds
        wanted = [
            Goal("The gate's time against Prepare's", ratio, 0.15, beside=by_cpu),
            Goal("The gate's peak memory", mine.peak_bytes / 1e9, 2.5, "GB"),
        ]
        running.show("gate", compared(f"{rows:,} rows", ways, "rows"), goals(wanted), write=write)


def check(prepared: Path, counts: dict[str, int]) -> dict[str, bool]:
    """Check and measure what Prepare left in `prepared`, as the state machine's CheckQuality does.

    Returns:
        Whether each rule held.
    """
    from expectations.gate import check_scrubbed
    from expectations.report.facts import measure, measure_rejects
    from expectations.thresholds import Thresholds
    from pipelines.prepare import HANDOVERS
    from pipelines.schema import RECORD_SCHEMA

    parts = sorted((prepared / "records").glob("*.parquet"))
    records = pl.scan_parquet(parts, glob=False) if parts else pl.LazyFrame(schema=RECORD_SCHEMA)
    own = {name: counts[name] for name in ("in", "invalid", "duplicate", "valid")}
    result = check_scrubbed(records, own, dict.fromkeys(HANDOVERS, 0), Thresholds())
    measure(records, "scrubbed")
    measure_rejects(pl.scan_parquet(prepared / "rejected.parquet", glob=False), {})
    return {rule.description: rule.success for rule in result.rules}


if __name__ == "__main__":
    import expectations.gate
    import expectations.report.facts  # noqa: F401  (what is imported here is not in the time)

    report(lambda: check(Path(sys.argv[1]), json.loads(sys.argv[2])))
