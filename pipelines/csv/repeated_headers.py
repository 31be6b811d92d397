"""Header lines between rows, as in concatenated files: a repeated header is not a row (SPEC 1)."""

from collections.abc import Sequence

import polars as pl

from pipelines.csv import parse
from pipelines.csv.block_parser import Fields
from pipelines.csv.header import INVISIBLE, WHITE_SPACE, Header, missing_columns
from pipelines.csv.header_advice import bare
from pipelines.schema import LINE_NUMBER, ROW_NUMBER, SCORE, Column

_FEWEST_NAMES = 2
# What begins with a digit sorts between these.
_DIGITS = ("0", ":")
_NO_LETTERS = r"[^\p{L}\p{N}]"
_SAME, _OTHER = "_same", "_other"


def without_headers(fields: Fields, header: Header, columns: Sequence[Column]) -> Fields:
    """Take the header's repetitions out of a block's rows; the rows' numbers do not count them.

    A line with other columns, or with these in another order or spelling, is noted: it has every required
    column's name, or most of its cells are names of the header or of the contract, two at least and the
    score's among them or in its place; and what stands for the score is a name or nothing.
    """
    bare_names = {bare(name) for name in (*header.names, *(column.name for column in columns))}
    # A column may be called `2025` or `1`, as a question's answers are; in a row these are values.
    names = sorted(name for name in bare_names if name and not name.isdecimal())
    scores = header.positions[SCORE.name]
    places = sorted({0, 1, *scores} & set(range(header.width)))
    # Nearly all numbers begin with a digit; for a name that does nobody looks.
    score = fields.plain.get_column(parse.field_name(scores[0]))
    may_be_name = ~score.is_between(*_DIGITS).fill_null(value=False)
    plain = fields.plain.filter(may_be_name) if may_be_name.any() else fields.plain.clear()
    is_near = pl.any_horizontal(_bare(pl.col(parse.field_name(place))).is_in(names) for place in places)
    near_rows = [near for rows in (plain, fields.special) if not (near := rows.filter(is_near)).is_empty()]
    if not near_rows:
        return fields
    near = pl.concat(_lines(rows, header, columns, names) for rows in near_rows).sort(ROW_NUMBER)
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


def _bare(text: pl.Expr) -> pl.Expr:
    """As `header_advice.bare`."""
    return text.str.to_lowercase().str.replace_all(_NO_LETTERS, "")


def _lines(rows: pl.DataFrame, header: Header, columns: Sequence[Column], names: list[str]) -> pl.DataFrame:
    """Say of rows that may be headers whether they are this one or another."""
    cells = [parse.field_name(place) for place in range(header.width)]
    composed = pl.col(cells).str.normalize("NFC").str.replace_all(INVISIBLE, "").str.strip_chars(WHITE_SPACE)
    rows = rows.with_columns(composed.str.to_lowercase())
    same = pl.all_horizontal(
        pl.col(cell).fill_null("") == one.lower() for cell, one in zip(cells, header.names, strict=True)
    )
    if parse.WIDTH in rows.columns:
        same &= pl.col(parse.WIDTH) <= header.width
    return rows.with_columns(same.alias(_SAME), _bare(pl.col(cells))).select(
        ROW_NUMBER, LINE_NUMBER, _SAME, _is_other(cells, header, columns, names).alias(_OTHER)
    )


def _is_other(
    cells: Sequence[str], header: Header, columns: Sequence[Column], names: Sequence[str]
) -> pl.Expr:
    """Whether a row of bare names is a header, this one or another."""
    is_name = [pl.col(cell).is_in(names).fill_null(value=False) for cell in cells]
    filled = pl.sum_horizontal(pl.col(cell).fill_null("") != "" for cell in cells)
    found = pl.concat_list(pl.when(one).then(pl.col(cell)) for one, cell in zip(is_name, cells, strict=True))
    different = found.list.drop_nulls().list.n_unique()
    in_place = [is_name[place] for place in header.positions[SCORE.name]]
    no_score = pl.all_horizontal(
        is_name[place] | (pl.col(cells[place]).fill_null("") == "") for place in header.positions[SCORE.name]
    )
    has_score = pl.any_horizontal(pl.col(cell) == SCORE.name for cell in cells).fill_null(value=False)
    required = pl.all_horizontal(
        pl.any_horizontal(pl.col(cell).is_in([bare(one) for one in group]) for cell in cells)
        for group in missing_columns(columns, ())
    )
    most = (different >= _FEWEST_NAMES) & (2 * different > filled) & (has_score | pl.any_horizontal(in_place))
    return no_score & (required.fill_null(value=False) | most)


def _without(rows: pl.DataFrame, numbers: pl.Series) -> pl.DataFrame:
    """Leave out rows by their numbers, in order, and close the gaps."""
    kept = rows.filter(~pl.col(ROW_NUMBER).is_in(numbers.implode()))
    before = numbers.search_sorted(kept.get_column(ROW_NUMBER)).cast(pl.UInt32())
    return kept.with_columns(pl.col(ROW_NUMBER) - before)
