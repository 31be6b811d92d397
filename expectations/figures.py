"""A run's figures, each with the rule that it must hold.

They are of the counts, of identifiers, of what was recognised, and of the difference from the campaign's last
run, which only warns, but for whom a file withdraws.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import great_expectations as gx
import great_expectations.expectations as gxe
import polars as pl

from expectations.report.facts import above, market_names
from expectations.report.wording import number, shown
from expectations.thresholds import MOST_WITHDRAWN, LastRun, Thresholds, percent
from pipelines import noticed
from pipelines.identifiers import Identifiers
from pipelines.noticed import Recognised
from pipelines.prepare import HANDOVERS

# Of identifiers, that end as a decimal or a rounded number does.
_NEARLY_ALL = 0.9
_MOST_ADDRESSES = 10
# Rows that one identifier of a fanlist may have, as one of a scrubbed file may have a row in each market.
_FANLIST_ROWS = 10
# Fewer rows of one identifier are never critical.
_FEWEST_CRITICAL = 100
# By how much the share of scores above the last run's median may differ. Of few records it tells nothing.
_SCORES_CHANGE, _FEWEST_SCORES = 0.20, 100
_MOST_NAMES, _LONGEST_NAME = 5, 40


@dataclass(frozen=True)
class FigureRule:
    """A figure of a run, and bounds that it must keep.

    `rows` and `lines` are where to look where it does not, `named` the names of what it counts.
    """

    figure: str
    value: float
    description: str
    severity: str = "warning"
    least: float | None = None
    most: float | None = None
    rows: list[int] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    named: str | None = None

    def expectation(self) -> gxe.Expectation:
        """Return the rule in Great Expectations' form."""
        kind = gxe.ExpectColumnMinToBeBetween if self.most is None else gxe.ExpectColumnMaxToBeBetween
        return kind(
            column=self.figure,
            min_value=self.least,
            max_value=self.most,
            severity=self.severity,
            description=self.description,
        )


def suite_of(rules: list[FigureRule]) -> gx.ExpectationSuite:
    """Return what must hold of a run's figures; one row is one run."""
    one_run = gxe.ExpectTableRowCountToEqual(value=1, severity="critical", description="There is one run.")
    expectations = [one_run, *(rule.expectation() for rule in rules)]
    return gx.ExpectationSuite(name="run counts", expectations=expectations)


def of_counts(
    counts: Mapping[str, int], unaccounted: Mapping[str, int], records: int, thresholds: Thresholds
) -> Iterator[FigureRule]:
    """Yield what must hold of the counts; shares are of the rows read.

    Args:
        counts: the run's `in`, `invalid`, `duplicate`, `valid`, in rows and records.
        unaccounted: what is left over at each of `HANDOVERS`: at `lines` it is `unaccountedLines`.
        records: in the partitions.
        thresholds: what the campaign tolerates.
    """
    for handover, told in HANDOVERS.items():
        left = f"unaccounted{handover.capitalize()}"
        yield FigureRule(left, unaccounted[handover], told, "critical", 0, 0)
    missing = abs(counts["valid"] - records)
    told = "The partitions hold exactly the records counted, with none missing."
    yield FigureRule("missingRecords", missing, told, "critical", 0, 0)
    rows = counts["in"]
    valid = (rows - counts["invalid"]) / rows if rows else 0.0
    least, usual = thresholds.valid_share_critical, thresholds.valid_share_warning
    told = f"At least {percent(least)} of the rows are valid."
    yield FigureRule("validShare", valid, told, "critical", least)
    yield FigureRule(
        "validShare", valid, f"At least {percent(usual)} of the rows should be valid.", least=usual
    )
    repeated = counts["duplicate"] / rows if rows else 0.0
    many, most = thresholds.duplicate_share_warning, thresholds.duplicate_share_critical
    told = f"At most {percent(many)} of the rows repeat a fan."
    yield FigureRule("duplicateShare", repeated, told, most=many)
    told = f"No more than {percent(most)} of the rows repeat a fan."
    yield FigureRule("duplicateShare", repeated, told, "critical", most=most)


def of_identifiers(seen: Identifiers, accepted: int, thresholds: Thresholds) -> Iterator[FigureRule]:
    """Whether they tell fans apart: a fan has one row a market, on a fanlist one, or a few by mistake."""
    usual = _FANLIST_ROWS if seen.markets is None else max(seen.markets, 1)
    warning = math.floor(usual * thresholds.rows_per_fan_warning)
    critical = max(math.floor(usual * thresholds.rows_per_fan_critical), _FEWEST_CRITICAL - 1)
    at, lines = seen.most_rows_at, seen.most_rows_lines
    told = f"No identifier has more than {critical:,} rows."
    yield FigureRule("mostRows", seen.most_rows, told, "critical", most=critical, rows=at, lines=lines)
    told = f"No identifier should have more than {warning:,} rows."
    yield FigureRule("mostRows", seen.most_rows, told, most=warning, rows=at, lines=lines)
    yield FigureRule(
        "mostAddresses",
        seen.most_addresses,
        f"No identifier should have more than {_MOST_ADDRESSES} e-mail addresses.",
        most=_MOST_ADDRESSES,
        rows=seen.most_addresses_at,
        lines=seen.most_addresses_lines,
    )
    placeholders = thresholds.placeholder_share_warning
    yield FigureRule(
        "placeholderShare",
        seen.placeholders / accepted if accepted else 0.0,
        f"At most {percent(placeholders)} of the accepted rows have a placeholder, such as 'unknown', "
        "for an identifier.",
        most=placeholders,
        rows=seen.placeholders_at,
        lines=seen.placeholders_lines,
    )


def of_recognised(recognised: Recognised, thresholds: Thresholds, rows: int) -> Iterator[FigureRule]:
    """Yield what is asked of each kind that was seen, with its lines; of swallowed ones the lines count."""
    for name, seen in recognised.items():
        kind, where = noticed.BY_NAME[name], noticed.places(seen.rows, seen.spans)
        count, share = seen.rows, seen.rows / rows if rows else 1.0
        if kind is noticed.SWALLOWED:
            count = seen.lines
            tolerated = thresholds.swallowed_share_critical * rows
            most = math.floor(min(thresholds.swallowed_lines_critical, tolerated))
            lines = "line" if most == 1 else "lines"
            told = f"At most {most:,} {lines} inside quoted fields may look like rows ({where})."
            yield FigureRule(name, count, told, "critical", most=most)
        if kind is noticed.LOST_DIGITS:
            lost = thresholds.lost_digits_critical
            told = (
                f"At most {percent(lost)} of the rows have an identifier without its digits, such as "
                f"1.23457E+12 ({where})."
            )
            yield FigureRule(f"{name}Share", share, told, "critical", most=lost)
        if kind is noticed.FLOAT_IDS:
            told = f"Identifiers do not nearly all end in '.0', as a column of decimals does ({where})."
            yield FigureRule(f"{name}Share", share, told, most=_NEARLY_ALL)
        if kind is noticed.ROUNDED_IDS:
            told = (
                "Identifiers of 16 digits or more do not nearly all end in 0, as a spreadsheet writes them "
                f"that keeps 15 digits: fans become one ({where})."
            )
            yield FigureRule(f"{name}Share", share, told, most=_NEARLY_ALL)
        if kind.warns:
            meant = seen.meant and f" ({seen.meant})"
            told = f"{kind.words[0].upper()}{kind.words[1:]}: none, but for {where}{meant}."
            yield FigureRule(name, count, told, most=0)


def of_last_run(
    last_run: LastRun,
    records: pl.LazyFrame,
    rows: int,
    verified_share: float | None,
    thresholds: Thresholds,
) -> Iterator[FigureRule]:
    """Yield how the run differs from the campaign's last one, as far as that is known.

    Args:
        last_run: what is known of it.
        records: one row a record, columns as on the wire.
        rows: how many records there are.
        verified_share: of the records; None where there are none.
        thresholds: what the campaign tolerates.
    """
    profile, most = last_run.profile, thresholds.records_change
    if last_run.records:
        told = f"The number of records is within {percent(most)} of the last run's {last_run.records:,}."
        change = abs(rows - last_run.records) / last_run.records
        yield FigureRule("recordsChange", change, told, most=most)
    if last_run.verified_share is not None:
        most = thresholds.verified_share_change
        told = f"The verified share is within {most * 100:g} points of the last run's "
        told += f"{last_run.verified_share:.2%}."
        change = abs((verified_share or 0.0) - last_run.verified_share)
        yield FigureRule("verifiedShareChange", change, told, most=most)
    if last_run.gone_share is not None:
        most = thresholds.gone_share_warning
        told = f"At most {percent(most)} of the last file's fans are missing from this one."
        yield FigureRule("goneShare", last_run.gone_share, told, most=most)
    if profile is not None and last_run.records >= _FEWEST_SCORES:
        higher = records.select(above(pl.lit(profile.median))).collect(engine="streaming").item() or 0.0
        told = f"The share of fans with a score above {number(profile.median)} is within "
        told += f"{_SCORES_CHANGE * 100:g} points of the last run's {profile.above:.2%}."
        yield FigureRule("scoresChange", abs(higher - profile.above), told, most=_SCORES_CHANGE)
    if profile is not None and profile.markets is not None:
        now = market_names(records).collect(engine="streaming").get_column("name")
        then = pl.Series("name", profile.markets, pl.String())
        new, vanished = now.filter(~now.is_in(then.implode())), then.filter(~then.is_in(now.implode()))
        yield _markets("newMarkets", new, "No market is new since the last run.")
        yield _markets("vanishedMarkets", vanished, "No market of the last run has vanished.")
    if last_run.withdrawn_share is not None:
        told = f"No more than {percent(MOST_WITHDRAWN)} of the campaign's fans are withdrawn."
        share = last_run.withdrawn_share
        yield FigureRule("withdrawnShare", share, told, "critical", most=MOST_WITHDRAWN)
    if last_run.missing_lists is not None:
        told = "Who was in the campaign's earlier files is known, so that all who are out are withdrawn."
        yield FigureRule("missingLists", last_run.missing_lists, told, "critical", most=0)


def _markets(figure: str, markets: pl.Series, description: str) -> FigureRule:
    """Return the rule that there are none such, naming the first few."""
    named = ", ".join(shown(name, _LONGEST_NAME) for name in markets.head(_MOST_NAMES))
    more = len(markets) - _MOST_NAMES
    named += f" and {more:,} more" if more > 0 else ""
    return FigureRule(figure, len(markets), description, most=0, named=named)
