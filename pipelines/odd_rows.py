"""Which rows of a block may need `clean`: in a plain block none, found at almost no cost.

To ask every row costs ten times what a look at a whole column does, or at the block's bytes (`csv.signs`).
So each question has such a look, and is put to the rows only where that one says so.
"""

from collections.abc import Collection, Iterator

import polars as pl

from pipelines.addresses import BAD_EMAIL, ODD_ADDRESS
from pipelines.csv.scan import Block
from pipelines.lists import ODD_LIST
from pipelines.phones import ODD_PHONE
from pipelines.schema import (
    EMAIL,
    FIRST_NAME,
    GLOBAL_USER_ID,
    IS_VERIFIED,
    LAST_NAME,
    LINE_NUMBER,
    MEMBER_ID,
    NO_IDENTIFIER,
    NULL_WORDS,
    NUMBER_COLUMNS,
    PHONE_COUNTRY_CODE,
    PHONE_NUMBER,
    ROW_NUMBER,
    TAGS,
)
from pipelines.totals import TOTAL

IDS = (GLOBAL_USER_ID.name, MEMBER_ID.name)
NAMES = (FIRST_NAME.name, LAST_NAME.name)
PHONES = (PHONE_COUNTRY_CODE.name, PHONE_NUMBER.name)
# A name may begin with an apostrophe, and a market.
APOSTROPHES = (*IDS, *NUMBER_COLUMNS, IS_VERIFIED.name)

_ODD_ID = f"{NO_IDENTIFIER}|^="
_LONGEST_WORD = max(map(len, NULL_WORDS))
# No plain value sorts below it, and all that begin with an apostrophe or a quote do.
_ABOVE_MARKS = "("
# Beyond 15 digits a spreadsheet writes zeroes, and a program's decimals are only nearly what they were.
ROUNDED = r"^[0-9]{15,}0$"
_FLOAT_END = rf"[.,]0+$|{ROUNDED}"
# An identifier that is a number or one word is as short at the most; most are longer, or no words.
_LONGEST_NUMBER = 20
# Sorts behind all that begins with a digit.
_DIGITS = ":"


def ask_for_odd_rows(rows: pl.DataFrame, block: Block) -> list[pl.Expr]:
    """Return what to ask of each row, one yes is enough; nothing where no row is odd.

    Args:
        rows: as `Block.rows` gives them.
        block: where they stood.
    """
    looks = list(_looks(rows.columns))
    found = rows.select(look.alias(str(place)) for place, (look, _) in enumerate(looks)).row(0)
    asked = [ask for is_any, (_, ask) in zip(found, looks, strict=True) if is_any]
    signs, columns = block.fields.signs, texts(rows.columns)
    if signs.formulas:
        asked += [pl.col(name).str.starts_with("=") for name in columns]
    if signs.marks:
        asked += [pl.col(name).str.len_bytes() != pl.col(name).str.len_chars() for name in columns]
    if block.last is not None:
        asked.append(pl.col(ROW_NUMBER) == block.last)
    return asked


def texts(columns: Collection[str]) -> list[str]:
    """Return which columns hold what stood in the file."""
    return [name for name in columns if not name.startswith("_") and name not in (ROW_NUMBER, LINE_NUMBER)]


def _looks(columns: Collection[str]) -> Iterator[tuple[pl.Expr, pl.Expr]]:
    """Yield a look at a column, and the question to its rows."""
    # All that stands around an address makes it none; few are none.
    address, is_bad = pl.col(EMAIL.name), pl.col(BAD_EMAIL)
    yield address.filter(is_bad).str.contains(ODD_ADDRESS).any(), is_bad & address.str.contains(ODD_ADDRESS)
    for name in columns:
        value = pl.col(name)
        if name in NAMES:
            short = value.filter(value.str.len_bytes() <= _LONGEST_WORD)
            yield short.is_in(NULL_WORDS).any(), value.is_in(NULL_WORDS)
        if name in IDS:
            # A word for nothing, and a formula, is short, or begins with neither a letter nor a digit.
            may_be = (value.str.len_bytes() <= _LONGEST_WORD) | _begins_oddly(value)
            yield value.filter(may_be).str.contains(_ODD_ID).any(), value.str.contains(_ODD_ID)
        if name in APOSTROPHES:
            yield (value < _ABOVE_MARKS).any(), value.str.contains("""^['"]""")
        if name in IDS:
            short = value.filter(value.str.len_bytes() <= _LONGEST_NUMBER)
            decimals = short.filter(short.str.ends_with("0"))
            yield decimals.str.contains(_FLOAT_END).any(), value.str.contains(_FLOAT_END)
            words = short.filter(short > _DIGITS), value.filter(value.str.contains(" ", literal=True))
            yield (
                pl.any_horizontal(some.str.contains(TOTAL).any() for some in words),
                value.str.contains(TOTAL),
            )
        if name in PHONES:
            yield value.str.contains(ODD_PHONE).any(), value.str.contains(ODD_PHONE)
        if name == TAGS.name:
            yield value.unique().str.contains(ODD_LIST).any(), value.str.contains(ODD_LIST)


def _begins_oddly(value: pl.Expr) -> pl.Expr:
    """Whether text sorts where none does that begins with an ASCII letter or digit."""
    between = ((":", "A"), ("[", "a"))
    return (value < "0") | (value >= "{") | pl.any_horizontal((value >= a) & (value < b) for a, b in between)
