"""The same suites by Great Expectations' own pandas engine, over the columns that they look at.

Tuned as far as it goes: only those columns, and no row's values asked for. Lists are left out, of which the
engine would pickle every one to fingerprint the frame; the set of columns is not asked for, since it is cut.
"""

from pathlib import Path
from typing import Any

import great_expectations as gx
import great_expectations.expectations as gxe
import polars as pl

from bench.contestants.checked import counts_of, keep_rules
from bench.contestants.common import main
from expectations.suites import DERIVED, REQUIRED_COLUMNS, run_figures, scrubbed_records
from expectations.thresholds import Thresholds

_LISTS = ("events",)


def gate(prepared: Path, folder: Path) -> None:
    """Checks the records of `prepared`; `folder` gets the rules."""
    parts = sorted((prepared / "records").glob("*.parquet"))
    looked_at = [*(name for name in REQUIRED_COLUMNS if name not in _LISTS), *DERIVED]
    records = pl.scan_parquet(parts, glob=False).with_columns(**DERIVED).select(looked_at).collect()
    counts = counts_of(prepared)
    figures = pl.DataFrame(
        {
            "validShare": [(counts["in"] - counts["invalid"]) / counts["in"]],
            "duplicateShare": [counts["duplicate"] / counts["in"]],
            "unaccountedRows": [
                abs(counts["in"] - counts["invalid"] - counts["duplicate"] - counts["valid"])
            ],
            "missingRecords": [abs(counts["valid"] - records.height)],
        }
    )
    suite = scrubbed_records(Thresholds())
    suite.expectations = [one for one in suite.expectations if not _is_left_out(one)]
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    found = [
        *_validate(context, records, suite),
        *_validate(context, figures, run_figures(Thresholds(), None)),
    ]
    keep_rules(
        folder,
        {
            result.expectation_config.description: (
                bool(result.success),
                None if (count := result.result.get("unexpected_count")) is None else int(count),
            )
            for result in found
        },
    )


def _is_left_out(expectation: Any) -> bool:
    of_lists = getattr(expectation, "column", None) in _LISTS
    return of_lists or isinstance(expectation, gxe.ExpectTableColumnsToMatchSet)


def _validate(context: Any, frame: pl.DataFrame, suite: gx.ExpectationSuite) -> list[Any]:
    source = context.data_sources.add_pandas(suite.name)
    batches = source.add_dataframe_asset(suite.name).add_batch_definition_whole_dataframe("whole")
    batch = batches.get_batch(batch_parameters={"dataframe": frame.to_pandas()})
    return list(
        batch.validate(suite, result_format={"result_format": "BASIC", "partial_unexpected_count": 0}).results
    )


if __name__ == "__main__":
    main(gate)
