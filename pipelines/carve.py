"""Parses a block fast: what is out of the ordinary is cut out first, and parsed apart.

Nearly every line of a file is a record of its own, without quotes, in UTF-8, with as many fields as the
header. Polars reads those at full speed; the few others, and only they, take the way that gets everything
right (`parse`). A row's number tells where it stood, so the two kinds need not be put in order again.
"""

import codecs
from collections.abc import Iterator

import polars as pl

from pipelines import parse
from pipelines.schema import ROW_NUMBER

Span = tuple[int, int]

# Beyond this share of a block, what is out of the ordinary is the rule: cutting would only add to it.
_MOST_ODD = 0.2
# A longer one is left to the way that also says what is wrong with it.
_LONGEST_RECORD = 1 << 20
_LINE = "_line"


def parse_block(block: bytes, width: int) -> pl.DataFrame | None:
    """Parse whole records into fields, as `parse.parse` does, in any order.

    Returns:
        The columns of `parse.parse` and `rowNumber`, from 1 within the block; blank lines have none. None
        where the block ends inside quotes.

    Raises:
        InvalidFileError: a quoted field does not end within any sensible length.
    """
    if width > 1:
        fields = _parse_carved(block, width)
        if fields is not None:
            return fields
    whole = parse.parse(block, width)
    return None if whole is None else whole.with_row_index(ROW_NUMBER, offset=1)


def _parse_carved(block: bytes, width: int) -> pl.DataFrame | None:
    """Parse plain lines and odd records apart; None where that would not be exact, or not worth it."""
    spans = _odd_records(block)
    if spans is None:
        return None
    plain, before = _cut(block, spans)
    read = _read_plain(plain, width)
    if read is None:
        return None
    regular, irregular, blank = read
    frames = [regular.with_columns(_numbers(regular.get_column(_LINE), before, blank)).drop(_LINE)]
    if spans:
        odd = _parse_exactly(b"".join(block[start:end] for start, end in spans), width, len(spans))
        if odd is None:
            return None
        own = pl.Series(before, dtype=pl.UInt32) + pl.int_range(len(spans), dtype=pl.UInt32, eager=True)
        frames.append(odd.with_columns((own + 1 - _count_below(blank, before)).alias(ROW_NUMBER)))
    if irregular:
        text = b"".join(line + b"\n" for line in irregular.values())
        rows = _parse_exactly(text, width, len(irregular))
        if rows is None:
            return None
        numbers = _numbers(pl.Series(list(irregular), dtype=pl.UInt32), before, blank)
        frames.append(rows.with_columns(numbers))
    return pl.concat(frames)


def _odd_records(block: bytes) -> list[Span] | None:
    """Find the records with a quote or with bytes that are no UTF-8; None where they are too many."""
    most = int(len(block) * _MOST_ODD)
    spans: list[Span] = []
    size = last = 0
    for span in _quoted_records(block):
        size += span[1] - span[0]
        if size > most or not span[1]:
            return None
        spans += _undecodable_lines(block, last, span[0])
        spans.append(span)
        last = span[1]
    spans += _undecodable_lines(block, last, len(block))
    return spans


def _quoted_records(block: bytes) -> Iterator[Span]:
    """Yield the records with quotes; one that does not end within any sensible length ends at 0.

    A record goes on to the first line feed that an even number of its quotes stands before.
    """
    quote = block.find(b'"')
    while quote >= 0:
        start = end = block.rfind(b"\n", 0, quote) + 1
        quotes = 0
        while end == start or quotes % 2:
            line_feed = block.find(b"\n", end)
            if line_feed < 0 or line_feed - start > _LONGEST_RECORD:
                yield start, 0
                return
            quotes += block.count(b'"', end, line_feed)
            end = line_feed + 1
        yield start, end
        quote = block.find(b'"', end)


def _undecodable_lines(block: bytes, start: int, end: int) -> Iterator[Span]:
    """Yield the lines between two places that are no UTF-8."""
    view = memoryview(block)
    while start < end:
        try:
            codecs.utf_8_decode(view[start:end], "strict", True)
        except UnicodeDecodeError as error:
            bad = start + error.start
            line = block.rfind(b"\n", 0, bad) + 1
            start = block.find(b"\n", bad) + 1
            yield line, start
        else:
            return


def _cut(block: bytes, spans: list[Span]) -> tuple[bytes, list[int]]:
    """Return the block without the spans, and how many of its remaining lines stand before each span."""
    view = memoryview(block)
    pieces, before = [], []
    lines = last = 0
    for start, end in spans:
        pieces.append(view[last:start])
        lines += block.count(b"\n", last, start)
        before.append(lines)
        last = end
    pieces.append(view[last:])
    return b"".join(pieces), before


def _read_plain(plain: bytes, width: int) -> tuple[pl.DataFrame, dict[int, bytes], list[int]] | None:
    """Read lines without quotes.

    Returns:
        The rows as wide as the header, with `_line`; by their places the lines with fewer or more fields;
        and the places of the blank ones. None where every mark is taken.
    """
    mark = parse.free_mark(plain)
    if mark is None:
        return None
    frame = parse.read_csv(parse.marked(plain, mark), width + 2, quoted=False)
    if frame.height != plain.count(b"\n"):
        return None
    whole = (frame.get_column(parse.field_name(width)) == mark.decode()).fill_null(value=False)
    irregular: dict[int, bytes] = {}
    blank: list[int] = []
    if not whole.all():
        lines = plain.split(b"\n")
        for place in (~whole).arg_true().to_list():
            if lines[place].strip(b"\r"):
                irregular[place] = lines[place]
            else:
                blank.append(place)
    regular = frame.with_row_index(_LINE)
    if irregular or blank:
        regular = regular.filter(whole)
    columns = (parse.field_name(i) for i in range(width))
    return regular.select(_LINE, *columns, *parse.as_wide_as_the_header(width)), irregular, blank


def _parse_exactly(text: bytes, width: int, records: int) -> pl.DataFrame | None:
    """Parse records that were cut out; None where they do not come out as that many rows.

    Quotes that RFC 4180 does not allow may belong with lines that were not cut out.
    """
    if b'"' in text and not parse.is_well_quoted(parse.with_bad_bytes_marked(text).encode()):
        return None
    rows = parse.parse(text, width)
    return rows if rows is not None and rows.height == records else None


def _numbers(lines: pl.Series, before: list[int], blank: list[int]) -> pl.Series:
    """Return the row numbers of plain lines: odd records before them count, blank lines do not."""
    odd = pl.Series(before, dtype=pl.UInt32).search_sorted(lines, side="right") if before else 0
    return (lines + 1 + odd - _count_below(blank, lines)).alias(ROW_NUMBER)


def _count_below(places: list[int], lines: pl.Series | list[int]) -> pl.Series | int:
    """Return, for each line, how many of the places come before it."""
    if not places:
        return 0
    return pl.Series(places, dtype=pl.UInt32).search_sorted(pl.Series(lines, dtype=pl.UInt32), side="left")
