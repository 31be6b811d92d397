"""In which line of the file a row begins, for the few rows that are named.

Nearly all rows stand as many lines behind their number as the row before them: only where that changes (a
blank line, a field with a line break, a repeated header) something is kept.
"""

import polars as pl

from pipelines.schema import LINE_NUMBER, ROW_NUMBER

_BEHIND = "_behind"


def steps_of(rows: pl.DataFrame) -> pl.DataFrame:
    """Return `rowNumber, _behind` of a block's first row and of each that is behind otherwise.

    Args:
        rows: a block's, with `rowNumber` and `lineNumber`.
    """
    behind = rows.select(ROW_NUMBER, (pl.col(LINE_NUMBER) - pl.col(ROW_NUMBER)).alias(_BEHIND))
    # Judged rows are in no order: those that were cleaned by another way come behind the others.
    behind = behind.sort(ROW_NUMBER)
    return behind.filter(pl.col(_BEHIND).ne_missing(pl.col(_BEHIND).shift()))


class Lines:
    """Where the rows of a file begin; takes the steps of its blocks in their order."""

    def __init__(self) -> None:
        self._steps: list[pl.DataFrame] = []

    def add(self, steps: pl.DataFrame) -> None:
        """Take a block's `steps_of`."""
        self._steps.append(steps)

    def beside(self, rows: pl.LazyFrame) -> pl.LazyFrame:
        """Return rows with their `lineNumber` beside their `rowNumber`, in that order."""
        steps = pl.concat(self._steps).lazy().set_sorted(ROW_NUMBER)
        placed = rows.sort(ROW_NUMBER).join_asof(steps, on=ROW_NUMBER)
        return placed.with_columns((pl.col(ROW_NUMBER) + pl.col(_BEHIND)).alias(LINE_NUMBER)).drop(_BEHIND)

    def of(self, rows: list[int]) -> list[int]:
        """Return the lines of some rows, both ascending."""
        if not rows:
            return []
        numbers = pl.LazyFrame({ROW_NUMBER: rows}, schema={ROW_NUMBER: pl.UInt32()})
        return self.beside(numbers).collect().get_column(LINE_NUMBER).to_list()
