"""Parses a block fast: unusual parts are cut out first and parsed on their own.

Nearly every line of a file is plain: a record of its own, without quoted fields, in UTF-8, with no white
space around a field and as many fields as the header. Polars reads those at full speed and nothing is left to
do about them; the few others, and only they, take the way that gets everything right (`parse`). A row's
number tells where it stood, so the two kinds need not be put in order again.
"""

import contextlib
from collections.abc import Iterator
from typing import NamedTuple

import polars as pl

from pipelines.csv import parse
from pipelines.csv.blocks import LONGEST_LINE
from pipelines.csv.cuts import Cuts, cut
from pipelines.csv.quotes import is_well_quoted, stays_in_its_line
from pipelines.csv.signs import Signs, signs_of
from pipelines.csv.special_lines import BlockLines, Span, count_of, special_lines
from pipelines.schema import LINE_NUMBER, ROW_NUMBER

# Beyond this share of a block, what is out of the ordinary is the rule: cutting would only add to it.
_MOST_SPECIAL = 0.2
# A longer record is left to the way that also says what is wrong with it.
_LONGEST_RECORD = LONGEST_LINE
_LINE = "_line"
_BEFORE_FIELDS = b",\n"


class Fields(NamedTuple):
    """The rows of a block, each with its `rowNumber` and `lineNumber`; blank lines have no row number.

    Attributes:
        plain: rows as wide as the header, in UTF-8, trimmed: their text and their place, and no more.
        special: all others, with all of `parse.Parsed`'s columns.
        blank: lines that are no rows.
        breaks: line feeds inside fields.
        signs: what else the bytes show.
        headers: lines at which the header stands again, which are no rows.
        other_header: the line of another header, below which rows would be misread; 0 where there is none.
        stray_quotes: whether plain rows hold quotes; of special ones each says so.
    """

    plain: pl.DataFrame
    special: pl.DataFrame
    blank: int
    breaks: int
    signs: Signs = Signs()
    headers: tuple[int, ...] = ()
    other_header: int = 0
    stray_quotes: bool = False

    @property
    def height(self) -> int:
        """How many rows there are."""
        return self.plain.height + self.special.height

    @property
    def lines(self) -> int:
        """How many lines the rows and what is between them come to."""
        return self.height + self.blank + self.breaks + len(self.headers)

    def counted_from(self, rows: int, lines: int) -> "Fields":
        """Count the rows and their lines on from those that were read before."""
        places = [pl.col(ROW_NUMBER) + rows, pl.col(LINE_NUMBER) + lines]
        return self._replace(
            plain=self.plain.with_columns(places),
            special=self.special.with_columns(places),
            headers=tuple(line + lines for line in self.headers),
        )


def parse_block(block: bytes, width: int, lines: int = 0) -> Fields | None:
    """Parse whole records into fields, the row and line numbers from 1 within the block.

    Args:
        block: whole records.
        width: how many fields the header has.
        lines: before the block, for what is said of a quote that does not end.

    Returns:
        None where the block ends inside quotes.

    Raises:
        InvalidFileError: a quoted field does not end within any sensible length.
    """
    if width > 1:
        with contextlib.suppress(_AsAWholeError):
            return _parse_apart(block, width)
    whole = parse.parse(block, width, lines)
    if whole is None:
        return None
    special = whole.rows.with_row_index(ROW_NUMBER, offset=1)
    return Fields(_plain_columns(special.clear(), width), special, whole.blank, whole.breaks, signs_of(block))


class _AsAWholeError(Exception):
    """To parse plain and special records apart would not be exact, or not worth it."""


def _parse_apart(block: bytes, width: int) -> Fields:
    """Parse plain lines and special records apart."""
    lines = BlockLines(block)
    spans = _special_records(lines)
    plain, cuts = cut(lines, spans)
    regular, irregular, blank = _read_plain(plain, width)
    texts, returns = _split_returns(irregular, lines, cuts)
    blank = pl.concat([blank, returns]).sort()
    special = [_no_special(width)]
    breaks = 0
    if spans:
        parsed = _parse_exactly([block[start:end] for start, end in spans], width)
        special.append(parsed.rows.with_columns(*cuts.places(blank)))
        breaks += parsed.breaks
    if texts:
        parsed = _parse_exactly(list(texts.values()), width)
        places = cuts.places_of(pl.Series(list(texts), dtype=pl.UInt32), blank)
        special.append(parsed.rows.with_columns(*places))
        breaks += parsed.breaks
    regular = regular.with_columns(*cuts.places_of(regular.get_column(_LINE), blank))
    columns = special[0].columns
    return Fields(
        _plain_columns(regular, width),
        pl.concat(rows.select(columns) for rows in special),
        len(blank),
        breaks,
        signs_of(block),
        stray_quotes=b'"' in plain,
    )


def _special_records(lines: BlockLines) -> list[Span]:
    """Find the records with a quoted field, with bytes that are no UTF-8, or with white space at an edge."""
    most = int(len(lines.block) * _MOST_SPECIAL)
    special = special_lines(lines, most)
    if special is None:
        raise _AsAWholeError
    quoted: list[Span] = []
    size = 0
    for span in _quoted_records(lines.block):
        size += span[1] - span[0]
        if size > most or not span[1]:
            raise _AsAWholeError
        quoted.append(span)
    return _apart(quoted, special)


def _apart(records: list[Span], lines: list[Span]) -> list[Span]:
    """Return records and lines in the order of the block; a line of a record is only a part of that."""
    found: list[Span] = []
    # Where both begin at one place, the record is the longer one.
    for span in sorted(records + lines, key=lambda span: (span[0], -span[1])):
        if not found or span[0] >= found[-1][1]:
            found.append(span)
    return found


def _quoted_records(block: bytes) -> Iterator[Span]:
    """Yield the records with quoted fields; one that does not end within any sensible length ends at 0.

    A record goes on to the first line feed that an even number of its quotes stands before. Where no field
    begins with a quote, quotes are characters.
    """
    quote = block.find(b'"')
    while quote >= 0:
        if quote and block[quote - 1] not in _BEFORE_FIELDS:
            quote = block.find(b'"', quote + 1)
            continue
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


def _read_plain(plain: bytes, width: int) -> tuple[pl.DataFrame, pl.Series, pl.Series]:
    """Read lines without quoted fields.

    Returns:
        The rows as wide as the header, with `_line`; the places of the lines with fewer or more fields; and
        those of the empty ones.

    Raises:
        _AsAWholeError: every mark is taken, or too many lines are not as wide.
    """
    mark = parse.free_byte(plain)
    if mark is None:
        raise _AsAWholeError
    frame = parse.read_csv(parse.marked(plain, mark), width + 2, quoted=False)
    if frame.height != count_of(b"\n", plain):
        raise _AsAWholeError
    frame = frame.with_row_index(_LINE)
    whole = (frame.get_column(parse.field_name(width)) == mark.decode()).fill_null(value=False)
    if whole.all():
        none = pl.Series(dtype=pl.UInt32)
        return frame, none, none
    first, second = (frame.get_column(parse.field_name(i)) for i in range(2))
    empty = first.is_null() & (second == mark.decode()).fill_null(value=False)
    irregular = (~(whole | empty)).arg_true()
    if len(irregular) > frame.height * _MOST_SPECIAL:
        raise _AsAWholeError
    return frame.filter(whole), irregular, empty.arg_true()


def _split_returns(irregular: pl.Series, lines: BlockLines, cuts: Cuts) -> tuple[dict[int, bytes], pl.Series]:
    """Return the lines at remaining places, and the places of those that hold carriage returns alone."""
    texts: dict[int, bytes] = {}
    returns: list[int] = []
    if len(irregular):
        spans = lines.spans(cuts.lines_of(irregular))
        for place, (start, end) in zip(irregular, spans, strict=True):
            line = lines.block[start:end]
            if line.strip(b"\r\n"):
                texts[place] = line
            else:
                returns.append(place)
    return texts, pl.Series(returns, dtype=pl.UInt32)


def _plain_columns(rows: pl.DataFrame, width: int) -> pl.DataFrame:
    # In one piece: Polars would align the parser's pieces with the rows' places anew at each step.
    return rows.select(ROW_NUMBER, LINE_NUMBER, *(parse.field_name(i) for i in range(width))).rechunk()


def _no_special(width: int) -> pl.DataFrame:
    return parse.no_rows(width).with_row_index(ROW_NUMBER)


def _parse_exactly(records: list[bytes], width: int) -> parse.Parsed:
    """Parse records that were cut out.

    Raises:
        _AsAWholeError: they do not come out as that many rows: quotes that RFC 4180 does not allow may belong
            with lines that were not cut out.
    """
    text = b"".join(records)
    sound = text.decode(errors="replace").encode()
    if b'"' in text and not is_well_quoted(sound) and not stays_in_its_line(sound):
        raise _AsAWholeError
    parsed = parse.parse(text, width)
    if parsed is None or parsed.rows.height != len(records):
        raise _AsAWholeError
    return parsed
