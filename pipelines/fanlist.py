"""The fanlist pipeline: fans scored elsewhere, one row a fan, become one record a fan.

    scan | identify | validate | dedupe | normalise

The first three look at one row at a time and run block by block; the last two need all rows of a fan.
`prepare.py` moves the rows between the two.
"""

import polars as pl

from pipelines import rules
from pipelines.dedupe import dedupe_unranked, split_tags
from pipelines.identify import KEY, identify
from pipelines.schema import CAMPAIGN_ID, FANLIST_FILE_COLUMNS, FANLIST_RECORD_SCHEMA, IDENTIFIERS, SCORE

IDENTIFIER = KEY
IDENTIFYING = tuple(column.name for column in IDENTIFIERS)
COLUMNS = FANLIST_FILE_COLUMNS


def rules_of(campaign_id: str) -> list[rules.Rule]:
    """Return why a row of a fanlist is rejected, in the contract's order (SPEC 2)."""
    return [
        rules.malformed_row(),
        rules.bad_encoding(),
        rules.campaign_mismatch(campaign_id),
        rules.missing_id([column.name for column in IDENTIFIERS]),
        rules.bad_id(pl.coalesce(column.name for column in IDENTIFIERS)),
        rules.totals_row(),
        rules.bad_score(),
        # Of the identifier only: beside another one `identify` has made null of it.
        rules.bad_email(),
    ]


def judge(rows: pl.LazyFrame, campaign_id: str) -> pl.LazyFrame:
    """Identify the rows of a file (`scan.Block.rows`) and find what is wrong with each."""
    read = rows.pipe(identify).pipe(rules.typed, numbers=(SCORE.name,))
    return read.pipe(rules.judge, rules_of(campaign_id))


def accept(judged: pl.LazyFrame) -> pl.LazyFrame:
    """Keep the rows without fault, their scores as numbers, without what was only judged by."""
    return judged.pipe(rules.accepted).drop(CAMPAIGN_ID.name)


def reject(judged: pl.LazyFrame, campaign_id: str) -> pl.LazyFrame:
    """Keep the rows with faults: `rowNumber, lineNumber, reasons`."""
    return judged.pipe(rules.rejected, rules_of(campaign_id))


def alone(accepted: pl.LazyFrame) -> pl.LazyFrame:
    """Turn the only row of each fan into one fan: nothing to merge, only the list of tags to make."""
    return accepted.pipe(split_tags)


def merged(accepted: pl.LazyFrame) -> pl.LazyFrame:
    """Merge all rows of each fan into one fan (SPEC 2, "Dedupe")."""
    return accepted.pipe(dedupe_unranked, IDENTIFIER)


def records(fans: pl.LazyFrame, *, campaign_id: str, run_id: str, scored_at: str) -> pl.LazyFrame:
    """Return one record a fan: what the file says of them (SPEC 2).

    Run and time belong to a publication; the state machine hands them on beside the records.
    """
    del run_id, scored_at
    return fans.with_columns(campaignId=pl.lit(campaign_id)).select(
        pl.col(name).cast(dtype) for name, dtype in FANLIST_RECORD_SCHEMA.items()
    )
