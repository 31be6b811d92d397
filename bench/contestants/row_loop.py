"""The contract row by row with the standard library's `csv`, in batches of 5,000.

The way such jobs are first written: read a batch, look at each row in turn, keep what is good in a dict of
fans; at the end, write the records in batches. Python's garbage collector, which would double its time over
so many small objects, is off: none of them are in cycles. Leaves out: file-wide refusals; headers in another
order, spelling or number.
"""

import csv
import gc
import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import compress, islice
from pathlib import Path
from typing import Any, TypeVar

import pyarrow as pa
import pyarrow.parquet as pq

from bench.contestants.common import (
    CAMPAIGN_ID,
    CONTROL,
    FILE_COLUMNS,
    LONGEST_ID,
    NO,
    OPTIONAL_NUMBERS,
    REASONS,
    RUN_ID,
    SCORED_AT,
    YES,
    Counts,
    main,
)

BATCH_ROWS = 5_000

_CONTROL = re.compile(CONTROL)
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
# How `surrogateescape` shows a byte that is no UTF-8.
_BAD_BYTE = re.compile("[\udc80-\udcff]")
_FLAGS = dict.fromkeys(YES, True) | dict.fromkeys(NO, False)
_TEXTS = pa.list_(pa.string())
_RECORD = pa.schema(
    [
        *((name, pa.string()) for name in ("campaignId", "globalUserId", "memberId", "email")),
        *((name, pa.string()) for name in ("firstName", "lastName", "phoneCountryCode", "phoneNumber")),
        ("score", pa.float64()),
        ("isVerified", pa.bool_()),
        *((name, pa.float64()) for name in OPTIONAL_NUMBERS),
        ("tags", _TEXTS),
        ("hbase", pa.string()),
        ("rank", pa.uint32()),
        ("events", _TEXTS),
        ("runId", pa.string()),
        ("scoredAt", pa.string()),
    ]
)
_REJECTED = pa.schema([("rowNumber", pa.uint32()), ("reasons", _TEXTS), ("raw", _TEXTS)])

Row = dict[str, Any]
T = TypeVar("T")


@dataclass
class Read:
    """What became of the rows so far: `fans` has the accepted rows of each fan in file order."""

    rows: int = 0
    fans: dict[str, list[Row]] = field(default_factory=dict)
    invalid_by: Counter[str] = field(default_factory=Counter)


def prepare(source: Path, folder: Path) -> Counts:
    """Reads all rows, then merges and writes the records of each fan."""
    gc.disable()
    (folder / "records").mkdir()
    read = Read()
    with (
        source.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file,
        pq.ParquetWriter(folder / "rejected.parquet", _REJECTED, compression="zstd") as rejects,
    ):
        lines = csv.reader(file)
        next(lines)
        for batch in _batches(row for row in lines if row):
            rejects.write_table(pa.Table.from_pylist(list(_judged(batch, read)), _REJECTED))
    for number, batch_of_fans in enumerate(_batches(read.fans.values())):
        records = pa.Table.from_pylist([merge(rows) for rows in batch_of_fans], _RECORD)
        path = folder / "records" / f"part-{number:05d}.parquet"
        pq.write_table(records, path, compression="zstd", compression_level=1, write_statistics=False)
    invalid, valid = read.invalid_by.total(), len(read.fans)
    by_reason = {reason: read.invalid_by[reason] for reason in REASONS if reason in read.invalid_by}
    return Counts(read.rows, invalid, read.rows - invalid - valid, valid, by_reason)


def _batches(values: Iterable[T]) -> Iterator[list[T]]:
    remaining = iter(values)
    while batch := list(islice(remaining, BATCH_ROWS)):
        yield batch


def _judged(batch: list[list[str]], read: Read) -> Iterator[Row]:
    """Keeps the batch's good rows in `read`; yields the rejected ones."""
    for cells in batch:
        read.rows += 1
        row, reasons = judge(cells)
        if reasons:
            read.invalid_by[reasons[0]] += 1
            yield {"rowNumber": read.rows, "reasons": reasons, "raw": [_shown(cell) for cell in cells]}
        else:
            read.fans.setdefault(row["globalUserId"], []).append(row)


def judge(cells: list[str]) -> tuple[Row, list[str]]:
    """One row's typed fields, and every reason to reject it."""
    row: Row = {name: cell.strip() or None for name, cell in zip(FILE_COLUMNS, cells, strict=False)}
    for name in FILE_COLUMNS[len(cells) :]:
        row[name] = None
    row["score"] = _number(row["score"])
    row["isVerified"] = _FLAGS.get((row["isVerified"] or "").lower())
    row["hbase"] = row["hbase"] and row["hbase"].lower()
    markets = _entries((row["marketPreferences"] or "").lower())
    row["rank"] = markets.index(row["hbase"]) if row["hbase"] in markets else None
    applies = (
        len(cells) > len(FILE_COLUMNS),
        _BAD_BYTE.search("".join(cells)) is not None,
        row["campaignId"] is not None and row["campaignId"] != CAMPAIGN_ID,
        row["globalUserId"] is None,
        _is_bad_id(row["globalUserId"] or ""),
        row["score"] is None or row["score"] < 0,
        row["isVerified"] is None,
        not _read_numbers(row),
        row["email"] is not None and not _EMAIL.fullmatch(row["email"]),
        row["rank"] is None,
    )
    return row, list(compress(REASONS, applies))


def _is_bad_id(text: str) -> bool:
    return _CONTROL.search(text) is not None or len(text.encode(errors="replace")) > LONGEST_ID


def _read_numbers(row: Row) -> bool:
    """Puts numbers for the optional numeric columns' text; whether all that was there is a number."""
    all_good = True
    for name in OPTIONAL_NUMBERS:
        text = row[name]
        row[name] = _number(text)
        all_good &= text is None or row[name] is not None
    return all_good


def _number(text: str | None) -> float | None:
    if text is None or not _NUMBER.fullmatch(text):
        return None
    value = float(text)
    return value + 0.0 if math.isfinite(value) else None


def _entries(text: str | None) -> list[str]:
    return [entry.strip() for entry in (text or "").split("|") if entry.strip()]


def _digits(text: str | None) -> str | None:
    return re.sub("[^0-9]+", "", text or "") or None


def _shown(cell: str) -> str:
    return _BAD_BYTE.sub(lambda found: f"\\x{ord(found[0]) - 0xDC00:02x}", cell)


def merge(rows: list[Row]) -> Row:
    """One fan's rows, in file order, as one record."""
    best_first = sorted(rows, key=lambda row: (-row["score"], row["rank"]))
    events: list[str | None] = [None] * (max(row["rank"] for row in rows) + 1)
    tags: dict[str, None] = {}
    for row in best_first:
        if events[row["rank"]] is None:
            events[row["rank"]] = row["hbase"]
        tags.update(dict.fromkeys(_entries(row["tags"])))
    winner = best_first[0]
    return winner | {
        "campaignId": CAMPAIGN_ID,
        "email": winner["email"] and winner["email"].lower(),
        "phoneCountryCode": _digits(winner["phoneCountryCode"]),
        "phoneNumber": _digits(winner["phoneNumber"]),
        "tags": list(tags) or None,
        "rank": min(row["rank"] for row in rows),
        "events": events,
        "runId": RUN_ID,
        "scoredAt": SCORED_AT,
    }


if __name__ == "__main__":
    main(prepare)
