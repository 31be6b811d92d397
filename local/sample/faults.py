"""Bad, odd and repeated rows: which ones by their numbers, never by chance, and how cells are spoilt."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

# Marks for what a frame of text cannot hold: the writer puts one field too many there, and a lone
# Latin-1 byte.
SURPLUS_FIELD = "\x01"
INVALID_BYTE = "\x02"

# Each of the four has every fourth row, so that a fan that stands twice is never spoilt.
EVERY = 4
REPEATED, REPEATING, ODD, BAD = range(EVERY)

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Fault:
    """A way to spoil a row: the reason that the contract lists first for it, and the cells it sets.

    A fault without a reason is an oddity: unusual, and valid.
    """

    cells: dict[str, str | None]
    reason: str | None = None


BAD_SCORES = [
    Fault({"score": score}, "bad_score") for score in ("-3.5", "eighty", "nan", "1e400", "1,000", "1_0")
]
ODD_CELLS = [
    *(Fault({"score": score}) for score in ("+87.5", "8.75E1", "007")),
    Fault({"firstName": "Ana, Maria"}),
    Fault({"lastName": 'de "la" Cruz'}),
    Fault({"tags": "vip| |presale|vip|"}),
]


def spread(count: int, rows: int, which: int) -> Ints:
    """Numbers of `count` rows, evenly spread over a file of `rows`, all of the sort `which`."""
    found = np.arange(count) * rows // (max(count, 1) * EVERY) * EVERY + which
    return found[found < rows]


def placed(faults: Sequence[Fault], numbers: Ints, chunk: range) -> list[tuple[Fault, Ints]]:
    """Give each fault its rows of a chunk, counted from its first; they go round through the whole file."""
    turn = np.arange(len(numbers)) % len(faults)
    here = (numbers >= chunk.start) & (numbers < chunk.stop)
    return [(fault, numbers[here & (turn == n)] - chunk.start) for n, fault in enumerate(faults)]


def spoil(frame: pl.DataFrame, faulty: list[tuple[Fault, Ints]]) -> pl.DataFrame:
    """Set the cells of faulty and odd rows."""
    columns = {column.name: column for column in frame}
    for fault, rows in faulty:
        for name, cell in fault.cells.items():
            columns[name] = columns[name].scatter(pl.Series(rows), cell)
    return pl.DataFrame(columns)


def pick(values: Sequence[Any], positions: NDArray[Any]) -> pl.Series:
    """Give the values at the positions, as a column of text."""
    return pl.Series(values, dtype=pl.String).gather(pl.Series(positions))
