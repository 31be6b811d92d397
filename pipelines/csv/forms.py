"""What the lines of a block are like that its fields no longer show: quotes, line breaks, commas too many."""

import polars as pl

from pipelines import noticed
from pipelines.csv import parse
from pipelines.csv.block_parser import Fields
from pipelines.csv.header import WHITE_SPACE
from pipelines.noticed import LAST_LINE, NOTICED
from pipelines.noticed_rows import bit
from pipelines.schema import LINE_NUMBER

_BLANKS = r"(?:\r?\n)+"


def forms(fields: Fields, width: int) -> pl.DataFrame:
    """Return `lineNumber, _lastLine, _noticed` of lines whose form was recognised."""
    found = [
        pl.DataFrame(
            {LINE_NUMBER: pl.Series(fields.headers, dtype=pl.UInt32)},
        ).select(
            LINE_NUMBER,
            pl.col(LINE_NUMBER).alias(LAST_LINE),
            _bit(noticed.REPEATED_HEADERS, pl.lit(value=True)),
        ),
        _special(fields, width),
    ]
    if fields.signs.returns:
        returns = _bit(noticed.LONE_RETURNS, _has_return(width))
        found.append(fields.plain.select(LINE_NUMBER, pl.col(LINE_NUMBER).alias(LAST_LINE), returns))
    return pl.concat(
        [
            one.filter(pl.col(NOTICED) != 0).cast({LINE_NUMBER: pl.UInt32, LAST_LINE: pl.UInt32})
            for one in found
        ]
    )


def _bit(kind: noticed.Kind, applies: pl.Expr) -> pl.Expr:
    return bit(kind, applies).alias(NOTICED)


def _cells(width: int) -> list[pl.Expr]:
    return [pl.col(parse.field_name(place)) for place in range(width)]


def _has_return(width: int) -> pl.Expr:
    return pl.any_horizontal(
        cell.str.strip_chars(WHITE_SPACE).str.contains(r"\r(?:[^\n]|\z)") for cell in _cells(width)
    )


def _special(fields: Fields, width: int) -> pl.DataFrame:
    """Look at the records that are not plain."""
    surplus = pl.col(parse.SURPLUS).list.first().fill_null("").str.strip_chars()
    bits = bit(noticed.STRAY_QUOTES, pl.col(parse.STRAY_QUOTES)) | bit(
        noticed.TRAILING_COMMAS, (pl.col(parse.WIDTH) == width + 1) & (surplus == "")
    )
    last = pl.col(LINE_NUMBER)
    if fields.breaks:
        like_rows, own = _like_rows(width)
        bits |= bit(noticed.SWALLOWED, like_rows)
        last += pl.when(like_rows).then(own).otherwise(0)
    if fields.signs.returns:
        bits |= bit(noticed.LONE_RETURNS, _has_return(width))
    return fields.special.select(LINE_NUMBER, last.cast(pl.UInt32).alias(LAST_LINE), bits.alias(NOTICED))


def _like_rows(width: int) -> tuple[pl.Expr, pl.Expr]:
    """Whether a field's lines look like rows, and how many line feeds are in all of them.

    They do where there are as many commas as rows of the file would have there; the first and the last of a
    field are parts of lines only, so one of two need not be whole.
    """
    like_rows, own = [], []
    for cell in _cells(width):
        ends = cell.str.strip_chars("\r\n").str.count_matches(_BLANKS).fill_null(0).cast(pl.Int64)
        commas = cell.str.count_matches(",", literal=True).fill_null(0).cast(pl.Int64)
        like_rows.append((ends > 0) & (commas >= pl.max_horizontal(ends - 1, 1) * (width - 1)))
        own.append(cell.str.count_matches("\n", literal=True).fill_null(0))
    return pl.any_horizontal(like_rows), pl.sum_horizontal(own)
