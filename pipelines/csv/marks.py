"""Marks that a text does not hold, to stand in it for what a parser would not leave as it is."""

import contextlib
import re

LONE_RETURN = re.compile("\r(?!\n)")
# What begins a byte that is no UTF-8 and therefore spelt.
SPELT = r"\x"


def free_mark(text: str, character: str) -> str:
    """Return a mark of noncharacters that the text does not hold; text for interchange does without any."""
    mark = character + "\ufdef"
    while mark in text:
        mark = character * 2 * len(mark) + "\ufdef"
    return mark


def with_bad_bytes_spelt(block: bytes) -> tuple[str, str | None]:
    r"""Decode a block; bytes that are no UTF-8 become `\xff` each.

    Returns:
        The text, and what parts the two characters `\` and `x` where they stand in the file itself: "" where
        they do not. None where all is UTF-8.
    """
    with contextlib.suppress(UnicodeDecodeError):
        return block.decode(), None
    own = ""
    if SPELT.encode() in block:
        own = free_mark(block.decode(errors="replace"), "\ufdd0")
        block = block.replace(SPELT.encode(), own.join(SPELT).encode())
    return block.decode(errors="backslashreplace"), own
