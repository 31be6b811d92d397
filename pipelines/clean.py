"""Removes what spreadsheets and exports put around values, before they are compared (SPEC 2).

Nearly no row of a plain file has any of it: one cheap look says which rows may, and only those are treated.
"""

from collections.abc import Callable, Mapping, Sequence

import polars as pl

from pipelines import addresses, lists, noticed, phones
from pipelines.csv.header import INVISIBLE
from pipelines.csv.scan import Block, trimmed
from pipelines.noticed import NOTICED
from pipelines.noticed_rows import bit
from pipelines.odd_rows import APOSTROPHES, IDS, NAMES, PHONES, ROUNDED, ask_for_odd_rows, texts
from pipelines.rules import LOST_DIGITS
from pipelines.schema import (
    EMAIL,
    HBASE,
    IS_VERIFIED,
    MARKET_PREFERENCES,
    NO_ADDRESS,
    NO_IDENTIFIER,
    NULL_WORDS,
    NUMBER_COLUMNS,
    PHONE_NUMBER,
    ROW_NUMBER,
    TAGS,
)
from pipelines.totals import TOTAL

_MARKETS = (HBASE.name, MARKET_PREFERENCES.name)
_LISTS = (*_MARKETS, TAGS.name)

# Quotes that an editor made typographic.
_INSIDE = "([^\u201c-\u201f\u00ab\u00bb]*)"  # not `“Bob” and “Ann”`
_TYPOGRAPHIC = f"(?s)^[\u2018-\u201f\u00ab\u2039]{_INSIDE}[\u2018-\u201f\u00bb\u203a]$"
# Single ones are letters of some names, as in Arabic ones.
_TYPOGRAPHIC_NAME = f"(?s)^[\u201c-\u201f\u00ab]{_INSIDE}[\u201c-\u201f\u00bb]$"
_APOSTROPHE = "(?s)^'(.*?)'?$"
_QUOTED = '^"([^"]+)"$'
# What every one of these begins with, and a formula.
_MARK = "^[='\"\u2018-\u201f\u00ab\u2039]"
_FLOAT = r"^[0-9]+[.,]0+$"
# Letters of two scripts, and what looks like ASCII: full width, ligatures, dashes, blanks.
_MIXED = (
    r"\p{Latin}[\p{Cyrillic}\p{Greek}]|[\p{Cyrillic}\p{Greek}]\p{Latin}"
    "|[\uff01-\uff5e\ufb00-\ufb06\u2010-\u2015\u2212\u00a0\u2000-\u200a\u202f\u3000]"
)
# UTF-8 that was read as Windows-1252 and saved again: what its later bytes look like, behind what the first
# one does. Behind Ä and Å no quote or dash counts, nor a letter; other letters have two such signs.
_SIGN = "\u0080-\u00bf\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc\u2013-\u203a\u20ac\u2122"
_HONEST = "\u00aa\u00ba\u00bb\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u2013-\u2019\u201c\u201d\u203a"
_BROKEN = (
    f"\ufffd|[\u00c2\u00c3\u00d0][{_SIGN}]|[\u00c4\u00c5][{_SIGN}--{_HONEST}]|[\u00e2-\u00e9][{_SIGN}]{{2}}"
)
_DECIMAL_COMMA = r"^[+-]?[0-9]*,[0-9]+$"
_THOUSANDS = r"^[+-]?[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]*)?$"
_PERCENT = r"^[+-]?[0-9.,]+\s*%$"
_FLAGS = ("verdadero", "falso", "wahr", "falsch", "vrai", "faux", "vero", "verdadeiro", "waar", "onwaar")


def clean(block: Block, identifiers: Sequence[str]) -> pl.DataFrame:
    """Treat the rows of a block (`Block.rows`); their order is not kept.

    Args:
        block: of a file.
        identifiers: columns of which the first that is present says who the fan is.

    Returns:
        The rows with `_noticed`.
    """
    copies = max(map(len, block.header.positions.values()))
    usual, odd = _combined(block, copies) if copies > 1 else _treated(block)
    return pl.concat([usual, odd.pipe(_recognise, identifiers, block.last)]) if odd.height else usual


def _treated(block: Block, copy: int = 0) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the rows that are as they stood, and those that were treated."""
    added = (pl.lit(0, pl.UInt32()).alias(NOTICED), addresses.is_bad())
    rows = block.rows(copy).with_columns(added).collect(engine="in-memory")
    asked = ask_for_odd_rows(rows, block)
    if not asked:
        return rows, rows.clear()
    is_odd = rows.select(pl.any_horizontal(asked).fill_null(value=False)).to_series()
    odd = rows.filter(is_odd)
    if block.fields.signs.marks:
        odd = odd.pipe(_compose)
    odd = odd.pipe(_take_off).pipe(_empty).pipe(_phones).with_columns(addresses.is_bad())
    return rows.filter(~is_odd), odd


def _combined(block: Block, copies: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Combine repeated columns, each copy treated alone: what says nothing gives way to the next (SPEC 1)."""
    rows, *others = (
        pl.concat(_treated(block, copy)).pipe(_lists, _LISTS).sort(ROW_NUMBER) for copy in range(copies)
    )
    for more in others:
        columns = [pl.coalesce(rows[name], more[name]).alias(name) for name in texts(rows.columns)]
        tags = pl.concat_str(rows[TAGS.name], more[TAGS.name], separator="|", ignore_nulls=True)
        rows = rows.with_columns(*columns).with_columns(
            pl.when(tags != "").then(tags).alias(TAGS.name), rows[NOTICED] | more[NOTICED]
        )
    return rows.clear(), rows.with_columns(addresses.is_bad())


def _changed(rows: pl.DataFrame, kind: noticed.Kind, anew: Mapping[str, pl.Expr]) -> pl.DataFrame:
    """Put values in the place of others, and note where they differ."""
    # Nothing is to be done about columns without a value; of short rows these are nearly all.
    held = {column.name for column in rows if column.null_count() < rows.height}
    changed = rows.select(**{name: value for name, value in anew.items() if name in held})
    if not changed.width:
        return rows
    differs = pl.any_horizontal(
        rows.get_column(name).ne_missing(changed.get_column(name)) for name in changed.columns
    )
    return rows.with_columns(changed.get_columns()).with_columns(pl.col(NOTICED) | bit(kind, differs))


def _compose(rows: pl.DataFrame) -> pl.DataFrame:
    """Compose text (NFC), and remove what nobody sees where it is compared."""
    rows = rows.pipe(
        _changed,
        noticed.DECOMPOSED,
        {name: pl.col(name).str.normalize("NFC") for name in texts(rows.columns)},
    )
    return rows.pipe(
        _changed,
        noticed.INVISIBLE_CHARACTERS,
        {
            name: trimmed(pl.col(name).str.replace_all(INVISIBLE, ""))
            for name in (*IDS, EMAIL.name, *_MARKETS)
        },
    )


def _take_off(rows: pl.DataFrame) -> pl.DataFrame:
    """Take off a spreadsheet's text marks, and what mail programs put around an address."""
    marked = _with_any(rows, [name for name in texts(rows.columns) if name not in _LISTS], _MARK)
    unmarked = {name: trimmed(pl.lit(_without_marks(rows.get_column(name)))) for name in marked}
    rows = rows.pipe(_changed, noticed.TEXT_MARKS, unmarked)
    bare = {name: addresses.bare() for name in _with_any(rows, [EMAIL.name], addresses.ODD_ADDRESS)}
    return rows.pipe(_changed, noticed.WRAPPED_ADDRESSES, bare).pipe(_lists, (TAGS.name,))


def _without_marks(text: pl.Series) -> pl.Series:
    """Take the marks off a column's texts, one kind after another where any text has it."""
    name = text.name
    kinds = [
        (lists.FORMULA, lists.without_formula),
        _outside(_TYPOGRAPHIC_NAME if name in NAMES else _TYPOGRAPHIC),
        *([(addresses.LINKED, addresses.linked)] if name != EMAIL.name else []),
        *(map(_outside, (_QUOTED, _APOSTROPHE)) if name in (*APOSTROPHES, EMAIL.name, *PHONES) else []),
    ]
    for form, without in kinds:
        if text.str.contains(form).any():
            text = pl.select(without(pl.lit(text)).alias(name)).to_series()
    return text


def _outside(form: str) -> tuple[str, Callable[[pl.Expr], pl.Expr]]:
    """Return a form and what takes off all but its group."""
    return form, lambda text: text.str.replace(form, "${1}")


def _with_any(rows: pl.DataFrame, names: Sequence[str], form: str) -> list[str]:
    """Return the columns in which any text has a form: regular expressions that replace cost far more."""
    held = [name for name in names if name in rows.columns]
    return [name for name in held if rows.get_column(name).str.contains(form).any()]


def _lists(rows: pl.DataFrame, names: Sequence[str]) -> pl.DataFrame:
    """Treat lists; those of markets are else treated where they are ranked, each of them once."""
    names = _with_any(rows, names, lists.MAY_CHANGE)
    marks = {name: trimmed(lists.without_marks(pl.col(name))) for name in names}
    words = {name: trimmed(lists.without_words(pl.col(name))) for name in names}
    return rows.pipe(_changed, noticed.TEXT_MARKS, marks).pipe(_changed, noticed.NULL_WORDS, words)


def _empty(rows: pl.DataFrame) -> pl.DataFrame:
    """Read words for nothing as empty."""
    is_nothing = {name: pl.col(name).str.contains(NO_IDENTIFIER) for name in IDS}
    is_nothing[EMAIL.name] = pl.col(EMAIL.name).str.contains(NO_ADDRESS)
    is_nothing |= {name: pl.col(name).is_in(NULL_WORDS) for name in (*NAMES, *PHONES)}
    return rows.pipe(
        _changed,
        noticed.NULL_WORDS,
        {name: pl.when(~applies).then(pl.col(name)) for name, applies in is_nothing.items()},
    )


def _phones(rows: pl.DataFrame) -> pl.DataFrame:
    """Cut off extensions; a telephone number that cannot be told becomes null."""
    odd = _with_any(rows, PHONES, phones.ODD_PHONE)
    number = {name: phones.without_extension(pl.col(name)) for name in odd if name == PHONE_NUMBER.name}
    clear = {name: pl.when(~phones.is_unclear(name)).then(pl.col(name)) for name in odd}
    return rows.pipe(_changed, noticed.EXTENSIONS, number).pipe(_changed, noticed.UNCLEAR_PHONES, clear)


def _recognise(rows: pl.DataFrame, identifiers: Sequence[str], last: int | None) -> pl.DataFrame:
    """Note what the identifier is like, and text that is broken; a total in the file's last row."""
    identifier = pl.coalesce(identifiers)
    # Nothing but a fan has an address.
    is_total = identifier.str.contains(TOTAL) & (pl.col(EMAIL.name).is_null() | pl.col(addresses.BAD_EMAIL))
    is_last = pl.lit(value=False) if last is None else pl.col(ROW_NUMBER) == last

    def some(form: str, *names: str) -> pl.Expr:
        return pl.any_horizontal(pl.col(name).str.contains(form) for name in names if name in rows.columns)

    return rows.with_columns(
        pl.col(NOTICED)
        | bit(noticed.FLOAT_IDS, identifier.str.contains(_FLOAT))
        | bit(noticed.ROUNDED_IDS, identifier.str.contains(ROUNDED))
        | bit(noticed.MIXED_SCRIPTS, some(_MIXED, *IDS, EMAIL.name))
        | bit(noticed.LIST_SEPARATORS, some(lists.OTHER_SEPARATORS, TAGS.name))
        | bit(noticed.BROKEN_TEXT, some(_BROKEN, *IDS, EMAIL.name, *NAMES, *_MARKETS))
        | bit(noticed.TOTALS_ROW, is_total & is_last)
        | bit(noticed.TOTAL_WORDS, is_total & ~is_last)
    )


def rejected_forms(rejected: pl.DataFrame, identifiers: Sequence[str]) -> pl.DataFrame:
    """Note, in rejected rows, what their identifiers, numbers and flags look like."""
    if rejected.is_empty():
        return rejected
    numbers = [pl.col(name) for name in NUMBER_COLUMNS if name in rejected.columns]

    def some(form: str) -> pl.Expr:
        return pl.any_horizontal(number.str.contains(form) for number in numbers)

    def comma(number: pl.Expr) -> pl.Expr:
        return number.str.contains(_DECIMAL_COMMA) & ~number.str.contains(_THOUSANDS)

    found = (
        pl.col(NOTICED)
        | bit(noticed.LOST_DIGITS, pl.coalesce(identifiers).str.contains(LOST_DIGITS))
        | bit(noticed.DECIMAL_COMMAS, pl.any_horizontal(map(comma, numbers)))
        | bit(noticed.THOUSANDS, some(_THOUSANDS))
        | bit(noticed.PERCENTS, some(_PERCENT))
    )
    if IS_VERIFIED.name in rejected.columns:
        flag = pl.col(IS_VERIFIED.name).str.to_lowercase().is_in(_FLAGS)
        found |= bit(noticed.FOREIGN_FLAGS, flag)
    return rejected.with_columns(found)
