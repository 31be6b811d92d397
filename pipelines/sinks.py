"""Where Prepare's results go: partitions of records and the file of rejected rows, local or on S3."""

import json
import re
from collections import Counter, deque
from collections.abc import Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from pipelines.errors import InvalidFileError
from pipelines.schema import LINE_NUMBER, REJECTED_SCHEMA, ROW_NUMBER

# A partition is a child of a Map, which collects what its children return, failed ones too, into one state of
# at most 262,144 bytes: 52 bytes of each.
MOST_PARTITIONS = 5_000
# The rest is for files of so long records that partitions end by their bytes.
_FULL_PARTITIONS = 4_000
_WRITES_AT_ONCE = 2
# A partition is read whole, twice over as JSON. Of 5,000 scores it has 3 MB.
_PARTITION_BYTES = 32 << 20
# A slice's lists still hold all lists of the frame it was cut from, and Parquet's writer goes through them
# all: copied out first, small partitions are written in half the time.
_LISTS = pl.col(pl.List(pl.String()))
_OWN_LISTS = _LISTS.gather(pl.int_range(pl.len()))
# What a spreadsheet takes for the beginning of a formula.
_FORMULA = re.compile(r"^[=+\-@\t\r]")


@dataclass(frozen=True)
class Partition:
    """One Parquet file of records, numbered from 0."""

    partition: int
    uri: str
    records: int


def rows_of_partition(records: int, wanted: int) -> int:
    """How many records a partition has, so that there are not too many partitions of a file's records."""
    return max(wanted, -(-records // _FULL_PARTITIONS))


class Partitions:
    """Cuts a stream of records into Parquet files of a fixed number of rows, written in the pool.

    Where so many rows are too many bytes to be read at once, files have fewer.
    """

    def __init__(
        self, folder_uri: str, rows: int, pool: Executor, storage_options: dict[str, str] | None
    ) -> None:
        self._folder_uri = folder_uri.rstrip("/")
        self._rows = rows
        self._pool = pool
        self._storage_options = storage_options
        self._rest: list[pl.DataFrame] = []
        self._written: list[Partition] = []
        self._writes: deque[Future[None]] = deque()

    def add(self, records: pl.DataFrame) -> None:
        """Take records; whole partitions are written at once, what is left waits for more."""
        self._rest.append(records)
        waiting = pl.concat(self._rest)
        whole = waiting.height - waiting.height % self._rows
        for start in range(0, whole, self._rows):
            self._write(waiting.slice(start, self._rows))
        rest = waiting.slice(whole)
        if _bytes_of(rest) > _PARTITION_BYTES:
            self._write(rest)
            rest = rest.clear()
        self._rest = [rest]

    def close(self) -> list[Partition]:
        """Write what is left and return all partitions."""
        if self._rest and self._rest[0].height:
            self._write(self._rest[0])
        self._rest = []
        while self._writes:
            self._writes.popleft().result()
        return self._written

    def _write(self, records: pl.DataFrame) -> None:
        if records.height > 1 and _bytes_of(records) > _PARTITION_BYTES:
            middle = records.height // 2
            self._write(records.slice(0, middle))
            self._write(records.slice(middle))
            return
        number = len(self._written)
        if number == MOST_PARTITIONS:
            raise InvalidFileError(
                f"The file's records are too long to be published in {MOST_PARTITIONS:,} parts: "
                "split the file, and upload one part after another."
            )
        uri = f"{self._folder_uri}/part-{number:05d}.parquet"
        self._writes.append(self._pool.submit(_write_part, records, uri, self._storage_options))
        if len(self._writes) > _WRITES_AT_ONCE:
            self._writes.popleft().result()
        self._written.append(Partition(number, uri, records.height))


class Rejects:
    """Collects rejected rows in a local folder and publishes them as one file."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._folder.mkdir()
        self._files: list[Path] = []
        self._by_first_reason: Counter[str] = Counter()
        self.height = 0

    def add(self, rejected: pl.DataFrame) -> None:
        """Take rows as `schema.REJECTED_SCHEMA` has them."""
        if rejected.is_empty():
            return
        path = self._folder / f"{len(self._files):06d}.arrow"
        rejected.write_ipc(path, compression="lz4")
        self._files.append(path)
        self.height += rejected.height
        first = rejected.get_column("reasons").list.first().value_counts(name="rows")
        self._by_first_reason.update(dict(first.iter_rows()))

    def by_first_reason(self, order: Sequence[str]) -> dict[str, int]:
        """Return how many rows have each reason as their first one, in the given order, without zeros."""
        found = self._by_first_reason
        return {reason: found[reason] for reason in order if found[reason]}

    def publish(self, uri: str, header: Sequence[str], storage_options: dict[str, str] | None) -> None:
        """Write all rows in the order they came, none included; the header goes into the metadata.

        Beside the Parquet file stands a CSV of the same name for a spreadsheet.
        """
        rows = pl.scan_ipc(self._files) if self._files else pl.LazyFrame(schema=REJECTED_SCHEMA)
        write_parquet(rows, uri, storage_options, metadata={"header": json.dumps(header, ensure_ascii=False)})
        table = spreadsheet(rows, header)
        table.sink_csv(csv_beside(uri), storage_options=storage_options, mkdir="://" not in uri)


def csv_beside(uri: str) -> str:
    """Return where the CSV of a Parquet file stands."""
    return uri.removesuffix(".parquet") + ".csv"


def spreadsheet(rejected: pl.LazyFrame, header: Sequence[str]) -> pl.LazyFrame:
    """Return rejected rows with a column for each of the file's, and no cell that a spreadsheet computes.

    Fields beyond the header are in one column; a name that is there before has its place after it.
    """
    raw, names = pl.col("raw"), [ROW_NUMBER, LINE_NUMBER, "reasons"]
    for place, name in enumerate((*header, "beyondTheHeader"), 1):
        plain = "'" * bool(_FORMULA.match(name)) + name
        while plain in names:
            plain += f" ({place})"
        names.append(plain)
    fields = [raw.list.get(place, null_on_oob=True) for place in range(len(header))]
    texts = [pl.col("reasons").list.join(" "), *fields, raw.list.slice(len(header)).list.join(",")]
    defused = [
        pl.when(text.str.contains(_FORMULA.pattern)).then("'" + text).otherwise(text) for text in texts
    ]
    columns = [pl.col(ROW_NUMBER), pl.col(LINE_NUMBER), *defused]
    return rejected.select(column.alias(name) for column, name in zip(columns, names, strict=True))


def _bytes_of(records: pl.DataFrame) -> int:
    """How much memory records take: their texts, and 16 bytes for each entry of a list, null or not."""
    entries = records.select(pl.sum_horizontal(_LISTS.list.len().sum())).item()
    return int(records.estimated_size()) + 16 * int(entries)


def _write_part(records: pl.DataFrame, uri: str, storage_options: dict[str, str] | None) -> None:
    write_parquet(records.with_columns(_OWN_LISTS).lazy(), uri, storage_options)


def height(rows: pl.LazyFrame) -> int:
    """Return how many rows there are; of Parquet files their footers tell."""
    return int(rows.select(pl.len()).collect().item())


def write_parquet(
    rows: pl.LazyFrame,
    uri: str,
    storage_options: dict[str, str] | None,
    metadata: dict[str, str] | None = None,
) -> None:
    """Write rows to a local path, whose folder is made, or to `s3://bucket/key`."""
    is_local = "://" not in uri
    rows.sink_parquet(
        uri,
        compression="zstd",
        compression_level=1,
        statistics=False,
        storage_options=storage_options,
        metadata=metadata,
        mkdir=is_local,
    )
