"""What a block's bytes show at a glance, so that rows are searched only for what may be there."""

import re
import unicodedata
from functools import cache
from typing import NamedTuple

import polars as pl

from pipelines.csv.header import INVISIBLE
from pipelines.csv.special_lines import bytes_of, raw

_LAST_ASCII = 0x7F
_QUOTE, _LINE_FEED, _COMMA = b'"\n,'
# Quotes that editors make of " and ', by which a whole field may be quoted.
_TYPOGRAPHIC = frozenset("\u00ab\u00bb\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u201f\u2039\u203a")
# What stands in the place of a character that was lost, and what UTF-8 that was read as something else has.
_BROKEN = frozenset(
    "\ufffd\u00c2\u00c3\u00d0\u2020\u2021\u2026\u02c6\u2030\u2122\u20ac\u00a1\u00af\u00b0\u00b1\u00bc\u00be"
)
# Korean vowels and endings that are composed with the letter before them.
_JAMO = range(0x1160, 0x1200)


class Signs(NamedTuple):
    """What a block holds anywhere.

    Attributes:
        formulas: an equals sign where a field may begin.
        returns: a carriage return that ends no line.
        marks: characters beyond ASCII that may have to go, to be composed, or that look like another.
    """

    formulas: bool = False
    returns: bool = False
    marks: bool = False


def signs_of(block: bytes) -> Signs:
    """Look at whole records."""
    # A quote, and all white space of ASCII below it.
    before = _beside(block, b"=", -1)
    return Signs(
        formulas=block.startswith(b"=") or ((before <= _QUOTE) | (before == _COMMA)).any(),
        returns=(_beside(block, b"\r", 1) != _LINE_FEED).any(),
        marks=not block.isascii() and any(map(_is_mark, _beyond_ascii(block))),
    )


def _beside(block: bytes, byte: bytes, step: int) -> pl.Series:
    """Return what stands a step from each such byte; `bytes` finds pairs ten times as slowly."""
    if byte not in block:
        return pl.Series(dtype=pl.UInt8())
    text = bytes_of(block)
    return text.gather(((text == ord(byte)).arg_true().cast(pl.Int64()) + step).clip(0))


def _beyond_ascii(block: bytes) -> set[str]:
    text = bytes_of(block)
    return set(raw(text.filter(text > _LAST_ASCII)).decode(errors="ignore"))


@cache
def _is_mark(character: str) -> bool:
    if character in _TYPOGRAPHIC | _BROKEN or re.match(INVISIBLE, character) or ord(character) in _JAMO:
        return True
    # Full width, ligatures, dashes and blanks that look like those of ASCII; controls, of broken text.
    if unicodedata.category(character) in ("Pd", "Zs", "Cc") or "\ufb00" <= character <= "\uff5e":
        return True
    is_composed = unicodedata.is_normalized("NFC", character)
    if not is_composed or unicodedata.category(character).startswith("M"):
        return True
    return unicodedata.name(character, "").startswith(("CYRILLIC", "GREEK"))
