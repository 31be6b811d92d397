"""What a report takes of memory does not grow with the rejected rows. Cannot see: time."""

import subprocess
import sys
from pathlib import Path

import polars as pl

from pipelines.schema import LINE_NUMBER, ROW_NUMBER

_CHILD = """
import sys
import polars as pl
from bench.measured import peak_bytes
from expectations.report.facts import measure_rejects
found = measure_rejects(pl.scan_parquet(sys.argv[1]), {})
assert [(one.applies, one.examples[0]) for one in found] == [(int(sys.argv[2]), 1)] * 4, found
print(peak_bytes())
"""
_REASONS = ("missing_id", "bad_score", "bad_verified_flag", "unranked")


def test_the_report_takes_no_memory_for_each_rejected_row(tmp_path: Path) -> None:
    small, large = (_peak(tmp_path / "rejected.parquet", rows) for rows in (1_000_000, 4_000_000))
    assert large < 2 * small


def _peak(path: Path, rows: int) -> int:
    """Bytes, in a process of its own."""
    numbers = pl.int_range(1, rows + 1, dtype=pl.UInt32())
    reasons = pl.concat_list(pl.lit(reason) for reason in _REASONS)
    pl.select(numbers.alias(ROW_NUMBER), numbers.alias(LINE_NUMBER)).with_columns(
        reasons=reasons
    ).write_parquet(path)
    done = subprocess.run(
        [sys.executable, "-c", _CHILD, str(path), str(rows)], capture_output=True, text=True, check=True
    )
    return int(done.stdout)
