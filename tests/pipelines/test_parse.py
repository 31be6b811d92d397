"""Blocks of bytes to fields. Cannot see: whole files (test_prepare.py)."""

import pytest

from pipelines.csv import parse
from pipelines.csv.blocks import LONGEST_LINE
from pipelines.errors import InvalidFileError
from pipelines.schema import LINE_NUMBER


def fields(block: bytes, width: int = 2) -> list[list[object]]:
    parsed = parse.parse(block, width)
    assert parsed is not None
    line_feeds = block.count(b"\n")
    assert parsed.rows.height + parsed.blank + parsed.breaks == line_feeds
    return [list(row) for row in parsed.rows.drop(LINE_NUMBER, parse.STRAY_QUOTES).rows()]


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        (b"a,b\n", ["a", "b", 2, None, False]),
        (b"a,b\r\n", ["a", "b", 2, None, False]),
        (b"a\n", ["a", None, 1, None, False]),
        (b",\n", [None, None, 2, None, False]),
        (b"a,b,\n", ["a", "b", 3, [None], False]),
        (b"a,b,c,,d\n", ["a", "b", 5, ["c", None, "d"], False]),
        (b",,,,,,\n", [None, None, 7, [None] * 5, False]),
        (b'"a,1","b\n\n2"\n', ["a,1", "b\n\n2", 2, None, False]),
        (b'"a""1","b\r\n2"\r\n', ['a"1', "b\r\n2", 2, None, False]),
        (b'""\n', ["", None, 1, None, False]),
        (b"a\rb,c\n", ["a\rb", "c", 2, None, False]),
        ("\ufffd,\x1f\n".encode(), ["\ufffd", "\x1f", 2, None, False]),
        (b"a\xff\xe2\x82,b\n", [r"a\xff\xe2\x82", "b", 2, None, True]),
        (b"a,b,\xff\n", ["a", "b", 3, [r"\xff"], True]),
        # The same characters may stand in the file themselves.
        (b"\\x41,b\n", [r"\x41", "b", 2, None, False]),
        (b"\\x41,\xff\n", [r"\x41", r"\xff", 2, None, True]),
        (b"\\\xff,\\\\x,\\x\n", [r"\\xff", r"\\x", 3, [r"\x"], True]),
        ("\ufdd0\ufdef\\x,".encode() + b"\xff\n", ["\ufdd0\ufdef\\x", r"\xff", 2, None, True]),
        ('"\ufdd0"\ufdef\\,'.encode() + b"\xff\n", ["\ufdd0\ufdef\\", r"\xff", 2, None, True]),
        ('"\ufdd1"\ufdef,x\ry\n'.encode(), ["\ufdd1\ufdef", "x\ry", 2, None, False]),
        # What RFC 4180 does not allow is read the way Python's csv reads it.
        (b'O"Neil,5"\n', ['O"Neil', '5"', 2, None, False]),
        (b'"a"b,c\n', ["ab", "c", 2, None, False]),
        (b'"a" ,x\ry\n', ["a ", "x\ry", 2, None, False]),
        (b'5"",6"\n', ['5""', '6"', 2, None, False]),
        (b'5",6",7"\n', ['5"', '6"', 3, ['7"'], False]),
        (b'5",\xff\n', ['5"', r"\xff", 2, None, True]),
    ],
)
def test_one_row(block: bytes, expected: list[object]) -> None:
    assert fields(block) == [expected]
    # In company: the rows around it stay what they are.
    company = [["p", "q", 2, None], ["r", "s", 2, None]]
    around = fields(b"p,q\n" + block + b"r,s\n")
    assert [row[:4] for row in around] == [company[0], expected[:4], company[1]]


@pytest.mark.parametrize("row", [b'"a\\"x41",b\n', b"a,b,\\,x41\n"])
def test_a_spelt_byte_is_no_other_rows(row: bytes) -> None:
    """A backslash and an `x` that come together once the row is read are none."""
    assert [found[-1] for found in fields(row + b"a,\xff\n")] == [False, True]
    assert fields(row + b"a,\xff\n")[0] == fields(row)[0]


def test_blank_lines_are_left_out_and_quoted_ones_are_not() -> None:
    assert [row[0] for row in fields(b'\n\r\na,b\n\n\n"\n\n",c\n \n')] == ["a", "\n\n", " "]


@pytest.mark.parametrize(
    ("block", "lines"),
    [
        (b'\n\na,b\n\n"c\n\nd","e\nf"\n\ng,h\n', [3, 5, 10]),
        (b'a,b\n\n"c\n",d\n5",e\n', [1, 3, 5]),
        (b'\na,b\n"\xff\n\n",c\n\nd,"e\n"\n', [2, 3, 7]),
    ],
)
def test_rows_know_the_line_that_they_begin_in(block: bytes, lines: list[int]) -> None:
    parsed = parse.parse(block, 2)
    assert parsed is not None
    assert parsed.rows.get_column(LINE_NUMBER).to_list() == lines


def test_two_stray_quotes_do_not_swallow_the_lines_between() -> None:
    assert [row[:2] for row in fields(b'a,5"\nb,c\nd,"6""\n"\n')] == [["a", '5"'], ["b", "c"], ["d", '6"\n']]
    assert [row[0] for row in fields(b'u,"open\nv,"w",\n5",x\n')] == ["u", '5"']


@pytest.mark.parametrize("surplus", [2, 8, 9, 64, 65, 300])
def test_more_surplus_fields_than_are_parsed_for(surplus: int) -> None:
    long = b"a,b" + b",x" * surplus + b"\n"
    (row, other) = fields(long + b"c,d\n")
    assert row[2] == surplus + 2
    assert row[3] == ["x"] * surplus
    assert other == ["c", "d", 2, None, False]


def test_every_mark_taken_by_the_text() -> None:
    cell = "\x1f\x1e\x1d\x1c\x02\x03"
    assert fields(f"a,{cell}\n".encode()) == [["a", cell, 2, None, False]]


def test_block_that_ends_inside_quotes_needs_more() -> None:
    assert parse.parse(b'a,"b\n', 2) is None


def test_field_without_an_end_is_refused() -> None:
    with pytest.raises(InvalidFileError, match="unterminated quote"):
        parse.parse(b'a,"' + b"x\n" * (LONGEST_LINE // 2 + 1), 2)


def test_a_stray_quote_beside_a_long_field_is_a_character() -> None:
    long = "x" * 140_000
    assert fields(f'{long},b\n1,ny"c\n'.encode()) == [
        [long, "b", 2, None, False],
        ["1", 'ny"c', 2, None, False],
    ]
