"""Which questions a block's rows are asked. Cannot see: what becomes of the rows (test_people.py)."""

from concurrent.futures import ThreadPoolExecutor

import polars as pl
import pytest

from pipelines import addresses, scrubbed
from pipelines.csv.scan import Block, Scan
from pipelines.csv.signs import Signs, signs_of
from pipelines.odd_rows import ask_for_odd_rows

HEADER = b"globalUserId,memberId,email,firstName,phoneNumber,score,isVerified,hbase,marketPreferences\n"
PLAIN = b"u1,,ada@x.io,D'Arcy,(555) 555-0100,7.0,yes,'s-Hertogenbosch,'s-Hertogenbosch\n" * 3


def block_of(rows: bytes) -> Block:
    with ThreadPoolExecutor(1) as pool:
        # The last block is asked for its last row: one more follows.
        (block,) = Scan(iter([HEADER + rows]), scrubbed.COLUMNS, pool)._numbered()
    return block


def rows_of(block: Block) -> pl.DataFrame:
    return block.rows().with_columns(addresses.is_bad()).collect()


def odd_rows(rows: bytes) -> list[int]:
    block = block_of(rows)
    frame = rows_of(block)
    asked = ask_for_odd_rows(frame, block)
    odd = frame.filter(pl.any_horizontal(asked).fill_null(value=False)) if asked else frame.clear()
    return sorted(odd.get_column("rowNumber"))


def test_rows_of_a_plain_block_are_asked_nothing() -> None:
    block = block_of(PLAIN)
    assert ask_for_odd_rows(rows_of(block), block) == []


@pytest.mark.parametrize(
    "row",
    [
        "'u1,,,,,1,y,,", "u1,'m1,,,,1,y,,", "u1,,'a@x.io',,,1,y,,", "u1,,,,,'1,y,,", "u1,,,,,1,'y,,",
        "1001.0,,,,,1,y,,", "N/A,,,,,1,y,,", "u1,-,,,,1,y,,",
        "u1,,undefined,,,1,y,,", "u1,,,NULL,,1,y,,", "u1,,<a@x.io>,,,1,y,,", "u1,,MailTo:a@x.io,,,1,y,,",
        'u1,,"""a@x.io""",,,1,y,,', 'u1,,,,,1,y,="""oslo""",', "u1,,,,555 x12,1,y,,", "u1,,,,5550100.0,1,y,,",
        'u1,,,,"5\n5",1,y,,', "u\u200b1,,,,,1,y,,", "u1,,,e\u0301,,1,y,,",
        'u1,,,"=LINK(""x"",""Ada"")",,1,y,,', 'u1,,, =LINK("x"),,1,y,,', "u1,,,\u00c5\u00a1,,1,y,,",
        "u1,,,\u00c4\u008d,,1,y,,", "tOTAL,,,,,1,y,,", "\u5408\u8a08: 30,,,,,1,y,,",
        "30 rows in all the parts,,,,,1,y,,",
    ],
)  # fmt: skip
def test_only_the_odd_row_is_found(row: str) -> None:
    assert odd_rows(PLAIN + row.encode() + b"\n" + PLAIN) == [4]


@pytest.mark.parametrize(
    ("block", "signs"),
    [
        (b"+1,a=b,c==\n\"x\",e 1+\r\n", Signs()),
        *((field + b"\n", Signs(formulas=True)) for field in (b'a,="b"', b'"=A(1)"', b"=A(1)", b"a, =A(1)")),
        (b"a\rb\r\n", Signs(returns=True)),
        ("é\u200b\n".encode(), Signs(marks=True)),
        ("é\n".encode() + b"\xff\n", Signs()),
    ],
)  # fmt: skip
def test_signs(block: bytes, signs: Signs) -> None:
    assert signs_of(block) == signs
