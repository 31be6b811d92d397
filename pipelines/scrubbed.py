"""The scrubbed pipeline: scored registrations, one row a fan in one market, become one record a fan.

    scan | rank | validate | dedupe | normalise

The first three look at one row at a time and run block by block; to dedupe takes all rows of a fan.
`prepare.py` moves the rows between the two.
"""

import polars as pl

from pipelines import rules
from pipelines.dedupe import dedupe, only_market, split_tags
from pipelines.normalise import digits_only, lower_case
from pipelines.rank import rank
from pipelines.schema import (
    CAMPAIGN_ID,
    EMAIL,
    FILE_COLUMNS,
    GLOBAL_USER_ID,
    IS_VERIFIED,
    MARKET_PREFERENCES,
    NUMBER_COLUMNS,
    OPTIONAL_NUMBERS,
    PHONE_COUNTRY_CODE,
    PHONE_NUMBER,
    RECORD_SCHEMA,
)

IDENTIFIER = GLOBAL_USER_ID.name
IDENTIFYING = (IDENTIFIER,)
COLUMNS = FILE_COLUMNS


def rules_of(campaign_id: str) -> list[rules.Rule]:
    """Return why a row of a scrubbed file is rejected, in the contract's order (SPEC 2)."""
    return [
        rules.malformed_row(),
        rules.bad_encoding(),
        rules.campaign_mismatch(campaign_id),
        rules.missing_id([IDENTIFIER]),
        rules.bad_id(pl.col(IDENTIFIER)),
        rules.totals_row(),
        rules.bad_score(),
        rules.bad_verified_flag(),
        rules.bad_number(OPTIONAL_NUMBERS),
        rules.bad_email(),
        rules.unranked(),
    ]


def judge(rows: pl.LazyFrame, campaign_id: str) -> pl.LazyFrame:
    """Rank the rows of a file (`scan.Block.rows`) and find what is wrong with each."""
    read = rows.pipe(rank).pipe(rules.typed, numbers=NUMBER_COLUMNS, flags=(IS_VERIFIED.name,))
    return read.pipe(rules.judge, rules_of(campaign_id))


def accept(judged: pl.LazyFrame) -> pl.LazyFrame:
    """Keep the rows without fault, their numbers and flags as such, without what was only judged by."""
    return judged.pipe(rules.accepted).drop(CAMPAIGN_ID.name, MARKET_PREFERENCES.name)


def reject(judged: pl.LazyFrame, campaign_id: str) -> pl.LazyFrame:
    """Keep the rows with faults: `rowNumber, lineNumber, reasons`."""
    return judged.pipe(rules.rejected, rules_of(campaign_id))


def alone(accepted: pl.LazyFrame) -> pl.LazyFrame:
    """Turn the only row of each fan into one fan: nothing to merge, only lists to make."""
    return accepted.pipe(only_market).pipe(split_tags)


def merged(accepted: pl.LazyFrame) -> pl.LazyFrame:
    """Merge all rows of each fan into one fan (SPEC 2, "Dedupe")."""
    return accepted.pipe(dedupe, IDENTIFIER)


def records(fans: pl.LazyFrame, *, campaign_id: str, run_id: str, scored_at: str) -> pl.LazyFrame:
    """Return the records on `scoresStream`, one a fan (SPEC 2)."""
    return (
        fans.pipe(lower_case, EMAIL.name)
        .pipe(digits_only, PHONE_COUNTRY_CODE.name, PHONE_NUMBER.name)
        .with_columns(campaignId=pl.lit(campaign_id), runId=pl.lit(run_id), scoredAt=pl.lit(scored_at))
        .select(pl.col(name).cast(dtype) for name, dtype in RECORD_SCHEMA.items())
    )
