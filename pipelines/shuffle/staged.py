"""Accepted rows on local disk, in the file's order, until it is known which fans have several.

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

from pipelines.dedupe import cells


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
    """Rows in a folder that is removed with its parent; in memory each one's cells, and a hash of its fan.

    Two identifiers with one hash do no harm: their rows pass for shared, and are told apart when merged.
    """

    def __init__(self, folder: Path, pool: Executor, *, identifier: str) -> None:
        folder.mkdir()
        self._folder = folder
        self._pool = pool
        self._identifier = identifier
        self._hashes: list[pl.Series] = []
        self._cells: list[pl.Series] = []
        self._write: Future[None] | None = None

    def add(self, rows: pl.DataFrame) -> None:
        """Take rows; one write at a time, in the pool."""
        self._end_write()
        self._write = self._pool.submit(rows.write_ipc, self._path(len(self._hashes)))
        self._hashes.append(rows.get_column(self._identifier).hash())
        self._cells.append(rows.select(cells(rows.columns)).to_series())

    @property
    def height(self) -> int:
        """How many rows there are."""
        return sum(map(len, self._hashes))

    @property
    def shared_cells(self) -> int:
        """How much there is to merge (`dedupe.cells`), once all rows are there."""
        return sum(
            int(own.filter(shared).sum()) for own, shared in zip(self._cells, self._shared, strict=True)
        )

    def pieces(self) -> Iterator[Piece]:
        """Yield all rows in the order of the file, once all are there."""
        self._end_write()
        for number, shared in enumerate(self._shared):
            yield Piece(self._path(number), shared)

    @cached_property
    def _shared(self) -> list[pl.Series]:
        """Of each piece, which rows' fans have other rows."""
        ordered = pl.concat([pl.Series(dtype=pl.UInt64()), *self._hashes]).sort()
        several = ordered.filter(ordered == ordered.shift(1)).unique().implode()
        return [own.is_in(several) for own in self._hashes]

    def _path(self, number: int) -> Path:
        return self._folder / f"{number:06d}.arrow"

    def _end_write(self) -> None:
        if self._write is not None:
            self._write.result()
            self._write = None
