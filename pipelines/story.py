"""What every kind of file goes through, and its first half: a block's rows are accepted or rejected."""

from collections.abc import Sequence
from typing import Protocol

import polars as pl

from pipelines import fanlist, noticed
from pipelines.clean import clean, rejected_forms
from pipelines.csv.scan import Block
from pipelines.lines import steps_of
from pipelines.noticed_rows import bit, count
from pipelines.rules import FAULTS, TOTALS_ROW, Rule
from pipelines.schema import LINE_NUMBER, ROW_NUMBER, Column
from pipelines.totals import Scores, total_of


class Story(Protocol):
    """What a kind of file goes through: `scrubbed` and `fanlist` are two."""

    @property
    def COLUMNS(self) -> Sequence[Column]:  # noqa: N802
        """Columns that the kind of file has."""

    @property
    def IDENTIFIER(self) -> str:  # noqa: N802
        """Column that says who the fan is, once rows are accepted."""

    @property
    def IDENTIFYING(self) -> Sequence[str]:  # noqa: N802
        """Columns of the file of which the first that is present says so."""

    def rules_of(self, campaign_id: str) -> list[Rule]:
        """Return why a row is rejected, in the contract's order."""

    def judge(self, rows: pl.LazyFrame, campaign_id: str) -> pl.LazyFrame:
        """Find what is wrong with each row."""

    def accept(self, judged: pl.LazyFrame) -> pl.LazyFrame:
        """Keep the rows without fault."""

    def reject(self, judged: pl.LazyFrame, campaign_id: str) -> pl.LazyFrame:
        """Keep the rows with faults: `rowNumber, lineNumber, reasons`."""

    def alone(self, accepted: pl.LazyFrame) -> pl.LazyFrame:
        """Turn the only row of each fan into one fan."""

    def merged(self, accepted: pl.LazyFrame) -> pl.LazyFrame:
        """Merge all rows of each fan into one fan."""

    def records(self, fans: pl.LazyFrame, *, campaign_id: str, run_id: str, scored_at: str) -> pl.LazyFrame:
        """Return one record a fan."""


def sort_out(
    block: Block, story: Story, campaign_id: str
) -> tuple[pl.DataFrame, tuple[pl.DataFrame, pl.DataFrame, noticed.Recognised, Block | None]]:
    """Return where a block's rows begin, and what became of them.

    That is `lines.steps_of`, and: accepted rows, rejected ones, what was noticed, the block if the last.
    """
    rows = clean(block, story.IDENTIFYING)
    judged = in_memory(story.judge(rows.lazy(), campaign_id))
    seen = count(
        [
            block.forms(),
            judged.select(LINE_NUMBER, noticed.NOTICED, FAULTS).filter(pl.col(FAULTS) == 0),
            rejected_forms(judged.filter(pl.col(FAULTS) != 0), story.IDENTIFYING),
        ]
    )
    bad = block.raw(in_memory(story.reject(judged.lazy(), campaign_id)))
    good = in_memory(story.accept(judged.lazy()))
    return steps_of(judged), (good, bad, seen, block if block.last else None)


def without_total(
    story: Story,
    good: pl.DataFrame,
    bad: pl.DataFrame,
    seen: noticed.Recognised,
    block: Block | None,
    before: Scores,
) -> tuple[pl.DataFrame, pl.DataFrame, noticed.Recognised]:
    """Reject a fanlist's last row where it is the total of all others; `before` takes the block's scores."""
    if story is not fanlist:
        return good, bad, seen
    if block is None or block.last is None:
        before.add(good)
        return good, bad, seen
    total = total_of(good, block.last, before)
    if total.is_empty():
        return good, bad, seen
    rows = block.rows().filter(pl.col(ROW_NUMBER) == block.last).select(ROW_NUMBER, LINE_NUMBER)
    row = in_memory(rows.with_columns(reasons=pl.lit([TOTALS_ROW])))
    bits = row.select(LINE_NUMBER, bit(noticed.TOTALS_ROW, pl.lit(value=True)).alias(noticed.NOTICED))
    seen = dict(seen) | count([bits])
    return good.filter(pl.col(ROW_NUMBER) != block.last), pl.concat([bad, block.raw(row)]), seen


def in_memory(frame: pl.LazyFrame) -> pl.DataFrame:
    """Collect one block or bucket.

    Both are cut to fit: the streaming engine would only add its own cutting, and its plans that read one
    sorted frame three times take twice as long.
    """
    return frame.collect(engine="in-memory")
