"""Looks at the bytes of a block: where its lines are, and which of them are unusual.

Finding the few lines with something to trim costs a fifth of trimming every field of every line, and what
is no UTF-8 can only stand where bytes beyond ASCII do.
"""

from collections.abc import Iterator, Sequence
from functools import cached_property

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


class BlockLines:
    """The whole lines of a block; where they end is looked up once, when it is first asked for."""

    def __init__(self, block: bytes) -> None:
        self.block = block
        self.bytes = bytes_of(block)

    @cached_property
    def ends(self) -> pl.Series:
        """Where each line's line feed is."""
        return (self.bytes == _LINE_FEED).arg_true()

    def spans(self, places: pl.Series) -> Iterator[Span]:
        """Yield where lines begin and end, by their places among the lines, from 0."""
        starts = (self.ends + 1).shift(1, fill_value=0)
        return zip(starts.gather(places), (self.ends + 1).gather(places), strict=True)

    def before(self, places: Sequence[int]) -> pl.Series:
        """Return how many lines end before places in the block."""
        return self.ends.search_sorted(pl.Series(places, dtype=pl.UInt32), side="left").cast(pl.UInt32)


def special_lines(lines: BlockLines, most: int) -> list[Span] | None:
    """Find the lines that are no UTF-8, and those with white space beside a comma or at an end.

    Beyond ASCII any white space will do: it is rare, and then most often where it should not be.

    Args:
        lines: of a block.
        most: how many bytes of lines are worth finding.

    Returns:
        Where the lines begin and end, in their order; None where they are more than that.
    """
    text = lines.bytes
    found = _spaces_at_an_edge(text)
    if not lines.block.isascii():
        beyond = (text > _LAST_ASCII).arg_true()
        found = pl.concat([found, _wide_spaces(text, beyond), _undecodable(text, beyond)]).sort()
    if found.is_empty():
        return []
    places = lines.ends.search_sorted(found, side="left").unique(maintain_order=True)
    if len(places) * len(lines.block) > most * len(lines.ends):
        return None
    return list(lines.spans(places))


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
    is_space = (text <= _SPACE) & (text != _LINE_FEED)
    begins_after = (text == _COMMA) | (text == _LINE_FEED)
    ends_before = begins_after | (text == _RETURN)
    # The last byte is a line feed, and may be the only one.
    at_an_edge = is_space.slice(1).head(-1) & (begins_after.head(-2) | ends_before.slice(2))
    first = is_space.head(1).arg_true()
    spaces = pl.concat([first, at_an_edge.arg_true() + 1]) if at_an_edge.any() else first
    return spaces.filter(~((text.gather(spaces) == _RETURN) & (text.gather(spaces + 1) == _LINE_FEED)))


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
