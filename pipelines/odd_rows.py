"""Which rows of a block may need `clean`: in a plain block none, found at almost no cost.

To ask every row costs ten times what a look at a whole column does, or at the block's bytes (`csv.signs`).
So each question has such a look, and is put to the rows only where that one says so.
"""

from collections.abc import Collection, Iterator

import polars as pl

from pipelines.csv.scan import Block
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
)

IDS = (GLOBAL_USER_ID.name, MEMBER_ID.name)
NAMES = (FIRST_NAME.name, LAST_NAME.name)
PHONES = (PHONE_COUNTRY_CODE.name, PHONE_NUMBER.name)
# A name may begin with an apostrophe, and a market.
APOSTROPHES = (*IDS, EMAIL.name, *NUMBER_COLUMNS, IS_VERIFIED.name)

_LONGEST_WORD = max(map(len, NULL_WORDS))
# No plain value sorts below it, and all that begin with an apostrophe or a quote do.
_ABOVE_MARKS = "("
_ODD_PHONE = r"[A-Za-z#/;,|&\n]|\.0(?:\x00|$)"


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
    if signs.colons:
        asked.append(pl.col(EMAIL.name).str.contains("(?i)^mailto:"))
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
    email = pl.col(EMAIL.name)
    yield ((email >= "<") & (email < "=")).any(), email.str.starts_with("<")
    for name in columns:
        value = pl.col(name)
        if name in NAMES:
            short = value.filter(value.str.len_bytes() <= _LONGEST_WORD)
            yield short.is_in(NULL_WORDS).any(), value.is_in(NULL_WORDS)
        if name in (*IDS, EMAIL.name):
            # A word for nothing is short, or begins with neither a letter nor a digit.
            may_be = (value.str.len_bytes() <= _LONGEST_WORD) | _begins_oddly(value)
            yield value.filter(may_be).str.contains(NO_IDENTIFIER).any(), value.str.contains(NO_IDENTIFIER)
        if name in APOSTROPHES:
            yield (value < _ABOVE_MARKS).any(), value.str.contains("""^['"]""")
        if name in IDS:
            is_float = value.str.ends_with(".0")
            yield is_float.any(), is_float
        if name in PHONES:
            # Between values stands what no file has in it.
            yield value.str.join("\0").str.contains(_ODD_PHONE), value.str.contains(_ODD_PHONE)


def _begins_oddly(value: pl.Expr) -> pl.Expr:
    """Whether text sorts where none does that begins with an ASCII letter or digit."""
    between = ((":", "A"), ("[", "a"))
    return (value < "0") | (value >= "{") | pl.any_horizontal((value >= a) & (value < b) for a, b in between)
