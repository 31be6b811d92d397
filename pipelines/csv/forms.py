"""What the lines of a block show that its parsed fields do not: quotes, line breaks, extra commas."""

import polars as pl

from pipelines import noticed
from pipelines.csv import parse
from pipelines.csv.block_parser import Fields
from pipelines.csv.header import WHITE_SPACE, Header
from pipelines.noticed import LAST_LINE, NOTICED
from pipelines.noticed_rows import bit
from pipelines.schema import LINE_NUMBER, SCORE

_BLANKS = r"(?:\r?\n)+"
# What Windows-1252 has no character for, and bytes side by side, as in UTF-8 or another alphabet.
_NO_1252 = r"\\x(?:81|8d|8f|90|9d)|\\x[0-9a-f]{2}\\x"
_LETTER_1252 = r"[A-Za-z]\\x[c-f]|\\x[c-f][0-9a-f][A-Za-z]"
_NO_WORD = r"[^,\n\p{L}]*(?:[eE][+-]?[0-9]+\s*)?(?:[,\n]|$)"
_LINES = (pl.col(LINE_NUMBER), pl.col(LINE_NUMBER).alias(LAST_LINE))


def forms(fields: Fields, header: Header) -> pl.DataFrame:
    """Return `lineNumber, _lastLine, _noticed` of lines whose form was recognised."""
    width = header.width
    headers = pl.DataFrame({LINE_NUMBER: pl.Series(fields.headers, dtype=pl.UInt32)})
    found = [
        headers.select(*_LINES, _bit(noticed.REPEATED_HEADERS, pl.lit(value=True))),
        fields.special.select(*_LINES, _special(width)),
    ]
    if fields.stray_quotes:
        is_stray = pl.any_horizontal(_holds('"', cell) for cell in _cells(width))
        found.append(fields.plain.select(*_LINES, _bit(noticed.STRAY_QUOTES, is_stray)))
    if fields.signs.returns:
        returns = _bit(noticed.LONE_RETURNS, _has_return(width))
        found += [rows.select(*_LINES, returns) for rows in (fields.plain, fields.special)]
    if fields.breaks:
        found.append(_swallowed(fields.special, width, header.positions[SCORE.name][0]))
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


def _special(width: int) -> pl.Expr:
    """Look at records that are not plain."""
    surplus = pl.col(parse.SURPLUS).list.first().fill_null("").str.strip_chars()
    has_comma = (pl.col(parse.WIDTH) == width + 1) & (surplus == "")
    commas = pl.col(parse.field_name(0)).str.count_matches(",", literal=True)
    is_quoted = (pl.col(parse.WIDTH) == 1) & (width > 1) & (commas >= width - 1)
    others = pl.max_horizontal(
        pl.col(parse.field_name(0)).str.count_matches(other, literal=True) for other in (";", "\t", "|")
    )
    has_others = (pl.col(parse.WIDTH) == 1) & (width > 1) & (others >= width - 1)
    return (
        bit(noticed.STRAY_QUOTES, pl.col(parse.STRAY_QUOTES))
        | bit(noticed.TRAILING_COMMAS, has_comma)
        | bit(noticed.QUOTED_ROWS, is_quoted)
        | bit(noticed.OTHER_SEPARATORS, has_others)
        | bit(noticed.WINDOWS_1252, pl.col(parse.BAD_ENCODING) & _is_1252(width))
    ).alias(NOTICED)


def _is_1252(width: int) -> pl.Expr:
    r"""Whether bytes that are no UTF-8, spelt `\xe9`, are letters in Windows-1252."""
    text = pl.concat_str(_cells(width), separator=",", ignore_nulls=True)
    return text.str.contains(_LETTER_1252) & ~text.str.contains(_NO_1252)


def _swallowed(rows: pl.DataFrame, width: int, score: int) -> pl.DataFrame:
    """Look at records with line breaks in their fields: few columns hold any, and a comma too."""
    cells = dict(enumerate(_cells(width)))
    both = [_holds("\n", cell) & _holds(",", cell) for cell in cells.values()]
    is_any = rows.select(one.any().alias(str(place)) for place, one in enumerate(both)).row(0)
    cells = {place: cells[place] for place, any_of_them in enumerate(is_any) if any_of_them}
    like_rows = [_like_rows(cell, place, width, score) for place, cell in cells.items()]
    found = rows.filter(pl.any_horizontal(like_rows)) if cells else rows.clear()
    own = pl.sum_horizontal(cell.str.count_matches("\n", literal=True) for cell in _cells(width))
    return found.select(
        LINE_NUMBER,
        (pl.col(LINE_NUMBER) + own).alias(LAST_LINE),
        _bit(noticed.SWALLOWED, pl.lit(value=True)),
    )


def _holds(character: str, cell: pl.Expr) -> pl.Expr:
    return cell.str.contains(character, literal=True)


def _like_rows(cell: pl.Expr, place: int, width: int, score: int) -> pl.Expr:
    """Whether a field's lines look like rows.

    They do where there are as many commas as rows of the file would have there; the first and the last of a
    field are parts of lines only, so one of two need not be whole. Somebody's address in several lines may
    have as many; but in the line where a row's quote opens no more commas follow than the row has fields
    left, and where a line has its score there is no word.
    """
    rest = cell.str.extract(r"^([^\n]*)", 1).str.count_matches(",", literal=True)
    is_rest = (rest <= width - 1 - place) & cell.str.contains(_has_score(place, score))
    ends = cell.str.strip_chars("\r\n").str.count_matches(_BLANKS).cast(pl.Int64)
    commas = cell.str.count_matches(",", literal=True).cast(pl.Int64)
    return is_rest & (ends > 0) & (commas >= pl.max_horizontal(ends - 1, 1) * (width - 1))


def _has_score(place: int, score: int) -> str:
    """Return what a field matches that holds a row's score: a number or nothing, in its place in a line."""
    whole = rf"\n(?:[^,\n]*,){{{score}}}{_NO_WORD}"
    return whole if place >= score else rf"^(?:[^,\n]*,){{{score - place}}}{_NO_WORD}|{whole}"
