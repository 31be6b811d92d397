"""What a block's bytes show at a glance, so that rows are only asked for what may be there."""

import re
import unicodedata
from functools import cache
from typing import NamedTuple

from pipelines.csv.header import INVISIBLE
from pipelines.schema import SCORE

_ASCII = bytes(range(0x80))
_SCORE = SCORE.name.lower().encode()
# Quotes that editors make of " and ', by which a whole field may be quoted.
_TYPOGRAPHIC = frozenset("\u00ab\u00bb\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u201f\u2039\u203a")
# Korean vowels and endings that are composed with the letter before them.
_JAMO = range(0x1160, 0x1200)


class Signs(NamedTuple):
    """What a block holds anywhere.

    Attributes:
        apostrophes: some.
        formulas: an equals sign before a quote.
        returns: a carriage return that ends no line.
        headers: the name of the score's column, which stands in every header.
        marks: characters beyond ASCII that may have to go, to be composed, or that look like another.
    """

    apostrophes: bool = False
    formulas: bool = False
    returns: bool = False
    headers: bool = False
    marks: bool = False


def signs_of(block: bytes) -> Signs:
    """Look at whole records."""
    return Signs(
        apostrophes=b"'" in block,
        formulas=b'="' in block,
        returns=b"\r" in block and block.count(b"\r") != block.count(b"\r\n"),
        headers=_SCORE in block.lower(),
        marks=not block.isascii() and any(map(_is_mark, _beyond_ascii(block))),
    )


def _beyond_ascii(block: bytes) -> set[str]:
    return set(block.translate(None, _ASCII).decode(errors="ignore"))


@cache
def _is_mark(character: str) -> bool:
    if character in _TYPOGRAPHIC or re.match(INVISIBLE, character) or ord(character) in _JAMO:
        return True
    is_composed = unicodedata.is_normalized("NFC", character)
    if not is_composed or unicodedata.category(character).startswith("M"):
        return True
    return unicodedata.name(character, "").startswith(("CYRILLIC", "GREEK"))
