"""Removes what spreadsheets and exports put around values, before they are compared (SPEC 2).

Nearly no row of a plain file has any of it: one cheap look says which rows may, and only those are treated.
"""

from collections.abc import Mapping, Sequence

import polars as pl

from pipelines import noticed
from pipelines.csv.header import INVISIBLE
from pipelines.csv.scan import Block, trimmed
from pipelines.noticed import NOTICED
from pipelines.noticed_rows import bit
from pipelines.odd_rows import APOSTROPHES, IDS, NAMES, PHONES, ask_for_odd_rows, texts
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

_MARKETS = (HBASE.name, MARKET_PREFERENCES.name)
_LISTS = (MARKET_PREFERENCES.name, TAGS.name)

# A spreadsheet's formula for a text, and quotes that an editor made typographic.
_FORMULA = r'(?s)^="(.*)"$'
_TYPOGRAPHIC = "(?s)^[\u2018-\u201f\u00ab\u2039](.*)[\u2018-\u201f\u00bb\u203a]$"
_APOSTROPHE = "(?s)^'(.*?)'?$"
_BRACKETS = r"(?is)^<(?:mailto:)?(.*)>$|^mailto:(.*)$"
_QUOTED = '(?s)^"(.*)"$'
_FLOAT = r"^[0-9]+\.0$"
_MIXED = r"\p{Latin}[\p{Cyrillic}\p{Greek}]|[\p{Cyrillic}\p{Greek}]\p{Latin}"
_TOTAL = (
    r"(?i)^(?:(?:grand |sub-?)?totals?|sum|gesamt|summe|totale|total g[ée]n[ée]ral|suma)\s*:?$"
    r"|^[0-9][0-9,. ]*(?:rows?|records?|fans?|entries|lines)\b.*$"
)
_EXTENSION = r"(?i)[\s,;]*(?:x|ext(?:ension)?|#)[\s:.=]*[0-9]+\s*$"
_NO_PHONE = r"^\+?[0-9]+(?:[.,][0-9]+)?[eE]\+?[0-9]+$|^\+?[0-9]+\.0$"
_TWOPHONES = r"(?i)(?:[0-9][^0-9/;,|&]*){6}(?:[/;,|&\n]|\bor\b|\band\b)(?:[^0-9]*[0-9]){6}"
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
    rows = block.rows(copy).collect(engine="in-memory").with_columns(pl.lit(0, pl.UInt32()).alias(NOTICED))
    asked = ask_for_odd_rows(rows, block)
    if not asked:
        return rows, rows.clear()
    is_odd = rows.select(pl.any_horizontal(asked).fill_null(value=False)).to_series()
    odd = rows.filter(is_odd)
    if block.fields.signs.marks:
        odd = odd.pipe(_compose)
    return rows.filter(~is_odd), odd.pipe(_take_off).pipe(_empty).pipe(_phones)


def _combined(block: Block, copies: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Combine repeated columns, each copy treated alone: what says nothing gives way to the next (SPEC 1)."""
    rows, *others = (pl.concat(_treated(block, copy)).sort(ROW_NUMBER) for copy in range(copies))
    for more in others:
        columns = [pl.coalesce(rows[name], more[name]).alias(name) for name in texts(rows.columns)]
        tags = pl.concat_str(rows[TAGS.name], more[TAGS.name], separator="|", ignore_nulls=True)
        rows = rows.with_columns(*columns).with_columns(
            pl.when(tags != "").then(tags).alias(TAGS.name), rows[NOTICED] | more[NOTICED]
        )
    return rows.clear(), rows


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
    unmarked = {}
    for name in texts(rows.columns):
        if name in _LISTS:
            continue
        value = pl.col(name).str.replace(_FORMULA, "${1}").str.replace(_TYPOGRAPHIC, "${1}")
        unmarked[name] = trimmed(value.str.replace(_APOSTROPHE, "${1}") if name in APOSTROPHES else value)
    rows = rows.pipe(_changed, noticed.TEXT_MARKS, unmarked)
    address = pl.col(EMAIL.name).str.replace(_QUOTED, "${1}").str.replace(_BRACKETS, "${1}${2}")
    return rows.pipe(_changed, noticed.WRAPPED_ADDRESSES, {EMAIL.name: trimmed(address)})


def _empty(rows: pl.DataFrame) -> pl.DataFrame:
    """Read words for nothing as empty."""
    is_nothing = {name: pl.col(name).str.contains(NO_IDENTIFIER) for name in IDS}
    is_nothing[EMAIL.name] = pl.col(EMAIL.name).str.contains(NO_ADDRESS)
    is_nothing |= {name: pl.col(name).is_in(NULL_WORDS) for name in NAMES}
    return rows.pipe(
        _changed,
        noticed.NULL_WORDS,
        {name: pl.when(~applies).then(pl.col(name)) for name, applies in is_nothing.items()},
    )


def _phones(rows: pl.DataFrame) -> pl.DataFrame:
    """Cut off extensions; a telephone number that cannot be told becomes null."""
    number = pl.col(PHONE_NUMBER.name)
    rows = rows.pipe(
        _changed, noticed.EXTENSIONS, {PHONE_NUMBER.name: trimmed(number.str.replace(_EXTENSION, ""))}
    )
    return rows.pipe(
        _changed,
        noticed.UNCLEAR_PHONES,
        {
            name: pl.when(
                ~(pl.col(name).str.contains(_NO_PHONE) | pl.col(name).str.contains(_TWOPHONES))
            ).then(pl.col(name))
            for name in PHONES
        },
    )


def _recognise(rows: pl.DataFrame, identifiers: Sequence[str], last: int | None) -> pl.DataFrame:
    """Note what the identifier is like; a total only in the file's last row, of a file of fans."""
    identifier = pl.coalesce(identifiers)
    is_total = pl.lit(value=False)
    if last is not None and len(identifiers) > 1:
        is_total = (pl.col(ROW_NUMBER) == last) & identifier.str.contains(_TOTAL)
    mixed = pl.any_horizontal(
        pl.col(name).str.contains(_MIXED) for name in (*IDS, EMAIL.name) if name in rows.columns
    )
    return rows.with_columns(
        pl.col(NOTICED)
        | bit(noticed.FLOAT_IDS, identifier.str.contains(_FLOAT))
        | bit(noticed.MIXED_SCRIPTS, mixed)
        | bit(noticed.TOTALS_ROW, is_total)
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
