"""The same contract job in several ways, each a program: `python -m bench.contestants.NAME in.csv folder`.

Each writes records and rejected rows as Parquet into the folder and gives its counts. What each leaves out
stands in its docstring.
"""

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from bench.measured import report

CAMPAIGN_ID = "campaign-123"
RUN_ID = "20260213T100000000Z-00000000"
SCORED_AT = "2026-02-13T10:00:00.000Z"

# rows_in = invalid + duplicate + valid (the contract, section 2); after these the rows by first reason.
Counts = dict[str, int]


def counts(rows_in: int, invalid_by: Mapping[str, int], valid: int) -> Counts:
    """Make a contestant's counts comparable."""
    invalid = sum(invalid_by.values())
    sums = {"in": rows_in, "invalid": invalid, "duplicate": rows_in - invalid - valid, "valid": valid}
    return sums | dict(invalid_by)


def main(job: Callable[[Path, Path], Any]) -> None:
    """Run a contestant as a program: the CSV file and an existing, empty folder are its arguments."""
    report(lambda: job(Path(sys.argv[1]), Path(sys.argv[2])))
