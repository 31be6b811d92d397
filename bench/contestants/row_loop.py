"""The scrubbed contract row by row with the standard library's `csv`, dicts and loops.

The way such jobs are first written: look at each row in turn, keep what is good in a dict of fans; at the
end, write the records. Python's garbage collector, which would double its time over so many small objects, is
off: none of them are in cycles. Leaves out: refusals of whole files. Written from the contract alone, it
shares no code with `pipelines/`: the tests hold Prepare against these rules as well.
"""

import csv
import gc
import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import compress, islice
from pathlib import Path
from typing import Any, TypeVar

import pyarrow as pa
import pyarrow.parquet as pq

from bench.contestants.common import (
    CAMPAIGN_ID,
    COLUMNS,
    CONTROL,
    LONGEST_ID,
    NO,
    NUMBERS,
    REASONS,
    RUN_ID,
    SCORED_AT,
    YES,
    Counts,
    counts,
    main,
)

EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
# How `surrogateescape` shows a byte that is no UTF-8.
BAD_BYTE = re.compile("[\udc80-\udcff]")
_BATCH = 5_000
_CONTROL = re.compile(CONTROL)
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
_FLAGS = dict.fromkeys(YES, True) | dict.fromkeys(NO, False)
_TEXTS = pa.list_(pa.string())
_TYPES = dict.fromkeys(("score", *NUMBERS), pa.float64()) | dict.fromkeys(("tags", "events"), _TEXTS)
_TYPES |= {"isVerified": pa.bool_(), "rank": pa.uint32()}
_FIELDS = (
    *("campaignId", "globalUserId", "memberId", "email", "firstName", "lastName", "phoneCountryCode"),
    *("phoneNumber", "score", "isVerified", *NUMBERS, "tags", "hbase", "rank", "events", "runId", "scoredAt"),
)
_RECORD = pa.schema([(name, _TYPES.get(name, pa.string())) for name in _FIELDS])
_REJECTED = pa.schema([("rowNumber", pa.uint32()), ("reasons", _TEXTS), ("raw", _TEXTS)])

Row = dict[str, Any]
T = TypeVar("T")


def prepare(source: Path, folder: Path) -> Counts:
    """Read all rows, then merge and write the records of each fan."""
    gc.disable()
    (folder / "records").mkdir()
    fans: dict[str, list[Row]] = {}
    rejected: list[Row] = []
    row_number = 0
    with source.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
        lines = csv.reader(file)
        names = named(next(lines))
        for row_number, cells in enumerate((cells for cells in lines if cells), start=1):
            row, reasons = judge(names, cells, CAMPAIGN_ID)
            if reasons:
                raw = [BAD_BYTE.sub(_shown, cell) for cell in cells]
                rejected.append({"rowNumber": row_number, "reasons": reasons, "raw": raw})
            else:
                fans.setdefault(row["globalUserId"], []).append(row)
    pq.write_table(pa.Table.from_pylist(rejected, _REJECTED), folder / "rejected.parquet", compression="zstd")
    records = (merge(rows, CAMPAIGN_ID, RUN_ID, SCORED_AT) for rows in fans.values())
    for number, batch in enumerate(_batches(records)):
        table, path = pa.Table.from_pylist(batch, _RECORD), folder / "records" / f"part-{number:05d}.parquet"
        pq.write_table(table, path, compression="zstd", compression_level=1, write_statistics=False)
    return counts(row_number, Counter(row["reasons"][0] for row in rejected), len(fans))


def named(header: Sequence[str]) -> list[str | None]:
    """Give the contract's name of each column of a file; None for one that it does not know."""
    known = {name.lower(): name for name in COLUMNS}
    return [known.get(name.strip().lower()) for name in header]


def combine(names: Sequence[str | None], cells: Sequence[str]) -> Row:
    """Give a row's trimmed fields, None where empty; of a repeated column the first value, all the tags."""
    row: Row = dict.fromkeys(COLUMNS)
    for name, cell in zip(names, cells, strict=False):
        value = cell.strip()
        if not value or name is None:
            continue
        if row[name] is None:
            row[name] = value
        elif name == "tags":
            row[name] += f"|{value}"
    return row


def judge(names: Sequence[str | None], cells: Sequence[str], campaign_id: str) -> tuple[Row, list[str]]:
    """Give one row's typed fields, and every reason to reject it, in the contract's order."""
    row = combine(names, cells)
    row["score"] = number(row["score"])
    row["isVerified"] = _FLAGS.get((row["isVerified"] or "").lower())
    row["hbase"] = row["hbase"] and row["hbase"].lower()
    markets = entries((row["marketPreferences"] or "").lower())
    row["rank"] = markets.index(row["hbase"]) if row["hbase"] in markets else None
    applies = (
        len(cells) > len(names),
        any(BAD_BYTE.search(cell) for cell in cells),
        row["campaignId"] is not None and row["campaignId"] != campaign_id,
        row["globalUserId"] is None,
        is_bad_id(row["globalUserId"] or ""),
        row["score"] is None or row["score"] < 0,
        row["isVerified"] is None,
        not _read_numbers(row),
        row["email"] is not None and not EMAIL.fullmatch(row["email"]),
        row["rank"] is None,
    )
    return row, list(compress(REASONS, applies))


def merge(rows: list[Row], campaign_id: str, run_id: str, scored_at: str) -> Row:
    """Make one record of one fan's rows, which are in file order."""
    best_first = sorted(rows, key=lambda row: (-row["score"], row["rank"]))
    events: list[str | None] = [None] * (max(row["rank"] for row in rows) + 1)
    tags: dict[str, None] = {}
    for row in best_first:
        if events[row["rank"]] is None:
            events[row["rank"]] = row["hbase"]
        tags.update(dict.fromkeys(entries(row["tags"])))
    record = best_first[0] | {
        "campaignId": campaign_id,
        "tags": list(tags) or None,
        "rank": min(row["rank"] for row in rows),
        "events": events,
        "runId": run_id,
        "scoredAt": scored_at,
    }
    record["email"] = record["email"] and record["email"].lower()
    for name in ("phoneCountryCode", "phoneNumber"):
        record[name] = re.sub("[^0-9]+", "", record[name] or "") or None
    del record["marketPreferences"]
    return record


def number(text: str | None) -> float | None:
    """Read a finite number; None for anything else."""
    if text is None or not _NUMBER.fullmatch(text):
        return None
    value = float(text)
    return value + 0.0 if math.isfinite(value) else None


def entries(text: str | None) -> list[str]:
    """Split a list at its bars: trimmed, without empty entries."""
    return [entry.strip() for entry in (text or "").split("|") if entry.strip()]


def is_bad_id(text: str) -> bool:
    """Tell whether an identifier holds a control character or is too long."""
    return _CONTROL.search(text) is not None or len(text.encode(errors="replace")) > LONGEST_ID


def _read_numbers(row: Row) -> bool:
    """Put numbers for the optional numeric columns' text; whether all that was there is a number."""
    all_good = True
    for name in NUMBERS:
        text = row[name]
        row[name] = number(text)
        all_good &= text is None or row[name] is not None
    return all_good


def _shown(found: re.Match[str]) -> str:
    return f"\\x{ord(found[0]) - 0xDC00:02x}"


def _batches(values: Iterable[T]) -> Iterator[list[T]]:
    remaining = iter(values)
    while batch := list(islice(remaining, _BATCH)):
        yield batch


if __name__ == "__main__":
    main(prepare)
