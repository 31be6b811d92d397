"""Where in a chunk the faulty, the odd and the repeated rows stand, and how their cells are spoilt."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np
import polars as pl
from numpy.typing import NDArray

# Fakes for what a frame of text cannot hold; the writer puts in one field too many, and a lone
# Latin-1 byte.
SURPLUS_FIELD = "\x01"
INVALID_BYTE = "\x02"

# From this size on a sample shows every reason, and the commonest in several ways.
SHOWCASE_ROWS = 200
_SHOWCASE_FAULTS = 12

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Fault:
    """A way to spoil a row: the reason that the contract lists first for it, and the cells it sets.

    A fault without a reason is an oddity: unusual, and valid.
    """

    cells: dict[str, str | None]
    reason: str | None = None


@dataclass(frozen=True)
class Plan:
    """One chunk's rows: `fan_of[i]` is the row whose fan stands in row i, itself unless repeated.

    A fan that stands twice is never spoilt, so that what becomes of the file is known beforehand.
    """

    rng: np.random.Generator
    start: int
    rows: int
    fan_of: Ints
    plain: Ints
    faulty: list[tuple[Fault, Ints]] = field(default_factory=list)

    @property
    def repeats(self) -> int:
        """Rows that are merged into another row of their fan."""
        return int((self.fan_of != np.arange(self.rows)).sum())

    def reasons(self) -> Counter[str]:
        """Give the chunk's rejected rows by first reason."""
        counts: Counter[str] = Counter()
        for fault, positions in self.faulty:
            if fault.reason is not None and len(positions):
                counts[fault.reason] += len(positions)
        return counts

    @classmethod
    def draw(
        cls,
        rng: np.random.Generator,
        *,
        start: int,
        rows: int,
        all_rows: int,
        faults: list[Fault],
        faulty_share: float,
        repeated_share: float,
    ) -> Self:
        """Draws a chunk. Faults go round in the order of `faults`, through the whole file."""
        shuffled = rng.permutation(rows)
        repeated = _between(round(all_rows * repeated_share), start, rows, all_rows)
        bad = _between(_faulty_rows(faults, all_rows, faulty_share), start, rows, all_rows)
        # Each repeated row needs another to repeat; a last chunk of a few rows may have too few for all.
        last = min(len(repeated), rows // 2)
        count = min(len(bad), rows - 2 * last)
        fan_of = np.arange(rows)
        if last:
            # They take their fans from as many others; the rest is free to be spoilt.
            fan_of[shuffled[:last]] = rng.choice(shuffled[last : 2 * last], size=last)
        free = shuffled[2 * last :]
        turn = np.arange(bad.start, bad.start + count) % max(len(faults), 1)
        faulty = [(fault, free[:count][turn == number]) for number, fault in enumerate(faults)]
        return cls(rng, start, rows, fan_of, free[count:], faulty)

    def with_oddities(self, oddities: list[Fault], share: float) -> list[tuple[Fault, Ints]]:
        """Give the faults, and oddities on `share` of the rows each (one each where a file is small)."""
        each = max(round(self.rows * share), 1)
        return self.faulty + [
            (oddity, self.plain[number * each : (number + 1) * each])
            for number, oddity in enumerate(oddities)
        ]


def spoil(frame: pl.DataFrame, faulty: list[tuple[Fault, Ints]]) -> pl.DataFrame:
    """Set the cells of faulty and odd rows."""
    columns: dict[str, pl.Series] = {}
    for fault, positions in faulty:
        if not len(positions):
            continue
        for name, cell in fault.cells.items():
            column = columns.get(name, frame[name])
            columns[name] = column.scatter(pl.Series(positions), pl.Series([cell], dtype=pl.String))
    return frame.with_columns(**columns)


def pick(values: list[Any], positions: NDArray[Any], dtype: Any = pl.String) -> pl.Series:
    """Give the values at the positions, as a column."""
    return pl.Series(values, dtype=dtype).gather(pl.Series(positions))


def _faulty_rows(faults: list[Fault], rows: int, share: float) -> int:
    showcase = min(_SHOWCASE_FAULTS, len(faults)) if rows >= SHOWCASE_ROWS else 0
    return max(round(rows * share), showcase)


def _between(total: int, start: int, rows: int, all_rows: int) -> range:
    """Which of `total` things, spread evenly over all rows, fall into these."""
    return range(start * total // all_rows, (start + rows) * total // all_rows)
