"""The quality gate over what Prepare left: the Polars engine, lazily over the partitions."""

from pathlib import Path

import polars as pl

from bench.contestants.checked import counts_of, keep_rules
from bench.contestants.common import main
from expectations.gate import check_scrubbed
from expectations.thresholds import Thresholds
from pipelines.prepare import HANDOVERS


def gate(prepared: Path, folder: Path) -> None:
    """Checks the records of `prepared`, as the state machine's CheckQuality does; `folder` gets the rules."""
    records = pl.scan_parquet(sorted((prepared / "records").glob("*.parquet")), glob=False)
    result = check_scrubbed(records, counts_of(prepared), dict.fromkeys(HANDOVERS, 0), Thresholds())
    keep_rules(folder, {rule.description: (rule.success, rule.unexpected_count) for rule in result.rules})


if __name__ == "__main__":
    main(gate)
