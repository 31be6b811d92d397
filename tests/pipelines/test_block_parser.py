"""Carving must come to the same as parsing the whole block. Cannot see: whole files (test_prepare.py)."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.csv import block_parser, parse
from pipelines.errors import InvalidFileError
from pipelines.schema import LINE_NUMBER, ROW_NUMBER

WIDTH = 3
# Lines that are no two alike in what is out of the ordinary about them; plain ones several times over.
LINES = [
    b"a,b,c", b"d,e,f", b"g,h,i", b"1,,", b",,", b"a,b", b"a", b"", b"a,b,c,", b"a,b,c,d", b"a,b,c,,,e",
    b"a,\xff,c", b"a,b,c,\xe2\x82", b'"a,1",b,c', b'"a""b",c,d', b'x,"y\nz",w', b'"p\n\nq",\xff,r', b'"",b,c',
    b"a\rb,c,d", b" , ,", "ü,東京,\ufffd".encode(),
    b'O"Neil,b,c', b'5",b,c', b'"a"b,c,d', b'x"y,"z', b"\xef\xbb\xbfa,b,c", b"\x1f,b,c",
    b" a,b,c", b"a ,b,c", b"a, b,c", b"a,b ,c", b"a,b, c", b"a,b,c ", b"a,\tb,c", b"a b,c d,e f", b"a,b,c\r",
    *(text.encode() for text in ("\u3000a,b,c", "a,b\u2003,c", "a,b\u2019,c", "a,b,c\x85", "a\xa0b,c,d")),
]  # fmt: skip


def _whole(block: bytes, width: int = WIDTH) -> list[tuple[object, ...]] | None:
    parsed = parse.parse(block, width)
    if parsed is None:
        return None
    return _rows(parsed.rows.with_row_index(ROW_NUMBER, offset=1))


def _rows(frame: pl.DataFrame) -> list[tuple[object, ...]]:
    """Rows in their order; an empty cell is null or "", by the way it took."""
    full = pl.element().fill_null("")
    return (
        frame.sort(ROW_NUMBER)
        .with_columns(pl.col(pl.String).fill_null(""), pl.col(parse.SURPLUS).list.eval(full))
        .rows()
    )


def _apart(block: bytes) -> pl.DataFrame | None:
    """All rows with all columns; the plain ones have to have been right to be called so."""
    fields = block_parser.parse_block(block, WIDTH)
    if fields is None:
        return None
    plain, special = fields.plain, fields.special
    assert fields.lines == block.count(b"\n")
    texts = plain.drop(ROW_NUMBER, LINE_NUMBER).rows()
    assert all(text is None or text == text.strip() for row in texts for text in row)
    cells = [pl.col(parse.field_name(place)) for place in range(WIDTH)]
    has_quote = pl.any_horizontal(cell.str.contains('"').fill_null(value=False) for cell in cells)
    said = plain.select(
        pl.all(),
        pl.lit(WIDTH, pl.UInt32()).alias(parse.WIDTH),
        pl.lit(None, pl.List(pl.String())).alias(parse.SURPLUS),
        (has_quote & fields.stray_quotes).alias(parse.STRAY_QUOTES),
        pl.lit(value=False).alias(parse.BAD_ENCODING),
    )
    return pl.concat([said.select(special.columns), special])


@given(
    st.lists(st.sampled_from(LINES), min_size=1, max_size=30),
    st.sampled_from([b"\n", b"\r\n"]),
    st.sampled_from([0.2, 2]),
)
def test_the_same_rows_with_the_same_numbers(lines: list[bytes], ending: bytes, most: float) -> None:
    block = b"".join(line + ending for line in lines)
    expected = _whole(block)
    with pytest.MonkeyPatch.context() as patch:
        # Also where what is out of the ordinary is the rule.
        patch.setattr(block_parser, "_MOST_SPECIAL", most)
        frame = _apart(block)
    if expected is None or frame is None:
        assert frame is None
        assert expected is None
        return
    assert _rows(frame) == expected


@pytest.mark.parametrize(
    ("special", "line"), [(b'"q,1",r,s', 40), (b"a,\xff,c", 41), (b"a,b,c,d", 42), (b"", 43)]
)
def test_odd_lines_among_many_plain_ones_are_apart_out(special: bytes, line: int) -> None:
    lines = [b"p,q,r"] * 100
    lines[line] = special
    block = b"\n".join(lines) + b"\n"
    assert block_parser._parse_apart(block, WIDTH).height
    frame = _apart(block)
    assert frame is not None
    assert sorted(frame.get_column(ROW_NUMBER)) == list(range(1, 100 + bool(special)))
    if special:
        fields = [parse.field_name(i) for i in range(WIDTH)]
        found = frame.filter(frame.get_column(ROW_NUMBER) == line + 1).select(fields)
        assert found.row(0) != ("p", "q", "r") or special == b"a,b,c,d"


def test_a_quote_that_begins_no_field_is_a_character() -> None:
    lines = [b"p,q,r"] * 100
    lines[50:53] = [b'5",q,r', b'5" ,q,6"', b'"p","q","r"']
    fields = block_parser._parse_apart(b"\n".join(lines) + b"\n", WIDTH)
    assert fields.stray_quotes
    assert fields.plain.row(50)[2:] == ('5"', "q", "r")
    assert fields.special.select("0", parse.STRAY_QUOTES).rows() == [('5" ', True), ("p", False)]


def test_quotes_that_may_belong_with_other_lines_are_left_to_the_whole_block() -> None:
    lines = [b"p,q,r"] * 100
    lines[50] = b'"p"5,q,r'
    with pytest.raises(block_parser._AsAWholeError):
        block_parser._parse_apart(b"\n".join(lines) + b"\n", WIDTH)


def test_a_quote_that_stays_open_is_refused_without_searching_for_ever() -> None:
    block = b'a,b,"c\n' + b"p,q,r\n" * 200_000
    with pytest.raises(InvalidFileError, match="unterminated quote"):
        block_parser.parse_block(block, WIDTH)
