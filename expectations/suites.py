"""The suites, declared beside nothing but the contract: what must hold of the records and of the counts.

`severity` decides what a broken expectation does: `critical` quarantines the run, `warning` travels in
its summary. Map expectations pass on empty data and all but not-null pass on a column of nulls, so each
suite begins with a row count and not-nulls.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import great_expectations as gx
import great_expectations.expectations as gxe

REQUIRED_COLUMNS = ("campaignId", "globalUserId", "score", "isVerified", "hbase", "rank", "runId", "scoredAt")


# `key` is made of the identifiers (pipelines.identify): a record without any has none.
FANLIST_COLUMNS = ("campaignId", "key", "score")


@dataclass(frozen=True)
class Thresholds:
    """What a campaign may set differently; shares are of the file's rows, 0 to 1."""

    valid_share_critical: float = 0.90


def scrubbed_records() -> gx.ExpectationSuite:
    """What must hold of the records; one row is one fan of the campaign."""
    return gx.ExpectationSuite(
        name="scrubbed records",
        expectations=[
            *_of_any_records(REQUIRED_COLUMNS, identifier="globalUserId"),
            gxe.ExpectColumnValuesToBeBetween(
                column="rank", min_value=0, severity="critical", description="No rank is below 0."
            ),
        ],
    )


def fanlist_records() -> gx.ExpectationSuite:
    """What must hold of a fanlist's records; one row is one fan of the campaign."""
    return gx.ExpectationSuite(
        name="fanlist records", expectations=_of_any_records(FANLIST_COLUMNS, identifier="key")
    )


def _of_any_records(required: Sequence[str], identifier: str) -> list[gxe.Expectation]:
    """What must hold whatever the kind of file."""
    return [
        gxe.ExpectTableRowCountToBeBetween(
            min_value=1, severity="critical", description="There is at least one record."
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
            column="score", max_value=100, severity="warning", description="Scores go up to 100."
        ),
    ]


def _named(column: str) -> str:
    return "an identifier" if column == "key" else column


def run_counts(thresholds: Thresholds) -> gx.ExpectationSuite:
    """What must hold of a run's counts; one row is one run."""
    return gx.ExpectationSuite(
        name="run counts",
        expectations=[
            gxe.ExpectTableRowCountToEqual(value=1, severity="critical", description="There is one run."),
            gxe.ExpectColumnMinToBeBetween(
                column="validShare",
                min_value=thresholds.valid_share_critical,
                severity="critical",
                description=f"At least {thresholds.valid_share_critical:.0%} of the rows are valid.",
            ),
            gxe.ExpectColumnMinToBeBetween(
                column="unaccountedRows",
                min_value=0,
                max_value=0,
                severity="critical",
                description="Rows read = rejected + merged + records, with none left over.",
            ),
            gxe.ExpectColumnMinToBeBetween(
                column="missingRecords",
                min_value=0,
                max_value=0,
                severity="critical",
                description="The partitions hold exactly the records counted, with none missing.",
            ),
        ],
    )
