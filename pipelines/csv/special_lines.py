"""Looks at the bytes of a block: where its lines are, and which of them are unusual.

Finding the few lines with something to trim costs a fifth of trimming every field of every line, and what
is no UTF-8 can only stand where bytes beyond ASCII do.
"""

from collections.abc import Iterator

import polars as pl
import pyarrow as pa

Span = tuple[int, int]

_LINE_FEED, _RETURN, _COMMA = b"\n\r,"
# Every white space of ASCII is a space or below; the control characters that are none do no harm here.
_SPACE = ord(" ")
_LAST_ASCII = 0x7F
# What `surrogateescape` makes of bytes that are no UTF-8.
_FIRST_BAD, _LAST_BAD = 0xDC80, 0xDCFF
# White space beyond ASCII, in UTF-8: the first byte, and what may follow it. U+0085, U+00A0; U+1680; U+2000
# to U+200A, U+2028, U+2029, U+202F, U+205F; U+3000.
_WIDE_SPACES = {
    0xC2: (b"\x85", b"\xa0"),
    0xE1: (b"\x9a\x80",),
    0xE2: (*(bytes((0x80, last)) for last in (*range(0x80, 0x8B), 0xA8, 0xA9, 0xAF)), b"\x81\x9f"),
    0xE3: (b"\x80\x80",),
}


def lines_at(block: bytes, places: pl.Series) -> Iterator[tuple[int, bytes]]:
    """Yield lines with their line feed, by their places among the lines, from 0."""
    for place, (start, end) in zip(places, _spans(_line_ends(bytes_of(block)), places), strict=True):
        yield place, block[start:end]


def special_lines(block: bytes, most: int) -> list[Span] | None:
    """Find the lines that are no UTF-8, and those with white space beside a comma or at an end.

    Beyond ASCII any white space will do: it is rare, and then most often where it should not be.

    Args:
        block: whole lines.
        most: how many bytes of lines are worth finding.

    Returns:
        Where the lines begin and end, in their order; None where they are more than that.
    """
    text = bytes_of(block)
    found = _spaces_at_an_edge(text)
    if not block.isascii():
        beyond = (text > _LAST_ASCII).arg_true()
        found = pl.concat([found, _wide_spaces(text, beyond), _undecodable(text, beyond)]).sort()
    if found.is_empty():
        return []
    ends = _line_ends(text)
    lines = ends.search_sorted(found, side="left").unique(maintain_order=True)
    if len(lines) * len(block) > most * len(ends):
        return None
    return list(_spans(ends, lines))


def bytes_of(block: bytes) -> pl.Series:
    """Look at bytes as numbers, without a copy."""
    return pl.Series(pa.Array.from_buffers(pa.uint8(), len(block), [None, pa.py_buffer(block)]))


def count_of(byte: bytes, block: bytes) -> int:
    """Return how often a byte stands in a block; `bytes.count` takes six times as long."""
    return int((bytes_of(block) == ord(byte)).sum())


def raw(numbers: pl.Series) -> bytes:
    """Return numbers as the bytes that they are."""
    array = numbers.to_arrow()
    # What was filtered may be a part of what it was filtered from.
    return bytes(array.buffers()[1].slice(array.offset, len(array)))


def _spaces_at_an_edge(text: pl.Series) -> pl.Series:
    """Return the places of white space of ASCII at the edge of a field; a line's own end is none."""
    spaces = ((text <= _SPACE) & (text != _LINE_FEED)).arg_true()
    after = text.gather(spaces + 1)
    before = text.gather((spaces.cast(pl.Int64) - 1).clip(0))
    at_an_edge = (before == _COMMA) | (before == _LINE_FEED) | (spaces == 0)
    for stop in (_COMMA, _LINE_FEED, _RETURN):
        at_an_edge |= after == stop
    return spaces.filter(at_an_edge & ~((text.gather(spaces) == _RETURN) & (after == _LINE_FEED)))


def _wide_spaces(text: pl.Series, beyond: pl.Series) -> pl.Series:
    """Return the places of white space beyond ASCII."""
    bytes_there = text.gather(beyond)
    found = []
    for first, rests in _WIDE_SPACES.items():
        places = beyond.filter(bytes_there == first)
        for rest in rests if len(places) else ():
            here = places
            for offset, byte in enumerate(rest, start=1):
                here = here.filter(text.gather((here + offset).clip(upper_bound=len(text) - 1)) == byte)
            found.append(here)
    return pl.concat(found) if found else beyond.clear()


def _undecodable(text: pl.Series, beyond: pl.Series) -> pl.Series:
    """Return the places of bytes that are no UTF-8.

    Only the bytes beyond ASCII are decoded, each run of them after the ASCII byte that stands before it:
    that one keeps runs apart which together would come to something.
    """
    run_starts = beyond.filter((beyond.cast(pl.Int64).diff() != 1).fill_null(value=True) & (beyond > 0))
    places = pl.concat([beyond, run_starts - 1]).sort()
    runs = raw(text.gather(places))
    # A character of its own stands for each bad byte; where one is follows from how long those before it are.
    characters = runs.decode(errors="surrogateescape").encode("utf-32-le", errors="surrogatepass")
    codes = pl.Series(
        pa.Array.from_buffers(pa.uint32(), len(characters) // 4, [None, pa.py_buffer(characters)])
    )
    is_bad = codes.is_between(_FIRST_BAD, _LAST_BAD)
    lengths = pl.ones(len(codes), dtype=pl.UInt32, eager=True)
    for longer in (0x80, 0x800, 0x10000):
        lengths += (codes >= longer) & ~is_bad
    return places.gather((lengths.cum_sum() - 1).filter(is_bad))


def _line_ends(text: pl.Series) -> pl.Series:
    return (text == _LINE_FEED).arg_true()


def _spans(ends: pl.Series, lines: pl.Series) -> Iterator[Span]:
    starts = (ends + 1).shift(1, fill_value=0)
    return zip(starts.gather(lines), (ends + 1).gather(lines), strict=True)
