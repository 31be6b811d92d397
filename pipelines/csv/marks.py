"""Marks that a text does not hold, to stand in it for what a parser would not leave as it is."""

import re

LONE_RETURN = re.compile("\r(?!\n)")
_BAD_BYTE = re.compile("[\udc80-\udcff]")


def free_mark(text: str, character: str) -> str:
    """Return a mark of noncharacters that the text does not hold; text for interchange does without any."""
    mark = character + "\ufdef"
    while mark in text:
        mark = character * 2 * len(mark) + "\ufdef"
    return mark


def with_bad_bytes_marked(block: bytes) -> tuple[str, str]:
    r"""Decode a block; each byte that is no UTF-8 becomes a mark and `\xff`. Without any the mark is ""."""
    text = block.decode(errors="surrogateescape")
    if not _BAD_BYTE.search(text):
        return text, ""
    mark = free_mark(text, "\ufdd0")
    return _BAD_BYTE.sub(lambda bad: f"{mark}\\x{ord(bad[0]) - 0xDC00:02x}", text), mark
