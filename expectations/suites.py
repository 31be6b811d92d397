"""The suites: what must hold of a kind of file's records. A run's figures are in `figures`.

`severity` decides what a broken expectation does: `critical` quarantines the run, `warning` travels in
its summary. Map expectations pass on empty data and all but not-null pass on a column of nulls, so each
suite begins with a row count and not-nulls. A test holds the suites to pipelines/schema.py.
"""

from collections.abc import Sequence

import great_expectations as gx
import great_expectations.expectations as gxe
import polars as pl

from expectations.thresholds import LastRun, Thresholds, percent
from pipelines.identify import key
from pipelines.schema import FANLIST_RECORD_SCHEMA, GLOBAL_USER_ID, RECORD_SCHEMA

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
FANLIST_DERIVED: dict[str, pl.Expr] = {"key": key()}
# The share of identifiers that must be from half as long as the last run's shortest to twice its longest.
_OF_SUCH_LENGTH = 0.9


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
        *_of_lengths(last_run),
    ]


def _of_lengths(last_run: LastRun | None) -> list[gxe.Expectation]:
    """Return whether identifiers are as long as the last run's: other ids make every fan a new one."""
    profile = last_run.profile if last_run is not None else None
    if profile is None or profile.shortest is None or profile.longest is None:
        return []
    least, most = profile.shortest // 2, profile.longest * 2
    had = f"{profile.shortest:,}" + f" to {profile.longest:,}" * (profile.longest != profile.shortest)
    return [
        gxe.ExpectColumnValueLengthsToBeBetween(
            column=GLOBAL_USER_ID.name,
            min_value=least,
            max_value=most,
            mostly=_OF_SUCH_LENGTH,
            severity="warning",
            description=(
                f"At least {percent(_OF_SUCH_LENGTH)} of the identifiers have {least:,} to {most:,} "
                f"characters; the last run's had {had}."
            ),
        )
    ]


def _present(column: str, description: str) -> gxe.Expectation:
    return gxe.ExpectColumnValuesToNotBeNull(column=column, severity="critical", description=description)
