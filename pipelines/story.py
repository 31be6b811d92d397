"""What every kind of file goes through, and its first half: a block's rows are accepted or rejected."""

from collections.abc import Iterator, Sequence
from typing import Protocol

import polars as pl

from pipelines import fanlist, noticed
from pipelines.addresses import BAD_EMAIL
from pipelines.clean import clean, rejected_forms
from pipelines.csv.scan import Block
from pipelines.lines import steps_of
from pipelines.noticed_rows import bit, count
from pipelines.rules import FAULTS, TOTALS_ROW, Rule
from pipelines.schema import LINE_NUMBER, ROW_NUMBER, Column
from pipelines.totals import Sorted, without_total


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


def sort_out(block: Block, story: Story, campaign_id: str) -> Sorted:
    """Return a block's accepted rows, its rejected ones, what was noticed, and which row might be a total."""
    rows = clean(block, story.IDENTIFYING)
    judged = in_memory(story.judge(rows.lazy(), campaign_id))
    good = judged.filter(pl.col(FAULTS) == 0)
    seen = count(
        [
            block.forms(),
            good.select(
                LINE_NUMBER, pl.col(noticed.NOTICED) | bit(noticed.DROPPED_ADDRESSES, pl.col(BAD_EMAIL))
            ),
            rejected_forms(judged.filter(pl.col(FAULTS) != 0), story.IDENTIFYING),
        ]
    )
    bad = block.raw(in_memory(story.reject(judged.lazy(), campaign_id)))
    last = good.select(ROW_NUMBER, LINE_NUMBER).top_k(1, by=ROW_NUMBER)
    last = block.raw(last.with_columns(reasons=pl.lit([TOTALS_ROW])))
    return Sorted(in_memory(story.accept(judged.lazy())), bad, seen, last, steps_of(judged))


def totals_cut(story: Story, blocks: Iterator[Sorted]) -> Iterator[Sorted]:
    """Reject the file's total, of a fanlist also one that only its score tells."""
    identifier = pl.coalesce(story.IDENTIFYING)
    return without_total(blocks, identifier, by_score=story is fanlist)


def in_memory(frame: pl.LazyFrame) -> pl.DataFrame:
    """Collect one block or bucket.

    Both are cut to fit: the streaming engine would only add its own cutting, and its plans that read one
    sorted frame three times take twice as long.
    """
    return frame.collect(engine="in-memory")
