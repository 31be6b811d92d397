"""Rows on their way from the order of the file to the order of the fans, on local disk.

Every row of a fan goes into the same bucket, and a bucket is small enough to sort in memory: that is what
keeps memory flat however long the file is. The disk needs about as much room as the file has bytes.
"""

from collections.abc import Iterator
from pathlib import Path

import polars as pl

_BUCKET = "_bucket"
# About what one bucket holds of the file: sorted and merged in memory at once.
BUCKET_BYTES = 64 << 20


class Spill:
    """Buckets of rows in a folder that the caller owns and removes."""

    def __init__(self, folder: Path, *, identifier: str, plain_bytes: int) -> None:
        folder.mkdir()
        self._folder = folder
        self._identifier = identifier
        self._buckets = max(1, -(-plain_bytes // BUCKET_BYTES))
        self._written = 0

    def add(self, rows: pl.DataFrame) -> None:
        """Add rows; their order stays that of the calls."""
        bucket = pl.col(self._identifier).hash() % self._buckets
        parts = rows.with_columns(bucket.alias(_BUCKET)).partition_by(_BUCKET, as_dict=True, include_key=False)
        for (number,), part in parts.items():
            folder = self._folder / f"{number:05d}"
            folder.mkdir(exist_ok=True)
            part.write_ipc(folder / f"{self._written:06d}.arrow", compression="lz4")
        self._written += 1

    def buckets(self) -> Iterator[pl.LazyFrame]:
        """Yield the rows of each bucket that has any; a fan is in exactly one."""
        for folder in sorted(self._folder.iterdir()):
            yield pl.scan_ipc(sorted(folder.iterdir()))
