"""Single rules and readings of text. Cannot see: how they combine (test_prepare.py)."""

import math
import sys

import polars as pl
import pytest

from pipelines import addresses, rules, schema
from pipelines.csv import header, scan
from pipelines.normalise import digits_only
from pipelines.rank import rank


def value(expr: pl.Expr, text: str | None) -> object:
    return pl.DataFrame({"x": [text]}, schema={"x": pl.String()}).select(expr).item()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("+7", 7.0),
        (".5", 0.5),
        ("5.", 5.0),
        ("1E2", 100.0),
        ("1e-2", 0.01),
        ("007", 7.0),
        ("-3", -3.0),
        ("0.1", 0.1),
        ("1.7976931348623157e308", sys.float_info.max),
        ("1e-400", 0.0),
        ("1e400", None),
        ("-1e400", None),
        ("9" * 400, None),
        ("nan", None),
        ("Infinity", None),
        ("1_000", None),
        ("0x10", None),
        ("1,000", None),
        ("1 000", None),
        ("e5", None),
        ("1e", None),
        ("+", None),
        (".", None),
        ("--1", None),
        ("1f", None),
        ("\u0661", None),
        (None, None),
    ],
)
def test_number(text: str | None, expected: float | None) -> None:
    assert value(rules.number("x"), text) == expected


def test_minus_zero_is_zero() -> None:
    # Of a column of one row Polars adds 0.0; of two it leaves that out.
    found = pl.LazyFrame({"x": ["-0.0", "-0"]}).select(rules.number("x")).collect().to_series()
    assert [math.copysign(1, number) for number in found] == [1, 1]


@pytest.mark.parametrize("word", ["true", "T", "Yes", "y", "1"])
def test_yes(word: str) -> None:
    assert value(rules.flag("x"), word) is True


@pytest.mark.parametrize("word", ["FALSE", "f", "No", "N", "0"])
def test_no(word: str) -> None:
    assert value(rules.flag("x"), word) is False


@pytest.mark.parametrize("word", ["", "2", "maybe", "tru", "2.0", None])
def test_neither(word: str | None) -> None:
    assert value(rules.flag("x"), word) is None


@pytest.mark.parametrize(
    ("email", "is_bad"),
    [
        ("a@b.co", False),
        ("A.b+c@d.e.f", False),
        ("a@b..c", True),
        ("a@b", True),
        ("a@.b", True),
        ("a@b.", True),
        ("@b.c", True),
        ("a@b@c.d", True),
        ("a b@c.d", True),
        ("a@b\u2003.c", True),
        ("a@b\x1f.c", True),
        ("a@b.c\nd", True),
        ("O'Neil@b.co", False),
        ("a/b{c}@d_e.f-g", False),
        ("j\u00e9@b\u00fccher.example", False),
        ("a@b.co;", True),
        ("a@b.co,", True),
        ("a@b.co>", True),
        ("<a@b.co", True),
        ("'a@b.co", True),
        ("a@b.co'", True),
        ("=a@b.co", False),
        ("mailto:a@b.co", True),
        ("http://a@b.co", True),
        ("a@b.co/", True),
        ("a@b.co?subject=x", True),
        ("a(work)@b.co", True),
        ("\u201ca@b.co", True),
        (None, False),
    ],
)
def test_email(email: str | None, is_bad: bool) -> None:
    frame = pl.DataFrame({"email": [email]}, schema={"email": pl.String()})
    assert frame.with_columns(addresses.is_bad()).select(rules.bad_email().applies).item() is is_bad


def test_white_space_is_pythons() -> None:
    spaces = [chr(i) for i in range(sys.maxunicode + 1) if chr(i).isspace()]
    assert set(header.WHITE_SPACE) == set(spaces)
    assert value(scan.trimmed(pl.col("x")), "".join(spaces) + "a b" + "".join(spaces)) == "a b"
    assert value(scan.trimmed(pl.col("x")), "\u200b") == "\u200b"
    assert value(scan.trimmed(pl.col("x")), "".join(spaces)) is None


def test_digits_only() -> None:
    phones = pl.LazyFrame({"x": ["+1 (23) 4", "abc", None, "\u0661", "007"]})
    assert digits_only(phones, "x").collect().get_column("x").to_list() == ["1234", None, None, None, "007"]


def test_judge_lists_reasons_in_the_order_of_the_rules() -> None:
    rows = pl.LazyFrame({schema.ROW_NUMBER: [1, 2, 3], schema.LINE_NUMBER: [2, 3, 5], "x": [1, 2, 3]})
    listed = [rules.Rule("odd", pl.col("x") % 2 == 1), rules.Rule("large", pl.col("x") > 2)]
    found = rules.rejected(rules.judge(rows, listed), listed).collect()
    assert found.rows() == [(1, 2, ["odd"]), (3, 5, ["odd", "large"])]


@pytest.mark.parametrize(
    ("text", "is_bad"),
    [
        ("fan-1", False),
        ("a\nb", True),
        ("a\tb", True),
        ("a\x1fb", True),
        ("a\x7fb", True),
        ("a\x80b", True),
        ("a\x9fb", True),
        # No controls: a soft hyphen, a line separator, a direction mark, what is unassigned, a picture.
        ("a\xa0b\xadc\u2028d\u202ee\U000e0001f\ufffe😀", False),
        ("x" * 1024, False),
        ("x" * 1025, True),
        ("é" * 512, False),
        ("é" * 512 + "x", True),
        (None, None),
    ],
)
def test_bad_id(text: str | None, is_bad: bool | None) -> None:
    assert value(rules.bad_id(pl.col("x")).applies, text) is is_bad


@pytest.mark.parametrize(
    ("preferences", "place"),
    [
        ("Oslo|Rome|Oslo", 0),
        ("Rome||oslo |OSLO", 1),
        ("Osloo|Os|lo", None),
        ("NewOslo|Oslo New|Oslo", 2),
        ('="NULL| OSLO "', 0),
        ('=" Rome| oslo\t"', 1),
    ],
)
def test_the_first_match_is_the_rank(preferences: str, place: int | None) -> None:
    rows = pl.LazyFrame({"hbase": [" Oslo"], "marketPreferences": [preferences], "_noticed": [0]})
    trimmed = rows.with_columns(scan.trimmed(pl.col("hbase")))
    assert rank(trimmed).collect().get_column("rank").to_list() == [place]
