"""The scrubbed contract row by row with the standard library's `csv`, dicts and loops.

The way such jobs are first written: look at each row in turn, keep what is good in a dict of fans; at the
end, write the records. The rules are the tests' own: written from the contract alone, they share no code
with `pipelines/`. Python's garbage collector, which would double its time over so many small objects, is
off: none of them are in cycles. Leaves out: refusals of whole files, cleaning, totals rows.
"""

import csv
import gc
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

import pyarrow as pa
import pyarrow.parquet as pq

from bench.contestants import CAMPAIGN_ID, RUN_ID, SCORED_AT, Counts, counts, main
from tests.pipelines.reference import OPTIONAL, REQUIRED, merge, ranked, reasons_of
from tests.pipelines.reference_cells import BAD_BYTE, NUMBERS

_BATCH = 5_000
_COLUMNS = {name.lower(): name for name in (*REQUIRED, *OPTIONAL)}
_TEXTS = pa.list_(pa.string())
_TYPES = dict.fromkeys(("score", *NUMBERS), pa.float64()) | dict.fromkeys(("tags", "events"), _TEXTS)
_TYPES |= {"isVerified": pa.bool_(), "rank": pa.uint32()}
_REJECTED = pa.schema([("rowNumber", pa.uint32()), ("reasons", _TEXTS), ("raw", _TEXTS)])

T = TypeVar("T")


def prepare(source: Path, folder: Path) -> Counts:
    """Read all rows, then merge and write the records of each fan."""
    gc.disable()
    (folder / "records").mkdir()
    fans: dict[str, list[dict[str, Any]]] = {}
    rejected: list[dict[str, Any]] = []
    row_number = 0
    with source.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
        lines = csv.reader(file)
        names = [_COLUMNS.get(name.strip().lower()) for name in next(lines)]
        for row_number, cells in enumerate((cells for cells in lines if cells), start=1):
            fields = ranked(_combine(names, cells))
            if reasons := reasons_of(fields, cells, len(names), CAMPAIGN_ID):
                raw = [BAD_BYTE.sub(_shown, cell) for cell in cells]
                rejected.append({"rowNumber": row_number, "reasons": reasons, "raw": raw})
            else:
                fans.setdefault(fields["globalUserId"], []).append(fields)
    pq.write_table(pa.Table.from_pylist(rejected, _REJECTED), folder / "rejected.parquet", compression="zstd")
    records = (merge(rows, CAMPAIGN_ID, RUN_ID, SCORED_AT) for rows in fans.values())
    for number, batch in enumerate(_batches(records)):
        schema = pa.schema([(name, _TYPES.get(name, pa.string())) for name in batch[0]])
        table, path = pa.Table.from_pylist(batch, schema), folder / "records" / f"part-{number:05d}.parquet"
        pq.write_table(table, path, compression="zstd", compression_level=1, write_statistics=False)
    return counts(row_number, Counter(row["reasons"][0] for row in rejected), len(fans))


def _combine(names: list[str | None], cells: list[str]) -> dict[str, str | None]:
    """Give a row's trimmed fields, None where empty; of a repeated column the first value, all the tags."""
    row: dict[str, str | None] = dict.fromkeys(_COLUMNS.values())
    for name, cell in zip(names, cells, strict=False):
        value = cell.strip()
        if not value or name is None:
            continue
        if row[name] is None:
            row[name] = value
        elif name == "tags":
            row[name] = f"{row[name]}|{value}"
    return row


def _shown(found: re.Match[str]) -> str:
    return f"\\x{ord(found[0]) - 0xDC00:02x}"


def _batches(values: Iterable[T]) -> Iterator[list[T]]:
    remaining = iter(values)
    while batch := list(islice(remaining, _BATCH)):
        yield batch


if __name__ == "__main__":
    main(prepare)
