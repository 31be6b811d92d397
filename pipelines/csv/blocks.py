"""Cuts a stream of bytes into a header and blocks of whole records, so that memory stays flat."""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from pipelines.csv.header import BOM
from pipelines.csv.line_ends import other_line_ends
from pipelines.csv.marks import LONE_RETURN
from pipelines.csv.special_lines import count_of
from pipelines.errors import InvalidFileError

BLOCK_BYTES = 16 << 20
# A record of a stream is smaller than this, and a field is shorter than its line.
LONGEST_LINE = 1 << 20
# No field of a score file is this long: where no record ends within it, quotes do not pair up, and the
# block is cut at a line's end for the parser to find out why.
_LONGEST_SEARCH = 2 * BLOCK_BYTES
# Of a parsed block. Each takes 16 bytes, be there a field or not: megabytes of blank lines, or of short ones
# under a long header, would take as many gigabytes. Blocks of scores stay far below.
MOST_CELLS = 8 << 20
# An entry between bars is a text of its own for a while, two bytes of the file or not: so many cells.
_ENTRY_CELLS = 8
# Blank lines, and Excel's own first line: `sep=,`, quoted or not.
_BEFORE_HEADER = re.compile(rb'\A(?:[\r\n]*\n)?(?i:"?sep=,"?\r?\n)?[\r\n]*')
# A title and a few lines of comment are shorter.
_LOOK_AHEAD = 1 << 16


@dataclass(frozen=True)
class HeaderText:
    """The header as it stands in the file.

    Attributes:
        text: its bytes, without a byte-order mark.
        lines: up to its end, with the blank ones and a spreadsheet's `sep=,` before it.
        separator_line: the line of that `sep=,`; 0 where there is none.
        following: the lines after it, as far as they are known.
    """

    text: bytes
    lines: int
    separator_line: int = 0
    following: bytes = field(default=b"", compare=False)


@dataclass
class LineCount:
    """How many lines a stream of bytes has had so far; the last one may lack its line feed."""

    lines: int = 0

    def of(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        """Pass bytes on and count their lines, as long as these are no longer than `LONGEST_LINE`.

        Raises:
            InvalidFileError: on reading: a line is longer; the text says which.
        """
        line = read = 0  # where the line begins that is being read, and the chunk
        last = b"\n"
        for chunk in chunks:
            end = read + len(chunk)
            while end - line > LONGEST_LINE:
                # Any line that begins within reach may be the next one to measure: the last one is.
                reach = line + LONGEST_LINE + 1 - read
                line_feed = chunk.rfind(b"\n", max(0, line - read), reach)
                if line_feed < 0:
                    is_first = line == read == 0
                    self.lines += chunk.count(b"\n", 0, max(0, line - read))
                    raise (other_line_ends(chunk[:reach]) if is_first else None) or InvalidFileError(
                        f"Line {self.lines + 1:,} is longer than {LONGEST_LINE:,} bytes, the limit for a "
                        "line: shorten its fields, or check that lines end with a line feed."
                    )
                line = read + line_feed + 1
            if (last_feed := chunk.rfind(b"\n")) >= 0:
                line = read + last_feed + 1
            self.lines += count_of(b"\n", chunk)
            read, last = end, chunk[-1:] or last
            yield chunk
        self.lines += last != b"\n"


def split_header(chunks: Iterator[bytes]) -> tuple[HeaderText, Iterator[bytes]]:
    """Return the header and what follows it in pieces.

    Blank lines before the header, and the line that tells Excel of the comma, are no rows and no header
    either (SPEC 1).

    Raises:
        InvalidFileError: the file is empty, its lines have other ends, or its header's quotes do not end.
    """
    buffer = b""
    before = separator_line = 0
    for chunk in chunks:
        buffer = (buffer + chunk).removeprefix(BOM)
        text = _BEFORE_HEADER.sub(b"", buffer)
        above = buffer[: len(buffer) - len(text)]
        if b"=" in above:
            separator_line = before + above.count(b"\n", 0, above.index(b"=")) + 1
        before += above.count(b"\n")
        buffer = text
        end = _first_record_end(buffer[: buffer.rfind(b"\n") + 1])
        # What follows tells whether the header is all there is.
        if 0 < end < len(buffer):
            lines = before + buffer.count(b"\n", 0, end)
            following = buffer[end : end + _LOOK_AHEAD]
            return HeaderText(buffer[:end], lines, separator_line, following), _chain(buffer[end:], chunks)
        if len(buffer) > _LONGEST_SEARCH:
            raise _open_header()
    if not buffer:
        raise InvalidFileError("The file is empty: upload it again with a header and rows.")
    if (refusal := other_line_ends(buffer)) is not None:
        raise refusal
    buffer += b"" if buffer.endswith(b"\n") else b"\n"
    if not _first_record_end(buffer):
        raise _open_header()
    return HeaderText(buffer, before + buffer.count(b"\n"), separator_line), chunks


def blocks(chunks: Iterator[bytes], width: int) -> Iterator[bytes]:
    """Yield pieces of about `BLOCK_BYTES` that each end with a record, and so with a line.

    Args:
        chunks: what follows the header.
        width: how many fields a whole row has: the more there are, the fewer lines a block takes.
    """
    waiting: list[bytes] = []
    for chunk in chunks:
        waiting.append(chunk)
        if sum(map(len, waiting)) >= BLOCK_BYTES:
            buffer = b"".join(waiting)
            end = _last_record_end(buffer)
            if not end and len(buffer) > _LONGEST_SEARCH:
                end = buffer.rfind(b"\n") + 1
            waiting = [buffer[end:]]
            if end:
                yield from _of_few_cells(buffer[:end], width)
    buffer = b"".join(waiting)
    if buffer:
        # A carriage return that ends no line is a character, also where the file ends.
        missing = b"" if buffer.endswith(b"\n") else b"\r\n" if buffer.endswith(b"\r") else b"\n"
        yield from _of_few_cells(buffer + missing, width)


def _of_few_cells(block: bytes, width: int) -> Iterator[bytes]:
    """Halve a block until none of it parses to more than `MOST_CELLS`, or until it cannot be cut."""
    middle = 0
    if count_of(b"\n", block) * width + count_of(b"|", block) * _ENTRY_CELLS > MOST_CELLS:
        middle = _last_record_end(block[: len(block) // 2])
    if not middle:
        yield block
        return
    yield from _of_few_cells(block[:middle], width)
    yield from _of_few_cells(block[middle:], width)


def _chain(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    if first:
        yield first
    yield from rest


def _first_record_end(lines: bytes) -> int:
    """Return where the first record of whole lines ends; 0 where they end inside its quotes.

    As `csv` reads it, and as the rows are read: a quote inside an unquoted field is a character.
    """
    read = 0

    def numbered() -> Iterator[str]:
        nonlocal read
        for line in io.BytesIO(lines):
            read += len(line)
            # One character a byte: where a record ends does not depend on more.
            yield LONE_RETURN.sub(" ", line.decode("latin-1"))
        read = 0

    try:
        next(csv.reader(numbered()), None)
    except csv.Error as error:
        raise _open_header() from error
    return read


def _open_header() -> InvalidFileError:
    return InvalidFileError('The header holds an unterminated quote: close it with another ".')


def _last_record_end(buffer: bytes) -> int:
    """Return where the last whole record ends; 0 where none does.

    A line feed is outside quotes where an even number of quotes stands before it. Where it is inside,
    all up to the quote before it are.
    """
    end, quotes = len(buffer), count_of(b'"', buffer)
    while (line_feed := buffer.rfind(b"\n", 0, end)) >= 0:
        quotes -= buffer.count(b'"', line_feed, end)
        if quotes % 2 == 0:
            return line_feed + 1
        end, quotes = buffer.rfind(b'"', 0, line_feed), quotes - 1
    return 0
