"""Where records are cut out of a block, and which row and line numbers they and the remaining lines have."""

from dataclasses import dataclass

import polars as pl

from pipelines.csv.special_lines import BlockLines, Span
from pipelines.schema import LINE_NUMBER, ROW_NUMBER


@dataclass(frozen=True)
class Cuts:
    """Where records were cut out of a block, in its order.

    Attributes:
        before: how many of the remaining lines stand before each record.
        lines: how many lines the records up to each one have, none first.
    """

    before: pl.Series
    lines: pl.Series

    def places(self, blank: pl.Series) -> tuple[pl.Series, pl.Series]:
        """Return the row and line numbers of the records, given the remaining lines that are blank."""
        records = pl.int_range(len(self.before), dtype=pl.UInt32, eager=True)
        rows = self.before + records + 1 - _count_below(blank, self.before)
        return rows.alias(ROW_NUMBER), (self.before + self.lines.gather(records) + 1).alias(LINE_NUMBER)

    def lines_of(self, remaining: pl.Series) -> pl.Series:
        """Return the places, among the lines of the block, of remaining lines; all from 0."""
        return remaining + self.lines.gather(self._records_before(remaining))

    def places_of(self, remaining: pl.Series, blank: pl.Series) -> tuple[pl.Series, pl.Series]:
        """Return the row and line numbers of remaining lines; blank ones before them are no rows."""
        if self.before.is_empty():
            rows, lines = remaining + 1, remaining + 1
        else:
            rows, lines = remaining + 1 + self._records_before(remaining), self.lines_of(remaining) + 1
        return (rows - _count_below(blank, remaining)).alias(ROW_NUMBER), lines.alias(LINE_NUMBER)

    def _records_before(self, remaining: pl.Series) -> pl.Series:
        return self.before.search_sorted(remaining, side="right")


def cut(lines: BlockLines, spans: list[Span]) -> tuple[bytes, Cuts]:
    """Return the block without the spans, and where they were."""
    if not spans:
        return lines.block, Cuts(pl.Series(dtype=pl.UInt32), pl.Series([0], dtype=pl.UInt32))
    starts, ends = zip(*spans, strict=True)
    view = memoryview(lines.block)
    pieces = [view[end:start] for end, start in zip((0, *ends), (*starts, None), strict=True)]
    before = lines.before(starts)
    none = pl.Series([0], dtype=pl.UInt32)
    own = pl.concat([none, (lines.before(ends) - before).cum_sum()])
    return b"".join(pieces), Cuts(before - own.head(-1), own)


def _count_below(places: pl.Series, lines: pl.Series) -> pl.Series | int:
    """Return, for each line, how many of the places come before it."""
    return 0 if places.is_empty() else places.search_sorted(lines, side="left")
