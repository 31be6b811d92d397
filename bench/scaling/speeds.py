"""How fast our code is, as docs/performance.md has it: its tables are read, not copied."""

import re
from dataclasses import dataclass
from functools import cache

from local.packaging import ROOT

_PAGE = ROOT / "docs" / "performance.md"
# No bench has this one by itself: `python -m bench scaling --check` takes it anew; it gave 2.8e-5 to 4.3e-5.
PARSE_CPU = 4.3e-5


class NoFigureError(Exception):
    """The page on performance lacks a figure that the model needs; the text says which."""


@dataclass(frozen=True)
class Speeds:
    """Seconds of a whole core a record (a row, for Prepare and the gate) unless said otherwise.

    Attributes:
        prepare: seconds on the clock a row, on two cores; more cores are not counted on.
        prepare_memory: bytes held at once a row, beyond what a small file takes.
        prepare_base: bytes held for a small file.
        gate: CPU seconds of CheckQuality a record.
        publish: a record of PublishPartition, S3 and Kinesis answering at once.
        parse: reading a stream record and making of it what is to be merged.
        upsert: merging a new record, the table answering at once.
        count: counting a change with its audit line, the table answering at once.
    """

    prepare: float
    prepare_memory: float
    prepare_base: float
    gate: float
    publish: float
    parse: float
    upsert: float
    count: float


@cache
def speeds() -> Speeds:
    """The figures as the page has them now.

    Raises:
        NoFigureError: a table is not where it was.
    """
    page = _PAGE.read_text()
    by_size = "Prepare by size of file"
    most, less = (_cell(page, by_size, f"{rows} rows", "peak GB") for rows in ("10,000,000", "1,000,000"))
    slope = (most - less) * 1e9 / 9e6
    return Speeds(
        prepare=_cell(page, by_size, "10,000,000 rows", "median s") / 10e6,
        prepare_memory=slope,
        prepare_base=less * 1e9 - slope * 1e6,
        gate=_cell(page, "10,000,000 rows,", "gate (Polars engine)", "CPU s") / 10e6,
        publish=_cell(page, "100,000 records in", "publish partitions", "CPU s") / 1e5,
        parse=PARSE_CPU,
        upsert=_cell(page, "scrubbed upserts, null endpoint, new", "merge writer", "CPU s / 100,000 records")
        / 1e5,
        count=_cell(page, "Counting 50,000", "null endpoint, new items", "CPU s / 100,000 records") / 1e5,
    )


def _cell(page: str, title: str, row: str, column: str) -> float:
    """One number of a table under a title in bold that begins so; of several, the last that has the row."""
    found = None
    for table in page.split("\n**")[1:]:
        if not table.startswith(title):
            continue
        lines = [
            [cell.strip() for cell in line.strip("|").split("|")]
            for line in table.splitlines()
            if line.startswith("|")
        ]
        values = {line[0]: line for line in lines}
        if row in values and column in lines[0]:
            found = values[row][lines[0].index(column)]
    if found is None or not re.fullmatch(r"[\d.,]+", found):
        raise NoFigureError(f"{_PAGE.name} has no '{column}' of '{row}' under '{title}'.")
    return float(found.replace(",", ""))
