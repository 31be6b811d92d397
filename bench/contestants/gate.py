"""The quality gate over what Prepare left: the Polars engine, lazily over the partitions."""

from pathlib import Path

import polars as pl

from bench.contestants.checked import counts_of, keep_rules
from bench.contestants.common import main
from expectations.gate import check_scrubbed
from expectations.thresholds import Thresholds
from pipelines.prepare import HANDOVERS
from pipelines.schema import RECORD_SCHEMA


def records_of(prepared: Path) -> pl.LazyFrame:
    """The partitions that Prepare left, if it left any."""
    parts = sorted((prepared / "records").glob("*.parquet"))
    return pl.scan_parquet(parts, glob=False) if parts else pl.LazyFrame(schema=RECORD_SCHEMA)


def gate(prepared: Path, folder: Path) -> None:
    """Checks the records of `prepared`, as the state machine's CheckQuality does; `folder` gets the rules."""
    even = dict.fromkeys(HANDOVERS, 0)
    result = check_scrubbed(records_of(prepared), counts_of(prepared), even, Thresholds())
    keep_rules(folder, {rule.description: (rule.success, rule.unexpected_count) for rule in result.rules})


if __name__ == "__main__":
    main(gate)
