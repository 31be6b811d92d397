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


def scrubbed_records(thresholds: Thresholds) -> gx.ExpectationSuite:
    """Return what must hold of the records; one row is one fan of the campaign."""
    return gx.ExpectationSuite(
        name="scrubbed records",
        expectations=[
            *_of_any_records(
                REQUIRED_COLUMNS, [*RECORD_SCHEMA, *DERIVED], identifier="globalUserId", thresholds=thresholds
            ),
            gxe.ExpectColumnPairValuesAToBeGreaterThanB(
                column_A="marketCount",
                column_B="rank",
                severity="critical",
                description="The best rank is one of the fan's preferred markets.",
            ),
            gxe.ExpectColumnValuesToNotBeNull(
                column="bestMarket",
                severity="critical",
                description="Every fan has a market at their best rank.",
            ),
            gxe.ExpectColumnMeanToBeBetween(
                column="verified",
                min_value=thresholds.verified_share_least,
                max_value=thresholds.verified_share_most,
                severity="warning",
                description=(
                    f"Between {_percent(thresholds.verified_share_least)} and "
                    f"{_percent(thresholds.verified_share_most)} of the records are verified."
                ),
            ),
        ],
    )


def fanlist_records(thresholds: Thresholds) -> gx.ExpectationSuite:
    """Return what must hold of a fanlist's records; one row is one fan of the campaign."""
    return gx.ExpectationSuite(
        name="fanlist records",
        expectations=_of_any_records(
            FANLIST_REQUIRED_COLUMNS,
            [*FANLIST_RECORD_SCHEMA, *FANLIST_DERIVED],
            identifier="key",
            thresholds=thresholds,
        ),
    )


def _of_any_records(
    required: Sequence[str], columns: Sequence[str], identifier: str, thresholds: Thresholds
) -> list[gxe.Expectation]:
    """Return what must hold whatever the kind of file."""
    return [
        gxe.ExpectTableRowCountToBeBetween(
            min_value=1, severity="critical", description="There is at least one record."
        ),
        gxe.ExpectTableColumnsToMatchSet(
            column_set=list(columns),
            severity="critical",
            description="The records have the contract's columns and no others.",
        ),
        *(
            gxe.ExpectColumnValuesToNotBeNull(
                column=column, severity="critical", description=f"Every record has {_named(column)}."
            )
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
            max_value=thresholds.highest_score,
            severity="warning",
            description=f"Scores go up to {thresholds.highest_score:g}.",
        ),
    ]


def _named(column: str) -> str:
    return "an identifier" if column == "key" else column


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
    return gx.ExpectationSuite(
        name="run counts",
        expectations=[
            gxe.ExpectTableRowCountToEqual(value=1, severity="critical", description="There is one run."),
            *(_none(name, description) for name, description in left_over(HANDOVERS).items()),
            _none("missingRecords", "The partitions hold exactly the records counted, with none missing."),
            gxe.ExpectColumnMinToBeBetween(
                column="validShare",
                min_value=thresholds.valid_share_critical,
                severity="critical",
                description=f"At least {_percent(thresholds.valid_share_critical)} of the rows are valid.",
            ),
            gxe.ExpectColumnMinToBeBetween(
                column="validShare",
                min_value=thresholds.valid_share_warning,
                severity="warning",
                description=(
                    f"At least {_percent(thresholds.valid_share_warning)} of the rows should be valid."
                ),
            ),
            _at_most(
                "duplicateShare",
                thresholds.duplicate_share_warning,
                f"At most {_percent(thresholds.duplicate_share_warning)} of the rows repeat a fan.",
            ),
            _at_most(
                "duplicateShare",
                thresholds.duplicate_share_critical,
                f"No more than {_percent(thresholds.duplicate_share_critical)} of the rows repeat a fan.",
                "critical",
            ),
            *(_of_identifiers(identifiers, thresholds) if identifiers is not None else []),
            *_of_recognised(recognised or {}, thresholds, rows),
            *(_beside(last_run, thresholds) if last_run is not None else []),
        ],
    )


def left_over(unaccounted: Mapping[str, Any]) -> dict[str, Any]:
    """Name what is left over at each hand-over as a figure of the run: `lines` is `unaccountedLines`."""
    return {f"unaccounted{handover.capitalize()}": count for handover, count in unaccounted.items()}


def _of_identifiers(identifiers: Identifiers, thresholds: Thresholds) -> list[gxe.Expectation]:
    """Whether they tell fans apart: a fan has one row a market, on a fanlist one, or a few by mistake."""
    usual = _FANLIST_ROWS if identifiers.markets is None else max(identifiers.markets, 1)
    warning = math.floor(usual * thresholds.rows_per_fan_warning)
    critical = max(math.floor(usual * thresholds.rows_per_fan_critical), _FEWEST_CRITICAL - 1)
    return [
        gxe.ExpectColumnMaxToBeBetween(
            column="mostRows",
            max_value=critical,
            severity="critical",
            description=f"No identifier has more than {critical:,} rows.",
        ),
        gxe.ExpectColumnMaxToBeBetween(
            column="mostRows",
            max_value=warning,
            severity="warning",
            description=f"No identifier should have more than {warning:,} rows.",
        ),
        _at_most(
            "mostAddresses",
            _MOST_ADDRESSES,
            f"No identifier should have more than {_MOST_ADDRESSES} e-mail addresses.",
        ),
        _at_most(
            "placeholderShare",
            thresholds.placeholder_share_warning,
            f"At most {_percent(thresholds.placeholder_share_warning)} of the accepted rows have a "
            "placeholder, such as 'unknown', for an identifier.",
        ),
    ]


def _of_recognised(recognised: Recognised, thresholds: Thresholds, rows: int) -> list[gxe.Expectation]:
    """Ask of what somebody should look at: each kind that was seen, with its lines."""
    found: list[gxe.Expectation] = []
    for name, seen in recognised.items():
        kind, where = noticed.BY_NAME[name], noticed.places(seen.rows, seen.spans)
        said = f"{kind.words[0].upper()}{kind.words[1:]}: none, but for {where}."
        if kind is noticed.SWALLOWED:
            share = thresholds.swallowed_share_critical * rows
            most = math.floor(min(thresholds.swallowed_lines_critical, share))
            described = f"At most {most:,} lines that look like rows stand inside quoted fields ({where})."
            found.append(_at_most(name, most, described, "critical"))
        if kind is noticed.LOST_DIGITS:
            most_lost = thresholds.lost_digits_critical
            described = (
                f"At most {_percent(most_lost)} of the rows have an identifier without its digits, such as "
                f"1.23457E+12 ({where})."
            )
            found.append(_at_most("lostDigitsShare", most_lost, described, "critical"))
        if kind is noticed.FLOAT_IDS:
            described = f"Identifiers do not nearly all end in '.0', as a column of decimals does ({where})."
            found.append(_at_most("floatIdentifiersShare", _NEARLY_ALL, described))
        if kind.warns:
            found.append(_at_most(name, 0, said))
    return found


def _beside(last_run: LastRun, thresholds: Thresholds) -> list[gxe.Expectation]:
    """Return what is compared with the campaign's last run, as far as that is known."""
    compared = []
    if last_run.records:
        compared.append(
            _at_most(
                "recordsChange",
                thresholds.records_change,
                f"The number of records is within {_percent(thresholds.records_change)} of the last run's "
                f"{last_run.records:,}.",
            )
        )
    if last_run.verified_share is not None:
        compared.append(
            _at_most(
                "verifiedShareChange",
                thresholds.verified_share_change,
                f"The verified share is within {thresholds.verified_share_change * 100:g} points of the last "
                f"run's {last_run.verified_share:.2%}.",
            )
        )
    return compared


def _percent(share: float) -> str:
    return f"{share * 100:g}%"


def _none(column: str, description: str) -> gxe.Expectation:
    return gxe.ExpectColumnMaxToBeBetween(
        column=column, min_value=0, max_value=0, severity="critical", description=description
    )


def _at_most(column: str, most: float, description: str, severity: str = "warning") -> gxe.Expectation:
    return gxe.ExpectColumnMaxToBeBetween(
        column=column, max_value=most, severity=severity, description=description
    )
