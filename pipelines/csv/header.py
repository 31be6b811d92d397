"""The header of a file: which of its columns are known, repeated, unknown or missing (SPEC 1)."""

import csv
import io
import re
import unicodedata
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass

from pipelines.csv.header_advice import ignored_identifier, incomplete, near_names, shown
from pipelines.csv.marks import LONE_RETURN, free_mark
from pipelines.errors import InvalidFileError
from pipelines.schema import Column

BOM = b"\xef\xbb\xbf"
# A few dozen are common. Each costs every row of a block 16 bytes, whether the row has a field for it or not.
MOST_COLUMNS = 1000
_NUMBER = re.compile(r"\s*[+-]?[0-9.,]*[0-9][0-9.,]*(?:[eE][+-]?[0-9]+)?\s*")
# What Python's str.strip takes off: Unicode white space and the four ASCII separators.
WHITE_SPACE = (
    "\t\n\x0b\x0c\r\x1c\x1d\x1e\x1f \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008"
    "\u2009\u200a\u2028\u2029\u202f\u205f\u3000"
)
# What nobody sees in a name: zero-width and soft hyphens, marks of direction and of byte order.
INVISIBLE = (
    "[\\u00ad\\u034f\\u061c\\u180e\\u200b-\\u200f\\u202a-\\u202e\\u2060-\\u2064\\u2066-\\u206f\\ufeff]"
)


@dataclass(frozen=True)
class Header:
    """What the first line said.

    Attributes:
        names: every cell, trimmed, in file order.
        positions: for each known column that is present, its places in the file from left to right.
        unknown: names of the columns that are ignored, each once, in file order; long ones are cut.
        near: those of them that are nearly the name of a column that is not there, each with that column's.
        line: of the file, in which the header ends.
    """

    names: tuple[str, ...]
    positions: dict[str, tuple[int, ...]]
    unknown: tuple[str, ...]
    near: tuple[tuple[str, str], ...] = ()
    line: int = 1

    @property
    def width(self) -> int:
        """How many fields a whole row has."""
        return len(self.names)


def normal(name: str) -> str:
    """Return a name as it is compared, but for its case: composed (NFC), trimmed, nothing invisible in it."""
    return re.sub(INVISIBLE, "", unicodedata.normalize("NFC", name)).strip()


def read_header(text: bytes, columns: Sequence[Column], following: bytes = b"", lines: int = 1) -> Header:
    """Match the header's cells, trimmed and in any case, with the columns that the kind of file has.

    Args:
        text: the header up to its line feed (`blocks.split_header`).
        columns: those of the kind of file.
        following: some of what comes after it, to tell where the header is if it is not the first line.
        lines: of the file, up to the header's end.

    Raises:
        InvalidFileError: a required column, or all of those of which one is required, are missing; all
            missing ones are named. Or an identifier's is there, spelt in another way. Or a quote makes rows
            a part of the header, or there are more columns than any score file has.
    """
    known = {column.name.lower(): column for column in columns}
    cells = _cells(text)
    _expect_no_rows(cells)
    if len(cells) > MOST_COLUMNS:
        raise InvalidFileError(
            f"The header has {len(cells):,} columns, and the limit is {MOST_COLUMNS:,}: "
            "remove columns that are not needed, or check that the first line is the header."
        )
    names = tuple(normal(cell) for cell in cells)
    places: dict[str, list[int]] = {}
    unknown: dict[str, None] = {}
    for position, name in enumerate(names):
        column = known.get(name.lower())
        if column is not None:
            places.setdefault(column.name, []).append(position)
        elif name:
            unknown.setdefault(shown(name))
    missing = missing_columns(columns, places)
    if missing:
        raise incomplete(missing, names, columns, following, lines + 1)
    lacking = [column for column in columns if column.name not in places]
    near = near_names(unknown, lacking)
    if (ignored := ignored_identifier(near, lacking, lines)) is not None:
        raise ignored
    positions = {name: tuple(found) for name, found in places.items()}
    return Header(names, positions, tuple(unknown), near, lines)


def _cells(text: bytes) -> list[str]:
    lines = text.decode(errors="replace")
    mark = free_mark(lines, "\ufdd1")
    cells = next(csv.reader(io.StringIO(LONE_RETURN.sub(mark, lines), newline="\n")))
    return [cell.replace(mark, "\r") for cell in cells]


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
            'below, so the rows up to there would be part of the header: remove the stray " from the header, '
            "or write each name on one line."
        )


def missing_columns(columns: Iterable[Column], present: Container[str]) -> list[tuple[str, ...]]:
    """Return what a file lacks: each a required column's name, or the names of which one is required."""
    groups: dict[str, list[str]] = {}
    for column in columns:
        if column.required:
            groups[column.name] = [column.name]
        elif column.one_of is not None:
            groups.setdefault(column.one_of, []).append(column.name)
    return [tuple(names) for names in groups.values() if not any(name in present for name in names)]
