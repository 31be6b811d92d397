"""The gate: runs the suites over a prepared run and says whether it may leave.

The records stay where they are: the Polars engine runs over the partitions lazily, as often as it must and
no more, and asks for counts and aggregates only. No value of any row can so reach a report.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import great_expectations as gx
import polars as pl

import expectations.polars_engine  # noqa: F401  (registers the engine)
from expectations.beside import Changes, changes
from expectations.expected import expected_of
from expectations.failed_rules import failed_rules
from expectations.report.model import Verdict
from expectations.suites import (
    DERIVED,
    FANLIST_DERIVED,
    fanlist_records,
    left_over,
    run_figures,
    scrubbed_records,
)
from expectations.thresholds import LastRun, Thresholds
from pipelines import noticed
from pipelines.identifiers import Identifiers
from pipelines.noticed import Recognised

_DIFFERENCES = {
    "recordsChange": lambda share: f"It differs by {share:.2%}.",
    "verifiedShareChange": lambda share: f"It differs by {share * 100:.1f} points.",
    "scoresChange": lambda share: f"It differs by {share * 100:.1f} points.",
}
# Rules that are broken by what has a name.
_NAMED = {"newMarkets": "New", "vanishedMarkets": "Vanished"}
# What the run's figures take over from the records': each by its expectation and column.
_ROWS = ("expect_table_row_count_to_be_between", None)
_VERIFIED_SHARE = ("expect_column_mean_to_be_between", "verified")


class GateError(Exception):
    """The gate could not answer a rule of its own, so it has no word on the run.

    Names rule, column and cause.
    """

    code = "Gate"


@dataclass(frozen=True)
class Rule:
    """One expectation and how it went: `observed` is an aggregate or names of markets, never a fan's value.

    `rows` are the numbers of the first few rows that broke it, where that is known.
    """

    expectation: str
    description: str
    severity: str
    success: bool
    column: str | None
    unexpected_count: int | None
    observed: Any
    expected: str | None = None
    rows: list[int] = field(default_factory=list)

    def sentence(self) -> str:
        """Return the rule, by how much it was missed, and where."""
        where = f" Look at rows {', '.join(map(str, self.rows))}." if self.rows else ""
        return self._missed() + where

    def _missed(self) -> str:
        if isinstance(self.observed, (int, float)) and self.column in _DIFFERENCES:
            return f"{self.description} {_DIFFERENCES[self.column](self.observed)}"
        if self.unexpected_count:
            return f"{self.description} {self.unexpected_count:,} did not."
        if isinstance(self.observed, float) and 0 <= self.observed <= 1:
            return f"{self.description} It was {self.observed:.2%}."
        if isinstance(self.observed, (int, float)):
            return f"{self.description} It was {self.observed:,}."
        if isinstance(self.observed, str) and self.column in _NAMED:
            return f"{self.description} {_NAMED[self.column]}: {self.observed}."
        return self.description


@dataclass(frozen=True)
class GateResult:
    """The gate's word on a run: all rules, in the order of the suites, and what they were read from."""

    rules: list[Rule]
    outcomes: list[Any] = field(default_factory=list, compare=False, repr=False)

    @property
    def failed(self) -> list[Rule]:
        """Rules that did not hold, critical ones first; no warning of what is critical already."""
        return failed_rules(self.rules)

    @property
    def verdict(self) -> Verdict:
        """`failed` where a critical rule did not hold, `warned` where another did not."""
        if any(rule.severity == "critical" for rule in self.failed):
            return "failed"
        return "warned" if self.failed else "passed"


def check_scrubbed(
    records: pl.LazyFrame,
    counts: Mapping[str, int],
    unaccounted: Mapping[str, int],
    thresholds: Thresholds,
    last_run: LastRun | None = None,
    identifiers: Identifiers | None = None,
    recognised: Recognised | None = None,
) -> GateResult:
    """Check a prepared scrubbed file.

    Args:
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
    asked = _Asked(counts, unaccounted, thresholds, last_run, identifiers, recognised or {})
    return _check(records.with_columns(**DERIVED), scrubbed_records(thresholds, last_run), asked)


def check_fanlist(
    records: pl.LazyFrame,
    counts: Mapping[str, int],
    unaccounted: Mapping[str, int],
    thresholds: Thresholds,
    last_run: LastRun | None = None,
    identifiers: Identifiers | None = None,
    recognised: Recognised | None = None,
) -> GateResult:
    """Check a prepared fanlist; arguments and errors as `check_scrubbed`'s."""
    asked = _Asked(counts, unaccounted, thresholds, last_run, identifiers, recognised or {})
    return _check(records.with_columns(**FANLIST_DERIVED), fanlist_records(thresholds, last_run), asked)


@dataclass(frozen=True)
class _Asked:
    """What is known of a run beside its records: `check_scrubbed`'s arguments."""

    counts: Mapping[str, int]
    unaccounted: Mapping[str, int]
    thresholds: Thresholds
    last_run: LastRun | None
    identifiers: Identifiers | None
    recognised: Recognised


def _check(records: pl.LazyFrame, suite: gx.ExpectationSuite, asked: _Asked) -> GateResult:
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    of_records, rules = _validate(context, records, suite)
    seen = {(rule.expectation, rule.column): rule.observed for rule in rules}
    counts, identifiers, last_run = asked.counts, asked.identifiers, asked.last_run
    figures = _figures(counts, seen[_ROWS]) | left_over(asked.unaccounted)
    figures |= _recognised(asked.recognised, counts["in"])
    beside = Changes()
    if last_run is not None:
        beside = changes(records, last_run, seen[_ROWS], seen.get(_VERIFIED_SHARE))
        figures |= beside.figures
    at: dict[str | None, list[int]] = {}
    if identifiers is not None:
        accepted = counts["in"] - counts["invalid"]
        figures["mostAddresses"] = identifiers.most_addresses
        figures["mostRows"] = identifiers.most_rows
        figures["placeholderShare"] = identifiers.placeholders / accepted if accepted else 0.0
        at = {
            "mostRows": identifiers.most_rows_at,
            "placeholderShare": identifiers.placeholders_at,
            "mostAddresses": identifiers.most_addresses_at,
        }
    suite = run_figures(asked.thresholds, asked.last_run, identifiers, asked.recognised, counts["in"])
    of_run, more = _validate(context, pl.LazyFrame([figures]), suite)
    more = [rule if rule.success else _explained(rule, at, beside.names) for rule in more]
    return GateResult(rules + more, [of_records, of_run])


def _figures(counts: Mapping[str, int], records: int) -> dict[str, float]:
    """Return the run in figures; shares are of the rows read."""
    rows = counts["in"]
    return {
        "validShare": (rows - counts["invalid"]) / rows if rows else 0.0,
        "duplicateShare": counts["duplicate"] / rows if rows else 0.0,
        "missingRecords": abs(counts["valid"] - records),
    }


def _explained(rule: Rule, at: Mapping[str | None, list[int]], names: Mapping[str | None, str]) -> Rule:
    """Add to a broken rule at which rows to look, or the names of what it counts."""
    return replace(rule, rows=at.get(rule.column, []), observed=names.get(rule.column, rule.observed))


def _recognised(recognised: Recognised, rows: int) -> dict[str, float]:
    """Return what was recognised, in rows and as a share of the rows read; swallowed lines in lines."""
    figures: dict[str, float] = {}
    for name, seen in recognised.items():
        figures[name] = seen.lines if name == noticed.SWALLOWED.name else seen.rows
        figures[f"{name}Share"] = seen.rows / rows if rows else 1.0
    return figures


def _validate(context: Any, frame: pl.LazyFrame, suite: gx.ExpectationSuite) -> tuple[Any, list[Rule]]:
    """Run a suite; its rules come back in its own order, which Great Expectations does not keep."""
    source = context.data_sources.add_polars(suite.name)
    batches = source.add_dataframe_asset(suite.name).add_batch_definition_whole_dataframe("whole")
    batch = batches.get_batch(batch_parameters={"dataframe": frame})
    outcome = batch.validate(suite, result_format={"result_format": "BASIC", "partial_unexpected_count": 0})
    places = {expectation.description: place for place, expectation in enumerate(suite.expectations)}
    outcome.results.sort(key=lambda result: places[result.expectation_config.description])
    return outcome, [_rule(result) for result in outcome.results]


def _rule(result: Any) -> Rule:
    config, observed = result.expectation_config, result.result.get("observed_value")
    info = result.exception_info or {}
    # Where a metric could not be computed, its id stands there in place of the flag. Great Expectations
    # calls that a rule that did not hold; but nobody has looked, so it is no verdict.
    if info.get("raised_exception", bool(info)):
        raise GateError(
            f"The rule '{config.description}'{_columns(config.kwargs)} could not be checked: {_reason(info)}"
        )
    return Rule(
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
