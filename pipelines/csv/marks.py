"""Marks that a text does not hold, to stand in it for what a parser would not leave as it is."""

import contextlib
import re

LONE_RETURN = re.compile("\r(?!\n)")
# What begins a byte that is no UTF-8 and therefore spelt.
SPELT = r"\x"


def free_mark(text: str, character: str) -> str:
    """Return a mark of noncharacters that the text does not hold; text for interchange does without any."""
    mark = character + "\ufdef"
    # What quotes part comes together where a parser drops them.
    text = text.replace('"', "")
    while mark in text:
        mark = character * 2 * len(mark) + "\ufdef"
    return mark


def with_bad_bytes_spelt(block: bytes) -> tuple[str, str | None]:
    r"""Decode a block; bytes that are no UTF-8 become `\xff` each.

    Returns:
        The text, and what follows each `\` that stands in the file itself, so that none of these begins with
        `\x`, also where a parser drops a quote between the two: "" where there are none. None where all is
        UTF-8.
    """
    with contextlib.suppress(UnicodeDecodeError):
        return block.decode(), None
    own = ""
    if b"\\" in block:
        own = free_mark(block.decode(errors="replace"), "\ufdd0")
        block = block.replace(b"\\", b"\\" + own.encode())
    return block.decode(errors="backslashreplace"), own
