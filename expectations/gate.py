"""The gate: runs the suites over a prepared run and says whether it may leave.

The records stay where they are: the Polars engine runs over the partitions lazily, as often as it must and
no more, and asks for counts and aggregates only. No value of any row can so reach a report.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import great_expectations as gx
import polars as pl

import expectations.polars_engine  # noqa: F401  (registers the engine)
from expectations import figures
from expectations.figures import FigureRule
from expectations.report.model import RuleFact, Verdict, failed_rules
from expectations.report.wording import is_share, number
from expectations.suites import DERIVED, FANLIST_DERIVED, fanlist_records, scrubbed_records
from expectations.thresholds import LastRun, Thresholds
from pipelines.identifiers import Identifiers
from pipelines.noticed import Recognised

# What is expected, for the column beside what was observed, where there are no bounds.
_FIXED = {
    "expect_column_values_to_not_be_null": "present",
    "expect_compound_columns_to_be_unique": "each combination once",
}
# What the run's figures take over from the records': each by its expectation and column.
_ROWS = ("expect_table_row_count_to_be_between", None)
_VERIFIED_SHARE = ("expect_column_mean_to_be_between", "verified")


class GateError(Exception):
    """The gate could not answer a rule of its own, so it has no word on the run.

    Names rule, column and cause.
    """

    code = "Gate"


@dataclass(frozen=True)
class GateResult:
    """The gate's word on a run: all rules, in the order of the suites, and what they were read from."""

    rules: list[RuleFact]
    outcomes: list[Any] = field(default_factory=list, compare=False, repr=False)

    @property
    def failed(self) -> list[RuleFact]:
        """Rules that did not hold, critical ones first; no warning of what is critical already."""
        return failed_rules(self.rules)

    @property
    def verdict(self) -> Verdict:
        """`failed` where a critical rule did not hold, `warned` where another did not."""
        if any(rule.severity == "critical" for rule in self.failed):
            return "failed"
        return "warned" if self.failed else "passed"


def _check(
    kind: tuple[Mapping[str, pl.Expr], Callable[[Thresholds, LastRun | None], gx.ExpectationSuite]],
    records: pl.LazyFrame,
    counts: Mapping[str, int],
    unaccounted: Mapping[str, int],
    thresholds: Thresholds,
    last_run: LastRun | None = None,
    identifiers: Identifiers | None = None,
    recognised: Recognised | None = None,
) -> GateResult:
    """Check a prepared file.

    Args:
        kind: what its suite asks about and no record holds as it is, and the suite.
        records: one row a record, columns as on the wire; it is scanned, never collected.
        counts: the run's `in`, `invalid`, `duplicate`, `valid`, in rows and records.
        unaccounted: what is left over at each of `pipelines.prepare.HANDOVERS`.
        thresholds: what the campaign tolerates.
        last_run: the campaign's last run; without one there is nothing to compare with.
        identifiers: what Prepare saw of the rows' identifiers; without it nothing is asked about them.
        recognised: what Prepare recognised in the file.

    Raises:
        GateError: a rule could not be answered.
    """
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    derived, suite_of = kind
    of_records, rules = _validate(context, records.with_columns(**derived), suite_of(thresholds, last_run))
    seen = {(rule.expectation, rule.column): rule.observed for rule in rules}
    rows: Any = seen[_ROWS]
    verified_share: Any = seen.get(_VERIFIED_SHARE)
    asked = list(figures.of_counts(counts, unaccounted, rows, thresholds))
    if identifiers is not None:
        asked += figures.of_identifiers(identifiers, counts["in"] - counts["invalid"], thresholds)
    asked += figures.of_recognised(recognised or {}, thresholds, counts["in"])
    if last_run is not None:
        asked += figures.of_last_run(last_run, records, rows, verified_share, thresholds)
    run = pl.LazyFrame([{rule.figure: rule.value for rule in asked}])
    of_run, more = _validate(context, run, figures.suite_of(asked))
    explained = {rule.description: rule for rule in asked}
    more = [rule if rule.success else _explained(rule, explained.get(rule.description)) for rule in more]
    return GateResult(rules + more, [of_records, of_run])


check_scrubbed = partial(_check, (DERIVED, scrubbed_records))
check_fanlist = partial(_check, (FANLIST_DERIVED, fanlist_records))


def _explained(rule: RuleFact, asked: FigureRule | None) -> RuleFact:
    """Add to a broken rule at which rows to look, or the names of what it counts."""
    if asked is None:
        return rule
    observed = rule.observed if asked.named is None else asked.named
    return rule.model_copy(update={"rows": asked.rows, "lines": asked.lines, "observed": observed})


def _validate(context: Any, frame: pl.LazyFrame, suite: gx.ExpectationSuite) -> tuple[Any, list[RuleFact]]:
    """Run a suite; its rules come back in its own order, which Great Expectations does not keep."""
    source = context.data_sources.add_polars(suite.name)
    batches = source.add_dataframe_asset(suite.name).add_batch_definition_whole_dataframe("whole")
    batch = batches.get_batch(batch_parameters={"dataframe": frame})
    outcome = batch.validate(suite, result_format={"result_format": "BASIC", "partial_unexpected_count": 0})
    places = {expectation.description: place for place, expectation in enumerate(suite.expectations)}
    outcome.results.sort(key=lambda result: places[result.expectation_config.description])
    return outcome, [_rule(result) for result in outcome.results]


def _rule(result: Any) -> RuleFact:
    config, observed = result.expectation_config, result.result.get("observed_value")
    info = result.exception_info or {}
    # Where a metric could not be computed, its id stands there in place of the flag. Great Expectations
    # calls that a rule that did not hold; but nobody has looked, so it is no verdict.
    if info.get("raised_exception", bool(info)):
        raise GateError(
            f"The rule '{config.description}'{_columns(config.kwargs)} could not be checked: {_reason(info)}"
        )
    return RuleFact(
        expectation=config.type,
        description=config.description or config.type,
        severity=str(getattr(config.severity, "value", config.severity)),
        success=bool(result.success),
        column=config.kwargs.get("column"),
        unexpected_count=result.result.get("unexpected_count"),
        # Names of columns are the contract's, and say nothing that the description does not.
        observed=None if isinstance(observed, list) else observed,
        expected=expected_of(config.type, config.kwargs),
    )


def _columns(kwargs: dict[str, Any]) -> str:
    """Return the columns that a rule speaks of, by name."""
    named = [kwargs[key] for key in ("column", "column_A", "column_B") if key in kwargs]
    named += kwargs.get("column_list", [])
    return " on " + ", ".join(f"'{name}'" for name in named) if named else ""


def _reason(info: dict[str, Any]) -> str:
    told = [info, *(each for each in info.values() if isinstance(each, dict))]
    return "; ".join({str(each["exception_message"]) for each in told if each.get("exception_message")})


def expected_of(kind: str, kwargs: dict[str, Any]) -> str | None:
    """Return what an expectation expects, in a few words; None where its description is all there is to say.

    Args:
        kind: the expectation's type, such as `expect_column_min_to_be_between`.
        kwargs: its arguments.
    """
    said = _FIXED.get(kind) or _bounds(kwargs)
    mostly = kwargs.get("mostly")
    if said is None:
        return None
    if mostly in (None, 1):
        return f"{said} in every record" if kind.endswith("_null") else said
    return f"{said} in at least {number(mostly * 100)}\u00a0% of the records"


def _bounds(kwargs: dict[str, Any]) -> str | None:
    def figure(value: float) -> str:
        return f"{number(value * 100)}\u00a0%" if is_share(kwargs.get("column")) else number(value)

    low, high = (kwargs.get(bound, kwargs.get("value")) for bound in ("min_value", "max_value"))
    if low is None:
        return None if high is None else f"\u2264 {figure(high)}"
    if high is None:
        return f"\u2265 {figure(low)}"
    return figure(low) if low == high else f"{figure(low)} to {figure(high)}"
