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
from itertools import chain, islice
from typing import NamedTuple

import polars as pl
import pyarrow as pa

from pipelines.csv.blocks import LONGEST_LINE
from pipelines.csv.marks import LONE_RETURN, SPELT, free_mark, with_bad_bytes_spelt
from pipelines.csv.quotes import has_stray_quotes, is_well_quoted, unterminated_quote
from pipelines.schema import LINE_NUMBER

# `csv` has a limit of its own, an eighth of ours, and says no more of it than that something is wrong.
csv.field_size_limit(LONGEST_LINE)

_MARKS = (b"\x1f", b"\x1e", b"\x1d", b"\x1c", b"\x02", b"\x03")
# Surplus fields that are kept in the first attempt; rows with more send the block through it again.
_SPARE_FIELDS = 1
_MOST_SPARE_FIELDS = 64

# As lists of Python's strings rows take many times their bytes.
_ROWS_AT_ONCE = 4096

_BREAKS = "_breaks"

WIDTH = "_fields"
SURPLUS = "_surplus"
BAD_ENCODING = "_badEncoding"
STRAY_QUOTES = "_strayQuotes"
_NO_STRAY = pl.lit(value=False).alias(STRAY_QUOTES)


class Parsed(NamedTuple):
    r"""The rows of some text, and what else its lines were.

    Attributes:
        rows: columns `"0"` to `str(width - 1)` (text, null where empty or missing), `lineNumber` (of the
            row's first line, from 1), `_fields` (how many fields the row has), `_surplus` (list of the
            fields beyond `width`, null where there are none), `_strayQuotes` (it has quotes that RFC 4180
            does not allow) and `_badEncoding` (a field is no UTF-8; each bad byte then reads `\xff`).
        blank: lines that are blank, and so no rows.
        breaks: line feeds inside fields.
    """

    rows: pl.DataFrame
    blank: int
    breaks: int


def field_name(position: int) -> str:
    """Return the name of the field at a place in the row: never the header's, which may repeat."""
    return str(position)


def parse(block: bytes, width: int, lines: int = 0) -> Parsed | None:
    """Parse whole records into fields as they stand, one row a record, blank lines left out.

    Args:
        block: whole records.
        width: how many fields the header has.
        lines: before the block.

    Returns:
        None where the block ends inside quotes: it needs what follows.

    Raises:
        InvalidFileError: a quoted field does not end within any sensible length.
    """
    try:
        return _finish(_parse_fast(block, width), width, None)
    except pl.exceptions.ComputeError:
        pass
    text, own = with_bad_bytes_spelt(block)
    parsed: Parsed | None = None
    if own is not None:
        with contextlib.suppress(pl.exceptions.ComputeError):
            parsed = _parse_fast(text.encode(), width)
    if parsed is None:
        parsed = _parse_exact(text, width, block, lines)
    return None if parsed is None else _finish(parsed, width, own)


def _parse_fast(block: bytes, width: int) -> Parsed:
    """Parse with Polars; `ComputeError` where the block is no RFC 4180 or no UTF-8."""
    mark = free_byte(block)
    if mark is None:
        raise pl.exceptions.ComputeError("every mark is taken")
    if b'"' in block and not is_well_quoted(block):
        raise pl.exceptions.ComputeError("a quote stands where none may")
    text = marked(block, mark)
    if b"\r," in text:
        if b'"' in block:
            raise pl.exceptions.ComputeError("a carriage return may stand inside quotes")
        # Polars takes one off the end of a field.
        text = text.replace(b"\r,", b"\r\r,")
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
        spare *= 8
        if spare > _MOST_SPARE_FIELDS:
            raise pl.exceptions.ComputeError("a row is too long")


def _with_lines(rows: pl.DataFrame) -> pl.DataFrame:
    """Add `lineNumber` to rows with blank lines among them, and take the number of their breaks off."""
    if _BREAKS not in rows.columns:
        return rows.with_row_index(LINE_NUMBER, offset=1)
    before = pl.col(_BREAKS).cum_sum() - pl.col(_BREAKS)
    line = pl.int_range(1, pl.len() + 1) + before
    return rows.with_columns(line.cast(pl.UInt32()).alias(LINE_NUMBER)).drop(_BREAKS)


def free_byte(block: bytes) -> bytes | None:
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


def no_rows(width: int) -> pl.DataFrame:
    """Return `Parsed.rows` without any row."""
    texts = {field_name(i): pl.String() for i in range(width)}
    return pl.DataFrame(
        schema={
            **texts,
            LINE_NUMBER: pl.UInt32(),
            WIDTH: pl.UInt32(),
            SURPLUS: pl.List(pl.String()),
            STRAY_QUOTES: pl.Boolean(),
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
        return frame.select(
            *fields, LINE_NUMBER, all_fields.alias(WIDTH), no_surplus.alias(SURPLUS), _NO_STRAY
        )
    # Of short rows below a long header most columns have no value, and no mark either.
    reached = {name for name in texts if frame.get_column(name).null_count() < frame.height}
    counted = frame.with_columns(
        pl.min_horizontal(
            pl.lit(None, pl.UInt32()),
            *(
                pl.when(pl.col(name) == mark).then(pl.lit(position, pl.UInt32()))
                for position, name in enumerate(texts)
                if name in reached
            ),
        ).alias(WIDTH)
    )
    if counted.get_column(WIDTH).has_nulls():
        return None
    surplus = pl.concat_list(texts[width:]).list.head(pl.col(WIDTH).cast(pl.Int64()) - width)
    return counted.select(
        *(_without_mark(name, mark) if name in reached else pl.col(name) for name in fields),
        LINE_NUMBER,
        WIDTH,
        pl.when(pl.col(WIDTH) > width).then(surplus).alias(SURPLUS),
        _NO_STRAY,
    ).filter((pl.col(WIDTH) > 1) | _holds_more_than_returns(pl.col(field_name(0))))


def _without_mark(name: str, mark: str) -> pl.Expr:
    return pl.when(pl.col(name).ne_missing(mark)).then(pl.col(name)).alias(name)


def _holds_more_than_returns(cell: pl.Expr) -> pl.Expr:
    """Whether a line of one cell is a row; carriage returns alone are none (CR CR LF)."""
    return cell.is_not_null() & ~cell.str.contains(r"\A\r+\z").fill_null(value=False)


def _parse_exact(text: str, width: int, block: bytes, before: int) -> Parsed | None:
    """Parse with `csv`; None where the text ends inside quotes.

    A line is added to the text: where it does not come out as a row of its own, a quote swallowed it.
    """
    return_mark, last_line = free_mark(text, "\ufdd1"), free_mark(text, "\ufdd2")
    without_returns = LONE_RETURN.sub(return_mark, text)
    reader = csv.reader(chain(io.StringIO(without_returns, newline="\n"), [last_line]))
    try:
        some = iter(lambda: list(islice(reader, _ROWS_AT_ONCE)), [])
        column = pl.concat(_lists(rows) for rows in some)
    except csv.Error as error:
        raise unterminated_quote(block, before) from error
    if column[-1].to_list() != [last_line]:
        return None
    cells = column.head(-1).to_frame()
    cell = pl.col("cells").list
    if len(without_returns) > len(text):
        cells = cells.with_columns(cell.eval(pl.element().str.replace_all(return_mark, "\r", literal=True)))
    own = cell.eval(pl.element().str.count_matches("\n", literal=True)).list.sum()
    cells = cells.with_columns(own.cast(pl.UInt32()).alias(_BREAKS))
    breaks = int(cells.get_column(_BREAKS).sum())
    cells = _with_lines(cells)
    records = (
        cells.with_columns(has_stray_quotes(text, cells.get_column(LINE_NUMBER)).alias(STRAY_QUOTES))
        .filter((cell.len() > 1) | _holds_more_than_returns(cell.get(0, null_on_oob=True)))
        .select(
            *(cell.get(i, null_on_oob=True).alias(field_name(i)) for i in range(width)),
            LINE_NUMBER,
            cell.len().alias(WIDTH),
            pl.when(cell.len() > width).then(cell.slice(width)).alias(SURPLUS),
            STRAY_QUOTES,
        )
    )
    return Parsed(records, cells.height - records.height, breaks)


def _lists(rows: list[list[str]]) -> pl.Series:
    """Make a column of lists; Polars itself takes ten times the time and six times the memory to do so."""
    ends = pl.Series([0, *map(len, rows)], dtype=pl.Int64()).cum_sum()
    texts = pl.Series(list(chain.from_iterable(rows)), dtype=pl.String())
    return pl.Series("cells", pa.LargeListArray.from_arrays(ends.to_arrow(), texts.to_arrow()))


def _finish(parsed: Parsed, width: int, own: str | None) -> Parsed:
    """Add `_badEncoding`; `own` is as `marks.with_bad_bytes_spelt` returns it."""
    if own is None:
        return parsed._replace(rows=parsed.rows.with_columns(pl.lit(value=False).alias(BAD_ENCODING)))
    texts, surplus = [pl.col(field_name(i)) for i in range(width)], pl.col(SURPLUS)
    all_of_them = [*texts, surplus.list.join("", ignore_nulls=True)]
    is_bad = pl.any_horizontal(
        text.str.contains(SPELT, literal=True).fill_null(value=False) for text in all_of_them
    )
    rows = parsed.rows.with_columns(is_bad.alias(BAD_ENCODING))
    if own:
        rows = rows.with_columns(
            *(text.str.replace_all(own, "", literal=True) for text in texts),
            surplus.list.eval(pl.element().str.replace_all(own, "", literal=True)),
        )
    return parsed._replace(rows=rows)
