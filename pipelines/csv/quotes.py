"""Which quotes RFC 4180 allows, and where one opens that does not close (SPEC 1)."""

import csv
import io
from itertools import chain

import polars as pl

from pipelines.csv.marks import LONE_RETURN, free_mark
from pipelines.errors import InvalidFileError

_FIELD = r'(?:[^",\n]*|"(?:[^"]|"")*")'
_WELL_QUOTED_RECORD = rf"\A{_FIELD}(?:,{_FIELD})*\r?\z"
_OPENS = r'\A"|,"'
_WELL_QUOTED = rf"\A(?:{_FIELD}(?:,|\r?\n))*\z"


def is_well_quoted(block: bytes) -> bool:
    """Whether every quote is one that RFC 4180 allows; Polars drops some others without a word."""
    text, quoted = _quoted_lines(block)
    # Most quoted fields end in the line they begin in, and few lines are faster to look at than all.
    return quoted.str.contains(_WELL_QUOTED_RECORD).all() or bool(text.str.contains(_WELL_QUOTED).item())


def stays_in_its_line(block: bytes) -> bool:
    """Whether no quote reaches beyond its line: it is well quoted, or no field of it begins with one."""
    _, quoted = _quoted_lines(block)
    return (quoted.str.contains(_WELL_QUOTED_RECORD) | ~quoted.str.contains(_OPENS)).all()


def _quoted_lines(block: bytes) -> tuple[pl.Series, pl.Series]:
    text = pl.Series([block], dtype=pl.Binary()).cast(pl.String())
    lines = text.str.split("\n").explode()
    return text, lines.filter(lines.str.contains('"', literal=True))


def has_stray_quotes(text: str, starts: pl.Series) -> pl.Series:
    """Say of each record whether it has quotes that RFC 4180 does not allow.

    Args:
        text: whole records, to the last one's line feed.
        starts: the line, from 1, that each begins in.
    """
    lines = pl.Series("text", [text], pl.String()).str.split("\n").explode().head(-1)
    if len(lines) > len(starts):
        numbers = pl.int_range(1, len(lines) + 1, dtype=pl.UInt32, eager=True)
        record = starts.search_sorted(numbers, side="right").alias("record")
        records = lines.to_frame().with_columns(record).group_by("record", maintain_order=True)
        lines = records.agg(pl.col("text").str.join("\n")).get_column("text")
    return lines.str.contains('"', literal=True) & ~lines.str.contains(_WELL_QUOTED_RECORD)


def unterminated_quote(records: bytes, lines: int) -> InvalidFileError:
    """Return the refusal of a file in which a quoted field does not end (SPEC 1).

    Args:
        records: the record with the quote, and whole ones before it.
        lines: of the file, before these.
    """
    return InvalidFileError(
        f"The file holds an unterminated quote, opened in line {lines + _opens_at(records):,}: close the "
        'quoted field with another " and write a quote inside a field as "".'
    )


def _opens_at(records: bytes) -> int:
    """Return the line, from 1, of the field that the last record ends inside."""
    # One character a byte: where a record ends does not depend on more.
    text = LONE_RETURN.sub(" ", records.decode("latin-1"))
    reader = csv.reader(chain(io.StringIO(text, newline="\n"), [free_mark(text, "\ufdd2")]))
    start = end = 0
    cells: list[str] = []
    try:
        for cells in reader:  # noqa: B007 (the last one is asked for)
            start, end = end, reader.line_num
    except csv.Error:
        return end + 1
    return start + 1 + sum(cell.count("\n") for cell in cells[:-1])
