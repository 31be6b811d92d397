"""A file's last row may be the sheet's totals, told by its identifier or a fanlist's score (SPEC 2)."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import polars as pl

from pipelines import noticed
from pipelines.schema import EMAIL, LINE_NUMBER, ROW_NUMBER, SCORE

# What a sheet or a program writes beside a total, in any case and with a colon behind it or not.
WORDS: tuple[str, ...] = (
    *("total", "totals", "grand total", "grand totals", "subtotal", "subtotals", "sub-total", "sub total"),
    *("sum", "average", "avg", "mean", "count", "row count", "total rows", "total count", "total fans"),
    *("gesamt", "gesamtsumme", "insgesamt", "summe", "zwischensumme", "durchschnitt", "anzahl", "totaal"),
    *("totale", "totale generale", "somma", "media", "total général", "total general", "sous-total"),
    *("somme", "moyenne", "suma", "suma total", "promedio", "soma", "razem", "summa", "totalt", "yhteensä"),
    *("trailer", "footer", "end", "eof", "end of file", "end of report"),
    *("toplam", "итого", "итог", "всего", "сумма", "разом", "合計", "小計", "总计", "合计", "합계"),
)
_COUNTED = r"\(?[0-9][0-9,. ]*\s(?:rows?|records?|fans?|entries|lines)\b.*"
TOTAL = rf"(?i)^(?:(?:{'|'.join(WORDS)})\s*(?::\s*[0-9,. ]*)?|{_COUNTED})$"
# So many rows may stand below a total: when the file was exported, by whom.
MOST_BELOW = 10
# The last of a few small numbers is easily the sum or the count of the others.
_FEWEST_OTHERS = 10


class Sorted(NamedTuple):
    """A block's rows once judged.

    Attributes:
        good: accepted rows.
        bad: rejected ones, as `schema.REJECTED_SCHEMA`.
        seen: what was noticed in them.
        last: the last of the accepted ones, as it would be rejected; no row where there is none.
        steps: where its rows begin (`lines.steps_of`).
    """

    good: pl.DataFrame
    bad: pl.DataFrame
    seen: noticed.Recognised
    last: pl.DataFrame
    steps: pl.DataFrame

    @property
    def height(self) -> int:
        """How many rows there are."""
        return self.good.height + self.bad.height


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


def without_total(blocks: Iterator[Sorted], identifier: pl.Expr, *, by_score: bool) -> Iterator[Sorted]:
    """Reject the last row that is accepted where it is a total; ten rows at the most may follow it.

    Args:
        blocks: of the file, in its order.
        identifier: of an accepted row.
        by_score: whether a score tells, too.
    """
    scores = Scores()
    held: list[Sorted] = []
    for block in blocks:
        if not block.good.is_empty() or sum(one.height for one in held[1:]) > MOST_BELOW:
            for one in held:
                scores.add(one.good)
            yield from held
            held = []
        held.append(block)
    if held:
        held[0] = _cut(held[0], sum(one.height for one in held[1:]), identifier, scores if by_score else None)
    yield from held


def _cut(block: Sorted, below: int, identifier: pl.Expr, scores: Scores | None) -> Sorted:
    """Reject a block's last accepted row if it is a total.

    Args:
        block: the last one with accepted rows.
        below: rows after the block.
        identifier: of an accepted row.
        scores: of the accepted rows before the block; None where no score tells.
    """
    if block.last.is_empty():
        return block
    number, line = block.last.row(0, named=True)[ROW_NUMBER], block.last.row(0, named=True)[LINE_NUMBER]
    below += block.bad.filter(pl.col(ROW_NUMBER) > number).height
    if below > MOST_BELOW:
        return block
    row = block.good.filter(pl.col(ROW_NUMBER) == number)
    if row.get_column(EMAIL.name).count():
        return block  # a total has no address
    others = block.good.filter(pl.col(ROW_NUMBER) != number)
    has_word = bool(row.select(identifier.str.contains(TOTAL).fill_null(value=False)).item())
    if not has_word:
        if scores is None:
            return block
        scores.add(others)
        if not scores.is_total(row.get_column(SCORE.name)[0]):
            return block
    seen = dict(block.seen)
    if has_word and (words := seen.pop(noticed.TOTAL_WORDS.name, None)) and words.rows > 1:
        seen[noticed.TOTAL_WORDS.name] = words.without(line)
    total = noticed.Seen(1, first=[line], last=[line])
    total.add(seen.get(noticed.TOTALS_ROW.name, noticed.Seen()))
    seen[noticed.TOTALS_ROW.name] = total
    bad = pl.concat([block.bad, block.last]).sort(ROW_NUMBER)
    return block._replace(good=others, bad=bad, seen=seen, last=block.last.clear())
