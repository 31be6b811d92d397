"""The gate: runs the suites over a prepared run and says whether it may leave.

Great Expectations 1.24 has no Polars engine, so the columns that the suites look at, and only those, go
through its pandas engine here. No value of any row is asked for, so none can reach a report.
"""

from dataclasses import dataclass
from typing import Any, Literal

import great_expectations as gx
import polars as pl

from expectations.suites import (
    FANLIST_COLUMNS,
    REQUIRED_COLUMNS,
    Thresholds,
    fanlist_records,
    run_counts,
    scrubbed_records,
)
from pipelines.identify import key

Verdict = Literal["passed", "warned", "failed"]


@dataclass(frozen=True)
class Rule:
    """One expectation and how it went: `observed` is an aggregate, never a row's value."""

    expectation: str
    description: str
    severity: str
    success: bool
    column: str | None
    unexpected_count: int | None
    observed: Any

    def sentence(self) -> str:
        """The rule and by how much it was missed."""
        if self.unexpected_count:
            return f"{self.description} {self.unexpected_count:,} did not."
        if isinstance(self.observed, float) and 0 <= self.observed <= 1:
            return f"{self.description} It was {self.observed:.2%}."
        if isinstance(self.observed, (int, float)):
            return f"{self.description} It was {self.observed:,}."
        return self.description


@dataclass(frozen=True)
class GateResult:
    """The gate's word on a run: all rules, in the order of the suites."""

    rules: list[Rule]

    @property
    def failed(self) -> list[Rule]:
        """Rules that did not hold, critical ones first."""
        return sorted(
            (rule for rule in self.rules if not rule.success), key=lambda r: r.severity != "critical"
        )

    @property
    def verdict(self) -> Verdict:
        """`failed` where a critical rule did not hold, `warned` where another did not."""
        if any(rule.severity == "critical" for rule in self.failed):
            return "failed"
        return "warned" if self.failed else "passed"


def check_scrubbed(records: pl.LazyFrame, counts: dict[str, int], thresholds: Thresholds) -> GateResult:
    """Checks a prepared scrubbed file.

    Args:
        records: one row a record, columns as on the wire.
        counts: the run's `in`, `invalid`, `duplicate`, `valid`, in rows and records.
        thresholds: what the campaign tolerates.
    """
    return _check(records.select(REQUIRED_COLUMNS), scrubbed_records(), counts, thresholds)


def check_fanlist(records: pl.LazyFrame, counts: dict[str, int], thresholds: Thresholds) -> GateResult:
    """Checks a prepared fanlist; arguments as `check_scrubbed`'s."""
    keyed = records.with_columns(key().alias("key")).select(FANLIST_COLUMNS)
    return _check(keyed, fanlist_records(), counts, thresholds)


def _check(
    records: pl.LazyFrame, suite: gx.ExpectationSuite, counts: dict[str, int], thresholds: Thresholds
) -> GateResult:
    looked_at = records.collect(engine="streaming")
    rows, accounted = counts["in"], counts["invalid"] + counts["duplicate"] + counts["valid"]
    run = pl.DataFrame(
        {
            "validShare": [(rows - counts["invalid"]) / rows if rows else 0.0],
            "unaccountedRows": [abs(rows - accounted)],
            "missingRecords": [abs(counts["valid"] - looked_at.height)],
        }
    )
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    return GateResult(_validate(context, looked_at, suite) + _validate(context, run, run_counts(thresholds)))


def _validate(context: Any, frame: pl.DataFrame, suite: gx.ExpectationSuite) -> list[Rule]:
    source = context.data_sources.add_pandas(suite.name)
    batches = source.add_dataframe_asset(suite.name).add_batch_definition_whole_dataframe("whole")
    batch = batches.get_batch(batch_parameters={"dataframe": frame.to_pandas()})
    outcome = batch.validate(suite, result_format={"result_format": "BASIC", "partial_unexpected_count": 0})
    return [_rule(result) for result in outcome.results]


def _rule(result: Any) -> Rule:
    config, observed = result.expectation_config, result.result.get("observed_value")
    return Rule(
        expectation=config.type,
        description=config.description or config.type,
        severity=str(getattr(config.severity, "value", config.severity)),
        success=bool(result.success),
        column=config.kwargs.get("column"),
        unexpected_count=result.result.get("unexpected_count"),
        # The pandas engine answers in NumPy's scalars, which JSON does not know.
        observed=observed.item() if hasattr(observed, "item") else observed,
    )
