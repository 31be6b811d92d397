"""The gate and what its report measures, over what Prepare left: all that CheckQuality reads."""

from pathlib import Path

import polars as pl

from bench.contestants.common import main
from bench.contestants.gate import gate, records_of
from expectations.report.facts import measure, measure_rejects


def quality(prepared: Path, folder: Path) -> None:
    """Checks and measures the records and the rejected rows of `prepared`; `folder` gets the rules."""
    gate(prepared, folder)
    measure(records_of(prepared), "scrubbed")
    measure_rejects(pl.scan_parquet(prepared / "rejected.parquet", glob=False), {})


if __name__ == "__main__":
    main(quality)
