"""One block of CSV text becomes one frame of text fields, losing nothing that a rule asks about.

Polars' parser does the work, but does not tell a missing field from an empty one, drops the surplus
fields of a long row and shows a blank line as a row of nulls. So each line gets a mark as one more, last
field before it is parsed: where the mark comes to stand says how many fields the line has.

Text that RFC 4180 does not allow (a quote inside an unquoted field, say) is not for Polars' parser. Such
a block goes through the standard library's `csv`, which is slower and reads a stray quote as a character.
"""

import codecs
import contextlib
import csv
import io
import re
from itertools import chain
from typing import NamedTuple

import polars as pl

from pipelines.csv.blocks import LONGEST_LINE
from pipelines.errors import InvalidFileError
from pipelines.schema import LINE_NUMBER

# `csv` has a limit of its own, an eighth of ours, and says no more of it than that something is wrong.
csv.field_size_limit(LONGEST_LINE)

# Stands for each byte that is no UTF-8, followed by the byte as `\xff`: two noncharacters, which no
# text that is meant for interchange holds.
BAD_BYTE = "\ufdd0\ufdef"

_MARKS = (b"\x1f", b"\x1e", b"\x1d", b"\x1c", b"\x02", b"\x03")
# Surplus fields that are kept in the first attempt; rows with more send the block through it again.
_SPARE_FIELDS = 1
_MOST_SPARE_FIELDS = 64
_FIELD = r'(?:[^",\n]*|"(?:[^"]|"")*")'
_WELL_QUOTED_LINE = rf"\A{_FIELD}(?:,{_FIELD})*\r?\z"
_WELL_QUOTED = rf"\A(?:{_FIELD}(?:,|\r?\n))*\z"
_LONE_RETURN = re.compile("\r(?!\n)")
_RETURN_MARK = "\ufdd1\ufdef"
_LAST_LINE = "\ufdd2\ufdef"

_BREAKS = "_breaks"

WIDTH = "_fields"
SURPLUS = "_surplus"
BAD_ENCODING = "_badEncoding"


class Parsed(NamedTuple):
    r"""The rows of some text, and what else its lines were.

    Attributes:
        rows: columns `"0"` to `str(width - 1)` (text, null where empty or missing), `lineNumber` (of the
            row's first line, from 1), `_fields` (how many fields the row has), `_surplus` (list of the
            fields beyond `width`, null where there are none) and `_badEncoding` (a field is no UTF-8; each
            bad byte then reads `\xff`).
        blank: lines that are blank, and so no rows.
        breaks: line feeds inside fields.
    """

    rows: pl.DataFrame
    blank: int
    breaks: int


def field_name(position: int) -> str:
    """Return the name of the field at a place in the row: never the header's, which may repeat."""
    return str(position)


def parse(block: bytes, width: int) -> Parsed | None:
    """Parse whole records into fields as they stand, one row a record, blank lines left out.

    Returns:
        None where the block ends inside quotes: it needs what follows.

    Raises:
        InvalidFileError: a quoted field does not end within any sensible length.
    """
    try:
        return _finish(_parse_fast(block, width), width, has_bad_bytes=False)
    except pl.exceptions.ComputeError:
        pass
    text = with_bad_bytes_marked(block)
    has_bad_bytes = BAD_BYTE in text
    parsed: Parsed | None = None
    if has_bad_bytes:
        with contextlib.suppress(pl.exceptions.ComputeError):
            parsed = _parse_fast(text.encode(), width)
    if parsed is None:
        parsed = _parse_exact(text, width)
    return None if parsed is None else _finish(parsed, width, has_bad_bytes=has_bad_bytes)


def with_bad_bytes_marked(block: bytes) -> str:
    """Decode a block, `BAD_BYTE` before each byte that is no UTF-8."""
    return block.decode(errors="pipelines.mark")


def _mark_bad_bytes(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    bad = error.object[error.start : error.end]
    return BAD_BYTE + bad.decode("ascii", errors="backslashreplace"), error.end


codecs.register_error("pipelines.mark", _mark_bad_bytes)


def _parse_fast(block: bytes, width: int) -> Parsed:
    """Parse with Polars; `ComputeError` where the block is no RFC 4180 or no UTF-8."""
    mark = free_mark(block)
    if mark is None:
        raise pl.exceptions.ComputeError("every mark is taken")
    if b'"' in block and not is_well_quoted(block):
        raise pl.exceptions.ComputeError("a quote stands where none may")
    text = marked(block, mark)
    spare = _SPARE_FIELDS
    while True:
        frame = read_csv(text, width + 1 + spare)
        breaks = 0
        if b'"' in block and frame.height != block.count(b"\n"):
            frame = frame.with_columns(pl.all().str.replace_all("," + mark.decode(), "", literal=True))
            own = pl.sum_horizontal(pl.all().str.count_matches("\n", literal=True))
            frame = frame.with_columns(own.alias(_BREAKS))
            breaks = int(frame.get_column(_BREAKS).sum())
        counted = _count_fields(_with_lines(frame), width, mark.decode())
        if counted is not None:
            return Parsed(counted, frame.height - counted.height, breaks)
        spare *= 4
        if spare > _MOST_SPARE_FIELDS:
            raise pl.exceptions.ComputeError("a row is too long")


def _with_lines(rows: pl.DataFrame) -> pl.DataFrame:
    """Add `lineNumber` to rows with blank lines among them, and take the number of their breaks off."""
    if _BREAKS not in rows.columns:
        return rows.with_row_index(LINE_NUMBER, offset=1)
    before = pl.col(_BREAKS).cum_sum() - pl.col(_BREAKS)
    line = pl.int_range(1, pl.len() + 1) + before
    return rows.with_columns(line.cast(pl.UInt32()).alias(LINE_NUMBER)).drop(_BREAKS)


def free_mark(block: bytes) -> bytes | None:
    """Return a byte that the block does not hold; none also where Polars would drop the first character."""
    if block.startswith(codecs.BOM_UTF8):
        return None
    return next((mark for mark in _MARKS if mark not in block), None)


def marked(block: bytes, mark: bytes) -> bytes:
    """Return the block with the mark as one more, last field on each line."""
    text = block.replace(b"\n", b"," + mark + b"\n")
    if b"\r" in block:
        text = text.replace(b"\r," + mark + b"\n", b"," + mark + b"\r\n")
    return text


def read_csv(text: bytes, width: int, *, quoted: bool = True) -> pl.DataFrame:
    """Read lines into so many fields: missing ones are null, surplus ones are dropped."""
    return pl.scan_csv(
        text,
        has_header=False,
        quote_char='"' if quoted else None,
        schema={field_name(i): pl.String() for i in range(width)},
        infer_schema=False,
        truncate_ragged_lines=True,
        missing_columns="insert",
        extra_columns="ignore",
        glob=False,
    ).collect()


def is_well_quoted(block: bytes) -> bool:
    """Whether every quote is one that RFC 4180 allows; Polars drops some others without a word."""
    text = pl.Series([block], dtype=pl.Binary()).cast(pl.String())
    lines = text.str.split("\n").explode()
    quoted = lines.filter(lines.str.contains('"', literal=True))
    # Most quoted fields end in the line they begin in, and few lines are faster to look at than all.
    return quoted.str.contains(_WELL_QUOTED_LINE).all() or bool(text.str.contains(_WELL_QUOTED).item())


def no_rows(width: int) -> pl.DataFrame:
    """Return `Parsed.rows` without any row."""
    texts = {field_name(i): pl.String() for i in range(width)}
    return pl.DataFrame(
        schema={
            **texts,
            LINE_NUMBER: pl.UInt32(),
            WIDTH: pl.UInt32(),
            SURPLUS: pl.List(pl.String()),
            BAD_ENCODING: pl.Boolean(),
        }
    )


def _count_fields(frame: pl.DataFrame, width: int, mark: str) -> pl.DataFrame | None:
    """Replace the marks by the number of fields; None where a row is longer than the frame."""
    texts = frame.drop(LINE_NUMBER).columns
    at_end = pl.col(field_name(width)) == mark
    fields = [field_name(i) for i in range(width)]
    if frame.select(at_end.fill_null(value=False).all()).item():
        no_surplus = pl.lit(None, pl.List(pl.String()))
        all_fields = pl.lit(width, pl.UInt32())
        return frame.select(*fields, LINE_NUMBER, all_fields.alias(WIDTH), no_surplus.alias(SURPLUS))
    counted = frame.with_columns(
        pl.min_horizontal(
            pl.when(pl.col(name) == mark).then(pl.lit(position, pl.UInt32()))
            for position, name in enumerate(texts)
        ).alias(WIDTH)
    )
    if counted.get_column(WIDTH).has_nulls():
        return None
    surplus = pl.concat_list(texts[width:]).list.head(pl.col(WIDTH).cast(pl.Int64()) - width)
    return counted.select(
        *(pl.when(pl.col(name).ne_missing(mark)).then(pl.col(name)).alias(name) for name in fields),
        LINE_NUMBER,
        WIDTH,
        pl.when(pl.col(WIDTH) > width).then(surplus).alias(SURPLUS),
    ).filter((pl.col(WIDTH) > 1) | pl.col(field_name(0)).is_not_null())


def _parse_exact(text: str, width: int) -> Parsed | None:
    """Parse with `csv`; None where the text ends inside quotes.

    A line is added to the text: where it does not come out as a row of its own, a quote swallowed it.
    """
    lines = io.StringIO(_LONE_RETURN.sub(_RETURN_MARK, text), newline="\n")
    try:
        rows = list(csv.reader(chain(lines, [_LAST_LINE])))
    except csv.Error as error:
        raise unterminated_quote() from error
    if rows.pop() != [_LAST_LINE]:
        return None
    cells = pl.Series("cells", rows, dtype=pl.List(pl.String())).to_frame()
    restored = pl.col("cells").list.eval(pl.element().str.replace_all(_RETURN_MARK, "\r", literal=True))
    cell = pl.col("cells").list
    own = cell.eval(pl.element().str.count_matches("\n", literal=True)).list.sum()
    cells = cells.with_columns(restored, own.cast(pl.UInt32()).alias(_BREAKS))
    records = (
        _with_lines(cells)
        .filter(cell.len() > 0)
        .select(
            *(cell.get(i, null_on_oob=True).alias(field_name(i)) for i in range(width)),
            LINE_NUMBER,
            cell.len().alias(WIDTH),
            pl.when(cell.len() > width).then(cell.slice(width)).alias(SURPLUS),
        )
    )
    return Parsed(records, cells.height - records.height, int(cells.get_column(_BREAKS).sum()))


def unterminated_quote(row_number: int | None = None) -> InvalidFileError:
    """Return the refusal of a file in which a quoted field does not end (SPEC 1)."""
    where = "" if row_number is None else f" at or after row {row_number}"
    return InvalidFileError(
        f'The file holds an unterminated quote{where}: close the quoted field with another " '
        'and write a quote inside a field as "".'
    )


def _finish(parsed: Parsed, width: int, *, has_bad_bytes: bool) -> Parsed:
    if not has_bad_bytes:
        return parsed._replace(rows=parsed.rows.with_columns(pl.lit(value=False).alias(BAD_ENCODING)))
    texts = [pl.col(field_name(i)) for i in range(width)]
    surplus = pl.col(SURPLUS)
    is_bad = pl.any_horizontal(
        *(text.str.contains(BAD_BYTE, literal=True).fill_null(value=False) for text in texts),
        surplus.list.join("", ignore_nulls=True).str.contains(BAD_BYTE, literal=True).fill_null(value=False),
    )
    rows = parsed.rows.with_columns(is_bad.alias(BAD_ENCODING)).with_columns(
        *(text.str.replace_all(BAD_BYTE, "", literal=True) for text in texts),
        surplus.list.eval(pl.element().str.replace_all(BAD_BYTE, "", literal=True)),
    )
    return parsed._replace(rows=rows)
