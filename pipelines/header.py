"""The header of a file: which of its columns are known, repeated, unknown or missing (SPEC 1)."""

import csv
import io
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass

from pipelines.errors import InvalidFileError
from pipelines.schema import Column

BOM = b"\xef\xbb\xbf"
# A few dozen are common. Each costs every row of a block 16 bytes, whether the row has a field for it or not.
MOST_COLUMNS = 1000
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


def read_header(line: bytes, columns: Iterable[Column]) -> Header:
    """Match the header's cells, trimmed and in any case, with the columns that the kind of file has.

    Raises:
        InvalidFileError: a required column, or all of those of which one is required, are missing; all
            missing ones are named. Or there are more columns than any score file has.
    """
    known = {column.name.lower(): column for column in columns}
    try:
        cells = next(csv.reader(io.StringIO(line.decode(errors="replace"), newline="\n")))
    except csv.Error as error:
        if b"\r" in line.rstrip(b"\r\n"):
            raise InvalidFileError(
                "The file's lines end in a carriage return alone: save it with line feeds (LF or CRLF)."
            ) from error
        raise InvalidFileError(
            f"The header cannot be read as CSV ({error}): correct its first line."
        ) from error
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
