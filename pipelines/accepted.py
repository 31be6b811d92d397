"""Accepted rows on local disk, in the order of the file, until it is known which fans have several.

Whether a row is its fan's only one shows once the file is read to its end. Most are, and have nothing to be
merged with: only the others go on to `spill`. The disk needs about as much room as the file has bytes.
"""

from collections.abc import Iterator
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import polars as pl
import pyarrow as pa


@dataclass(frozen=True)
class Piece:
    """Accepted rows that stood together in the file.

    Attributes:
        path: where they are.
        shared: whether a row's fan has other rows, in this piece or another.
    """

    path: Path
    shared: pl.Series

    def rows(self) -> pl.DataFrame:
        """Return the rows as they were accepted, in their order.

        Mapped into memory by Arrow: Polars' own reader copies what it reads.
        """
        with pa.memory_map(str(self.path)) as file:
            rows = pl.from_arrow(pa.ipc.open_file(file).read_all())
        assert isinstance(rows, pl.DataFrame)
        return rows


class Accepted:
    """Rows in a folder that is removed with its parent, and in memory a 64-bit hash of each one's identifier.

    Two identifiers with one hash do no harm: their rows pass for shared, and are told apart when merged.
    """

    def __init__(self, folder: Path, pool: Executor, *, identifier: str) -> None:
        folder.mkdir()
        self._folder = folder
        self._pool = pool
        self._identifier = identifier
        self._hashes: list[pl.Series] = []
        self._write: Future[None] | None = None

    def add(self, rows: pl.DataFrame) -> None:
        """Take rows; one write at a time, in the pool."""
        self._end_write()
        self._write = self._pool.submit(rows.write_ipc, self._path(len(self._hashes)))
        self._hashes.append(rows.get_column(self._identifier).hash())

    @property
    def height(self) -> int:
        """How many rows there are."""
        return sum(map(len, self._hashes))

    @property
    def shared(self) -> int:
        """How many rows share their fan with another, once all rows are there."""
        return int((self._follows | self._follows.shift(-1)).sum())

    def pieces(self) -> Iterator[Piece]:
        """Yield all rows in the order of the file, once all are there."""
        self._end_write()
        shared = self._sorted.filter(self._follows).unique().implode()
        for number, own in enumerate(self._hashes):
            yield Piece(self._path(number), own.is_in(shared))

    @cached_property
    def _sorted(self) -> pl.Series:
        return pl.concat([pl.Series(dtype=pl.UInt64()), *self._hashes]).sort()

    @cached_property
    def _follows(self) -> pl.Series:
        """Whether each of the sorted hashes is the one before it."""
        return (self._sorted == self._sorted.shift(1)).fill_null(value=False)

    def _path(self, number: int) -> Path:
        return self._folder / f"{number:06d}.arrow"

    def _end_write(self) -> None:
        if self._write is not None:
            self._write.result()
            self._write = None
