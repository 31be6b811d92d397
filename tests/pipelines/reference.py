"""The scrubbed contract once more, in plain Python, file-wide refusals included.

Slow and plain on purpose. What is said of a row and of a fan's rows is the row loop's that Prepare is
measured beside. It shares no code with `pipelines/`, so that a misreading of the contract has to be made
twice to go unseen.
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from bench.contestants.common import COLUMNS, REQUIRED
from bench.contestants.row_loop import judge, merge, named


class RefusedError(Exception):
    """The file is refused whole."""


@dataclass
class Outcome:
    rows_in: int
    rejected: list[tuple[int, list[str]]]
    raw: dict[int, list[str]]
    records: list[dict[str, Any]]
    duplicate: int
    invalid_by: dict[str, int]
    unknown: list[str]


def read_rows(content: bytes) -> list[list[str]]:
    """Every line that is not blank; bytes that are no UTF-8 become lone surrogates."""
    if b"\0" in content or not content.removeprefix(b"\xef\xbb\xbf").strip(b"\r\n"):
        raise RefusedError
    text = content.decode("utf-8-sig", errors="surrogateescape")
    # A carriage return that ends no line is a character like any other.
    text = re.sub("\r(?!\n)", "\ue000", text)
    end = "\ue001end"
    if not text.endswith("\n"):
        text += "\n"
    rows = list(csv.reader(io.StringIO(text + end, newline="\n")))
    if rows.pop() != [end]:
        raise RefusedError
    return [[cell.replace("\ue000", "\r") for cell in row] for row in rows if row]


def unknown_of(header: list[str], columns: tuple[str, ...]) -> list[str]:
    known = named(header, columns)
    names = (name.strip() for name, known_as in zip(header, known, strict=True) if known_as is None)
    return list(dict.fromkeys(name for name in names if name))


def outcome(
    rows: list[list[str]],
    rejected: list[tuple[int, list[str]]],
    fans: Collection[list[dict[str, Any]]],
    records: list[dict[str, Any]],
    unknown: list[str],
) -> Outcome:
    """What a file came to: its rejected rows, the rows of each fan, and the fans' records."""
    return Outcome(
        rows_in=len(rows),
        rejected=rejected,
        raw={row_number: rows[row_number - 1] for row_number, _ in rejected},
        records=records,
        duplicate=sum(len(own) - 1 for own in fans),
        invalid_by=dict(Counter(reasons[0] for _, reasons in rejected)),
        unknown=unknown,
    )


def prepare(content: bytes, campaign_id: str, run_id: str, scored_at: str) -> Outcome:
    """The whole contract for one scrubbed file; records in the order of their `globalUserId`.

    Raises:
        RefusedError: the file is refused whole.
    """
    header, *rows = read_rows(content)
    names = named(header)
    if not rows or not set(REQUIRED) <= set(names):
        raise RefusedError
    rejected: list[tuple[int, list[str]]] = []
    fans: dict[str, list[dict[str, Any]]] = {}
    for row_number, cells in enumerate(rows, start=1):
        row, reasons = judge(names, cells, campaign_id)
        if reasons:
            rejected.append((row_number, reasons))
        else:
            fans.setdefault(row["globalUserId"], []).append(row)
    records = [merge(fans[fan], campaign_id, run_id, scored_at) for fan in sorted(fans)]
    return outcome(rows, rejected, fans.values(), records, unknown_of(header, COLUMNS))
