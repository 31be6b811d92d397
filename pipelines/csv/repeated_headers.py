"""Header lines between rows, as where files were concatenated: the same again is no row (SPEC 1)."""

from collections.abc import Sequence

import polars as pl

from pipelines.csv import parse
from pipelines.csv.block_parser import Fields
from pipelines.csv.header import INVISIBLE, WHITE_SPACE, Header, missing_columns
from pipelines.schema import LINE_NUMBER, ROW_NUMBER, SCORE, Column

_FEWEST_NAMES = 2
# Sorts behind all that begins with a digit.
_DIGITS = ":"
_SAME, _OTHER = "_same", "_other"


def without_headers(fields: Fields, header: Header, columns: Sequence[Column]) -> Fields:
    """Take the header's repetitions out of a block's rows; the rows' numbers do not count them.

    A line with other columns, or with these in another order, is noted: it has every required column's name,
    or the score's and nothing but names of columns, and what stands for the score is a name or nothing.
    """
    known = [column.name.lower() for column in columns]
    scores = header.positions[SCORE.name]
    # The first cell alone may have something invisible before its name; a missing one is no name.
    places = sorted({0, 1, *scores} & set(range(header.width)))
    # No number begins with a letter, or with what nobody sees before one.
    score = fields.plain.get_column(parse.field_name(scores[0]))
    no_number = score.is_null() | (score > _DIGITS)
    plain = fields.plain.filter(no_number) if no_number.any() else fields.plain.clear()
    is_near = pl.any_horizontal(_bare(place).is_in(known) for place in places)
    near_rows = [near for rows in (plain, fields.special) if not (near := rows.filter(is_near)).is_empty()]
    if not near_rows:
        return fields
    near = pl.concat(_lines(rows, header, columns, known) for rows in near_rows).sort(ROW_NUMBER)
    others = near.filter(pl.col(_OTHER) & ~pl.col(_SAME))
    if others.height:
        return fields._replace(other_header=others.get_column(LINE_NUMBER)[0])
    same = near.filter(_SAME)
    if same.is_empty():
        return fields
    numbers = same.get_column(ROW_NUMBER)
    return fields._replace(
        plain=_without(fields.plain, numbers),
        special=_without(fields.special, numbers),
        headers=tuple(same.get_column(LINE_NUMBER)),
    )


def _bare(place: int) -> pl.Expr:
    return pl.col(parse.field_name(place)).str.strip_chars(WHITE_SPACE).str.to_lowercase()


def _lines(rows: pl.DataFrame, header: Header, columns: Sequence[Column], known: list[str]) -> pl.DataFrame:
    """Say of rows that may be headers whether they are this one or another."""
    cells = [parse.field_name(place) for place in range(header.width)]
    name = pl.col(cells).str.normalize("NFC").str.replace_all(INVISIBLE, "").str.strip_chars(WHITE_SPACE)
    rows = rows.with_columns(name.str.to_lowercase())
    is_known = [pl.col(cell).is_in(known).fill_null(value=False) for cell in cells]
    is_empty = [pl.col(cell).fill_null("") == "" for cell in cells]
    required = [
        pl.any_horizontal(pl.col(cell).is_in([one.lower() for one in group]) for cell in cells)
        for group in missing_columns(columns, ())
    ]
    only_names = pl.all_horizontal(
        known_one | empty for known_one, empty in zip(is_known, is_empty, strict=True)
    )
    no_score = pl.all_horizontal(is_known[place] | is_empty[place] for place in header.positions[SCORE.name])
    has_score = pl.any_horizontal(pl.col(cell) == SCORE.name.lower() for cell in cells)
    many_names = only_names & has_score & (pl.sum_horizontal(is_known) >= _FEWEST_NAMES)
    other = pl.all_horizontal(required) | many_names
    same = pl.all_horizontal(
        pl.col(cell).fill_null("") == one.lower() for cell, one in zip(cells, header.names, strict=True)
    )
    if parse.WIDTH in rows.columns:
        same &= pl.col(parse.WIDTH) <= header.width
    return rows.select(
        ROW_NUMBER, LINE_NUMBER, same.alias(_SAME), (other & no_score).fill_null(value=False).alias(_OTHER)
    )


def _without(rows: pl.DataFrame, numbers: pl.Series) -> pl.DataFrame:
    """Leave out rows by their numbers, in order, and close the gaps."""
    kept = rows.filter(~pl.col(ROW_NUMBER).is_in(numbers.implode()))
    before = numbers.search_sorted(kept.get_column(ROW_NUMBER)).cast(pl.UInt32())
    return kept.with_columns(pl.col(ROW_NUMBER) - before)
