"""Rows that share their fans, on their way from the order of the file to that of the fans, on local disk.

Every row of a fan goes into the same bucket, and a bucket is small enough to sort in memory: that is what
keeps memory flat however long the file is. The disk needs about as much room as the file has bytes.
"""

from collections.abc import Iterator
from concurrent.futures import Executor, Future
from pathlib import Path

import polars as pl

_BUCKET = "_bucket"
# Sorted and merged in memory at once: about 250,000 rows of scores.
BUCKET_CELLS = 6_000_000
# Wait in memory for a write: less would make small files.
_WAITING_BYTES = 128 << 20


class Spill:
    """Buckets of rows in a folder that is removed with its parent; one write at a time, in the pool.

    Args:
        cells: how much is to come, by `dedupe.cells`. Little enough for one bucket stays in memory.
    """

    def __init__(self, folder: Path, pool: Executor, *, identifier: str, cells: int) -> None:
        folder.mkdir()
        self._folder = folder
        self._pool = pool
        self._write: Future[None] | None = None
        self._identifier = identifier
        self._buckets = max(1, -(-cells // BUCKET_CELLS))
        self._waiting: list[pl.DataFrame] = []
        self._waiting_bytes = 0
        self._writes = 0

    def add(self, rows: pl.DataFrame) -> None:
        """Take rows; their order stays that of the calls."""
        self._waiting.append(rows)
        self._waiting_bytes += int(rows.estimated_size())
        if self._buckets > 1 and self._waiting_bytes >= _WAITING_BYTES:
            self._start_write()

    def buckets(self) -> Iterator[pl.LazyFrame]:
        """Yield the rows of each bucket that has any; a fan is in exactly one."""
        if self._buckets == 1:
            if self._waiting:
                yield pl.concat(self._waiting).lazy()
            return
        self._start_write()
        self._end_write()
        for folder in sorted(self._folder.iterdir()):
            yield pl.scan_parquet(sorted(folder.iterdir()))

    def _start_write(self) -> None:
        self._end_write()
        if self._waiting:
            self._write = self._pool.submit(self._write_buckets, self._waiting, self._writes)
            self._waiting, self._waiting_bytes = [], 0
            self._writes += 1

    def _end_write(self) -> None:
        if self._write is not None:
            self._write.result()
            self._write = None

    def _write_buckets(self, waiting: list[pl.DataFrame], number_of_write: int) -> None:
        bucket = pl.col(self._identifier).hash() % self._buckets
        rows = pl.concat(waiting).with_columns(bucket.alias(_BUCKET))
        for (number,), part in rows.partition_by(_BUCKET, as_dict=True, include_key=False).items():
            folder = self._folder / f"{number:05d}"
            folder.mkdir(exist_ok=True)
            # Rows repeat markets, names and tags: the dictionaries of Parquet save more than they cost,
            # compression on top of them does not.
            part.write_parquet(
                folder / f"{number_of_write:06d}.parquet", compression="uncompressed", statistics=False
            )
