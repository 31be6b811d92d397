"""Telephone fields that do not hold one number as it is dialled: their digits would be another (SPEC 2)."""

import polars as pl

from pipelines.csv.scan import trimmed
from pipelines.schema import PHONE_NUMBER

_EXTENSION = r"(?is)([0-9][^0-9]*?)[\s,;]*(?:x|ext(?:ension)?|#)[\s:.=]*[0-9]+\s*$"
# As in `+49 (0)30`: nobody dials both.
_TRUNK = r"^([^0-9]*(?:\+|00)[0-9 .-]*)\(0\)"
_DATE = (
    r"^(?:19|20)[0-9]{2}[-/.][01]?[0-9][-/.][0-3]?[0-9](?:\s.*)?$"
    r"|^[0-3]?[0-9][-/.][0-3]?[0-9][-/.](?:19|20)[0-9]{2}(?:\s.*)?$"
)
_FLOAT = r"^\+?[0-9]+[.,]0+$"
_UNCLEAR = "(?s)" + "|".join((
    # `5.55E+09`, `555-CALL`, `555-0100 or 555-0101`: letters stand only before digits, as in `tel: 5`.
    r"[0-9].*\p{L}",
    r"[0-9].*\+",
    # Other scripts' digits.
    r"[\p{Nd}--[0-9]]",
    _FLOAT,
    _DATE,
    # Two numbers: at a sign between them, of six digits each; at a blank, where groups are usual, of seven.
    r"(?:[0-9][^0-9/;,|&\n]*){6}[/;,|&\n](?:[^0-9]*[0-9]){6}",
    r"(?:[0-9][^0-9\s]*){7}\s(?:[^0-9]*[0-9]){7}",
    # The other one's last digits alone (`5550100/01`), or an extension behind a pause (`5550100,123`).
    r"(?:[0-9][^0-9/;,|&\n]*){7}[/;,|&\n][^0-9]*(?:[0-9][^0-9]*){1,3}$",
))  # fmt: skip
# Digits of a number: E.164 has up to 15 with the country's, and no country has 14 without.
_MOST_DIGITS, _MOST_NATIONAL_DIGITS = 15, 13
_INTERNATIONAL = r"^[^0-9]*\+|^[^0-9]*00"
# A word with fewer digits behind it is no number with a label.
_WORD = r"^[^0-9]*\p{L}[^0-9]*(?:[0-9][^0-9]*){0,5}$"
_NO_CODE = r"^[^0-9]*\p{L}[^0-9]*$|[0-9]\s*[/;|&\n]\s*[0-9]"

# Anything that a plain number does not have in it. More than plain signs, or more digits.
ODD_PHONE = rf"(?s)[^0-9+() .-]|\(0\)|[0-9].*\+|\.0+$|(?:[0-9][^0-9]*){{14}}|{_DATE}"


def without_extension(number: pl.Expr) -> pl.Expr:
    """Cut the extension off a number, and a zero in brackets behind a country's code."""
    return trimmed(number.str.replace(_EXTENSION, "${1}").str.replace(_TRUNK, "${1}"))


def is_unclear(name: str) -> pl.Expr:
    """Whether the number, or the country's code, cannot be told from the field."""
    text = pl.col(name)
    most = pl.when(text.str.contains(_INTERNATIONAL)).then(_MOST_DIGITS).otherwise(_MOST_NATIONAL_DIGITS)
    return (
        text.str.contains(_UNCLEAR)
        | text.str.contains(_WORD if name == PHONE_NUMBER.name else _NO_CODE)
        | (text.str.count_matches("[0-9]") > most)
    )
