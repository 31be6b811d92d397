"""The suites: what must hold of a kind of file's records, and of a run's figures.

`severity` decides what a broken expectation does: `critical` quarantines the run, `warning` travels in
its summary. Map expectations pass on empty data and all but not-null pass on a column of nulls, so each
suite begins with a row count and not-nulls. A test holds the suites to pipelines/schema.py.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import great_expectations as gx
import great_expectations.expectations as gxe
import polars as pl

from expectations.beside import at_most, of_records, of_run, percent
from expectations.thresholds import LastRun, Thresholds
from pipelines import noticed
from pipelines.identifiers import Identifiers
from pipelines.identify import key
from pipelines.noticed import Recognised
from pipelines.prepare import HANDOVERS
from pipelines.schema import FANLIST_RECORD_SCHEMA, RECORD_SCHEMA

# A record without any of these is of no use to those who read it. What the schema requires is among them.
REQUIRED_COLUMNS = (
    "campaignId",
    "globalUserId",
    "score",
    "isVerified",
    "hbase",
    "rank",
    "events",
    "runId",
    "scoredAt",
)
FANLIST_REQUIRED_COLUMNS = ("campaignId", "key", "score")

# What the suites ask about and no record holds as it is.
DERIVED: dict[str, pl.Expr] = {
    "verified": pl.col("isVerified").cast(pl.UInt8),
    "marketCount": pl.col("events").list.len(),
    "bestMarket": pl.col("events").list.get(pl.col("rank"), null_on_oob=True),
}
# Rows that one identifier of a fanlist may have, as one of a scrubbed file may have a row in each market.
_NEARLY_ALL = 0.9
_MOST_ADDRESSES = 10
_FANLIST_ROWS = 10
# Fewer rows of one identifier are never critical.
_FEWEST_CRITICAL = 100
FANLIST_DERIVED: dict[str, pl.Expr] = {"key": key()}


def scrubbed_records(thresholds: Thresholds, last_run: LastRun | None = None) -> gx.ExpectationSuite:
    """Return what must hold of the records; one row is one fan of the campaign."""
    least, most = thresholds.verified_share_least, thresholds.verified_share_most
    expectations = [
        *_of_any_records(REQUIRED_COLUMNS, [*RECORD_SCHEMA, *DERIVED], "globalUserId", thresholds, last_run),
        gxe.ExpectColumnPairValuesAToBeGreaterThanB(
            column_A="marketCount",
            column_B="rank",
            severity="critical",
            description="The best rank is one of the fan's preferred markets.",
        ),
        _present("bestMarket", "Every fan has a market at their best rank."),
        gxe.ExpectColumnMeanToBeBetween(
            column="verified",
            min_value=least,
            max_value=most,
            severity="warning",
            description=f"Between {percent(least)} and {percent(most)} of the records are verified.",
        ),
    ]
    return gx.ExpectationSuite(name="scrubbed records", expectations=expectations)


def fanlist_records(thresholds: Thresholds, last_run: LastRun | None = None) -> gx.ExpectationSuite:
    """Return what must hold of a fanlist's records; one row is one fan of the campaign."""
    columns = [*FANLIST_RECORD_SCHEMA, *FANLIST_DERIVED]
    expectations = _of_any_records(FANLIST_REQUIRED_COLUMNS, columns, "key", thresholds, last_run)
    return gx.ExpectationSuite(name="fanlist records", expectations=expectations)


def _of_any_records(
    required: Sequence[str],
    columns: list[str],
    identifier: str,
    thresholds: Thresholds,
    last_run: LastRun | None,
) -> list[gxe.Expectation]:
    """Return what must hold whatever the kind of file."""
    highest = thresholds.highest_score
    return [
        gxe.ExpectTableRowCountToBeBetween(
            min_value=1, severity="critical", description="There is at least one record."
        ),
        gxe.ExpectTableColumnsToMatchSet(
            column_set=columns,
            severity="critical",
            description="The records have the contract's columns and no others.",
        ),
        *(
            _present(column, f"Every record has {'an identifier' if column == 'key' else column}.")
            for column in required
        ),
        gxe.ExpectCompoundColumnsToBeUnique(
            column_list=["campaignId", identifier],
            severity="critical",
            description="A fan has one record in a campaign.",
        ),
        gxe.ExpectColumnValuesToBeBetween(
            column="score", min_value=0, severity="critical", description="No score is below 0."
        ),
        gxe.ExpectColumnValuesToBeBetween(
            column="score",
            max_value=highest,
            severity="warning",
            description=f"Scores go up to {highest:g}.",
        ),
        *(of_records(last_run) if last_run is not None else []),
    ]


def run_figures(
    thresholds: Thresholds,
    last_run: LastRun | None,
    identifiers: Identifiers | None = None,
    recognised: Recognised | None = None,
    rows: int = 0,
) -> gx.ExpectationSuite:
    """Return what must hold of a run's figures; one row is one run.

    Args:
        thresholds: what the campaign tolerates.
        last_run: what the run is compared with; nothing on a campaign's first one.
        identifiers: what Prepare saw of them; without it nothing is asked about them.
        recognised: what Prepare recognised in the file; a kind that it did not is not asked about.
        rows: read from the file.
    """
    valid, usual = thresholds.valid_share_critical, thresholds.valid_share_warning
    many, nearly_all = thresholds.duplicate_share_warning, thresholds.duplicate_share_critical
    expectations = [
        gxe.ExpectTableRowCountToEqual(value=1, severity="critical", description="There is one run."),
        *(_none(name, description) for name, description in left_over(HANDOVERS).items()),
        _none("missingRecords", "The partitions hold exactly the records counted, with none missing."),
        _at_least("validShare", valid, f"At least {percent(valid)} of the rows are valid.", "critical"),
        _at_least("validShare", usual, f"At least {percent(usual)} of the rows should be valid.", "warning"),
        at_most("duplicateShare", many, f"At most {percent(many)} of the rows repeat a fan."),
        at_most(
            "duplicateShare",
            nearly_all,
            f"No more than {percent(nearly_all)} of the rows repeat a fan.",
            "critical",
        ),
        *(_of_identifiers(identifiers, thresholds) if identifiers is not None else []),
        *_of_recognised(recognised or {}, thresholds, rows),
        *(of_run(last_run, thresholds) if last_run is not None else []),
    ]
    return gx.ExpectationSuite(name="run counts", expectations=expectations)


def left_over(unaccounted: Mapping[str, Any]) -> dict[str, Any]:
    """Name what is left over at each hand-over as a figure of the run: `lines` is `unaccountedLines`."""
    return {f"unaccounted{handover.capitalize()}": count for handover, count in unaccounted.items()}


def _of_identifiers(identifiers: Identifiers, thresholds: Thresholds) -> list[gxe.Expectation]:
    """Whether they tell fans apart: a fan has one row a market, on a fanlist one, or a few by mistake."""
    usual = _FANLIST_ROWS if identifiers.markets is None else max(identifiers.markets, 1)
    warning = math.floor(usual * thresholds.rows_per_fan_warning)
    critical = max(math.floor(usual * thresholds.rows_per_fan_critical), _FEWEST_CRITICAL - 1)
    placeholders = thresholds.placeholder_share_warning
    addresses = f"No identifier should have more than {_MOST_ADDRESSES} e-mail addresses."
    return [
        at_most("mostRows", critical, f"No identifier has more than {critical:,} rows.", "critical"),
        at_most("mostRows", warning, f"No identifier should have more than {warning:,} rows."),
        at_most("mostAddresses", _MOST_ADDRESSES, addresses),
        at_most(
            "placeholderShare",
            placeholders,
            f"At most {percent(placeholders)} of the accepted rows have a placeholder, such as 'unknown', "
            "for an identifier.",
        ),
    ]


def _of_recognised(recognised: Recognised, thresholds: Thresholds, rows: int) -> list[gxe.Expectation]:
    """Ask of what somebody should look at: each kind that was seen, with its lines."""
    found: list[gxe.Expectation] = []
    for name, seen in recognised.items():
        kind, where = noticed.BY_NAME[name], noticed.places(seen.rows, seen.spans)
        meant = seen.meant and f" ({seen.meant})"
        said = f"{kind.words[0].upper()}{kind.words[1:]}: none, but for {where}{meant}."
        if kind is noticed.SWALLOWED:
            share = thresholds.swallowed_share_critical * rows
            most = math.floor(min(thresholds.swallowed_lines_critical, share))
            lines = "line" if most == 1 else "lines"
            described = f"At most {most:,} {lines} inside quoted fields may look like rows ({where})."
            found.append(at_most(name, most, described, "critical"))
        if kind is noticed.LOST_DIGITS:
            most_lost = thresholds.lost_digits_critical
            described = (
                f"At most {percent(most_lost)} of the rows have an identifier without its digits, such as "
                f"1.23457E+12 ({where})."
            )
            found.append(at_most("lostDigitsShare", most_lost, described, "critical"))
        if kind is noticed.FLOAT_IDS:
            described = f"Identifiers do not nearly all end in '.0', as a column of decimals does ({where})."
            found.append(at_most("floatIdentifiersShare", _NEARLY_ALL, described))
        if kind is noticed.ROUNDED_IDS:
            described = (
                "Identifiers of 16 digits or more do not nearly all end in 0, as a spreadsheet writes them "
                f"that keeps 15 digits: fans become one ({where})."
            )
            found.append(at_most("roundedIdentifiersShare", _NEARLY_ALL, described))
        if kind.warns:
            found.append(at_most(name, 0, said))
    return found


def _none(column: str, description: str) -> gxe.Expectation:
    return gxe.ExpectColumnMaxToBeBetween(
        column=column, min_value=0, max_value=0, severity="critical", description=description
    )


def _at_least(column: str, least: float, description: str, severity: str) -> gxe.Expectation:
    return gxe.ExpectColumnMinToBeBetween(
        column=column, min_value=least, severity=severity, description=description
    )


def _present(column: str, description: str) -> gxe.Expectation:
    return gxe.ExpectColumnValuesToNotBeNull(column=column, severity="critical", description=description)
