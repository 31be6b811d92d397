"""The header of a file: which of its columns are known, repeated, unknown or missing (SPEC 1)."""

import csv
import io
import re
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass

from pipelines.errors import InvalidFileError
from pipelines.schema import Column

BOM = b"\xef\xbb\xbf"
# A few dozen are common. Each costs every row of a block 16 bytes, whether the row has a field for it or not.
MOST_COLUMNS = 1000
_LONE_RETURN, _RETURN_MARK = re.compile("\r(?!\n)"), "\ufdd1\ufdef"
_NUMBER = re.compile(r"\s*[+-]?[0-9.,]*[0-9][0-9.,]*(?:[eE][+-]?[0-9]+)?\s*")
# What other programs put between fields.
_NO_COMMAS = {";": "semicolons", "\t": "tabs", "|": "bars"}


@dataclass(frozen=True)
class Header:
    """What the first line said.

    Attributes:
        names: every cell, trimmed, in file order.
        positions: for each known column that is present, its places in the file from left to right.
        unknown: names of the columns that are ignored, each once, in file order.
    """

    names: tuple[str, ...]
    positions: dict[str, tuple[int, ...]]
    unknown: tuple[str, ...]

    @property
    def width(self) -> int:
        """How many fields a whole row has."""
        return len(self.names)


def read_header(text: bytes, columns: Iterable[Column]) -> Header:
    """Match the header's cells, trimmed and in any case, with the columns that the kind of file has.

    Args:
        text: the header up to its line feed (`blocks.split_header`).
        columns: those of the kind of file.

    Raises:
        InvalidFileError: a required column, or all of those of which one is required, are missing; all
            missing ones are named. Or a quote makes rows a part of the header, or there are more columns
            than any score file has.
    """
    known = {column.name.lower(): column for column in columns}
    cells = _cells(text)
    _expect_no_rows(cells)
    if len(cells) > MOST_COLUMNS:
        raise InvalidFileError(
            f"The header has {len(cells):,} columns, and {MOST_COLUMNS:,} are the most that are read: "
            "leave out those that are not needed, or check that the first line is the header."
        )
    names = tuple(cell.strip() for cell in cells)
    places: dict[str, list[int]] = {}
    unknown: dict[str, None] = {}
    for position, name in enumerate(names):
        column = known.get(name.lower())
        if column is not None:
            places.setdefault(column.name, []).append(position)
        elif name:
            unknown.setdefault(name)
    _expect_complete(known.values(), places, names)
    positions = {name: tuple(found) for name, found in places.items()}
    return Header(names, positions, tuple(unknown))


def _cells(text: bytes) -> list[str]:
    lines = _LONE_RETURN.sub(_RETURN_MARK, text.decode(errors="replace"))
    cells = next(csv.reader(io.StringIO(lines, newline="\n")))
    return [cell.replace(_RETURN_MARK, "\r") for cell in cells]


def _expect_no_rows(cells: Sequence[str]) -> None:
    """Refuse a header that goes on over the next lines as rows do.

    RFC 4180 allows a line break in a quoted name, and spreadsheets write some. A quote that nobody meant
    takes the lines after it into the header in the same way; they show by what no name has: a comma beside
    the line break, a number, or no name at all after it.
    """
    broken = next((place for place, cell in enumerate(cells) if "\n" in cell), None)
    if broken is None:
        return
    inside, after = cells[broken].split("\n")[1:], cells[broken + 1 :]
    if any("," in line or _NUMBER.fullmatch(line) for line in inside) or any(
        _NUMBER.fullmatch(name) or not name.strip() for name in after
    ):
        raise InvalidFileError(
            f"A quote in the header's column {broken + 1} closes only {cells[broken].count(chr(10)):,} lines "
            'below, so that rows would become a part of the header: remove the stray " from the header, or '
            "write each name in one line."
        )


def _expect_complete(columns: Iterable[Column], present: Container[str], names: Sequence[str]) -> None:
    missing: list[str] = []
    groups: dict[str, list[str]] = {}
    for column in columns:
        if column.required and column.name not in present:
            missing.append(column.name)
        if column.one_of is not None:
            groups.setdefault(column.one_of, []).append(column.name)
    missing += [
        f"{what} (one of {', '.join(names)})"
        for what, names in groups.items()
        if not any(name in present for name in names)
    ]
    if missing and len(names) == 1 and (other := next((c for c in _NO_COMMAS if c in names[0]), None)):
        raise InvalidFileError(
            f"The header's columns are separated by {_NO_COMMAS[other]}: save the file with commas instead."
        )
    if missing:
        raise InvalidFileError(
            f"The file lacks the required column{'s' if len(missing) > 1 else ''} {', '.join(missing)}: "
            "add to the header and to every row what is missing, or check that the first line is the header."
        )
