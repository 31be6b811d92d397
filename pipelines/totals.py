"""Whether a fanlist's last row is a row of totals: found by its score if its identifier does not say so."""

import math
from dataclasses import dataclass

import polars as pl

from pipelines.schema import ROW_NUMBER, SCORE

# The last of a few small numbers is easily the sum or the count of the others.
_FEWEST_OTHERS = 10


@dataclass
class Scores:
    """Of the accepted rows so far."""

    rows: int = 0
    total: float = 0.0
    highest: float = 0.0

    def add(self, accepted: pl.DataFrame) -> None:
        """Take accepted rows."""
        score = accepted.get_column(SCORE.name)
        self.rows += accepted.height
        self.total += float(score.sum())
        self.highest = max(self.highest, *score.top_k(1).to_list(), 0.0)

    def is_total(self, score: float) -> bool:
        """Whether a score, higher than ten others or more, is their sum or, far above them, their count.

        Where scores are places (0, 1, 2, ...), the last one is the count of the others too.
        """
        if self.rows < _FEWEST_OTHERS or score <= self.highest:
            return False
        is_count = score == self.rows and score >= 2 * self.highest
        return is_count or math.isclose(score, self.total, rel_tol=1e-9)


def total_of(accepted: pl.DataFrame, last: int, before: Scores) -> pl.DataFrame:
    """Return the file's last row if it is the total of all others, else no row.

    Args:
        accepted: rows of the block with the last row.
        last: its number.
        before: of the blocks before.
    """
    row = accepted.filter(pl.col(ROW_NUMBER) == last)
    if row.is_empty():
        return row
    others = Scores(**vars(before))
    others.add(accepted.filter(pl.col(ROW_NUMBER) != last))
    return row if others.is_total(row.get_column(SCORE.name)[0]) else row.clear()
