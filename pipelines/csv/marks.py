"""Marks that a text does not hold, to stand in it for what a parser would not leave as it is."""

import re

LONE_RETURN = re.compile("\r(?!\n)")
_BAD_BYTES = re.compile("[\udc80-\udcff]+")
_SPELT = {0xDC00 + byte: f"\\x{byte:02x}" for byte in range(0x80, 0x100)}


def free_mark(text: str, character: str) -> str:
    """Return a mark of noncharacters that the text does not hold; text for interchange does without any."""
    mark = character + "\ufdef"
    while mark in text:
        mark = character * 2 * len(mark) + "\ufdef"
    return mark


def with_bad_bytes_marked(block: bytes) -> tuple[str, str]:
    r"""Decode a block; bytes that are no UTF-8 become a mark and `\xff` each. Without any the mark is ""."""
    text = block.decode(errors="surrogateescape")
    if not _BAD_BYTES.search(text):
        return text, ""
    mark = free_mark(text, "\ufdd0")
    return _BAD_BYTES.sub(lambda bad: mark + bad[0].translate(_SPELT), text), mark
