"""What once passed and must not: values rounded to a column's type, patterns and names read in another way.

Each case has the number of rows that break the rule, or part of the words that refuse it.
"""

# ruff: noqa: DTZ001
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import great_expectations.expectations as gxe
import polars as pl
import pytest
from great_expectations.expectations.row_conditions import Column

from tests.expectations.engines import Outcome, by_polars

NOON = datetime(2024, 1, 1, 12)
MOMENT = {
    unit: pl.DataFrame({"v": pl.Series([NOON], dtype=pl.Datetime(unit))}) for unit in ("ms", "us", "ns")
}
AWARE = pl.DataFrame({"v": pl.Series([NOON], dtype=pl.Datetime("ms")).dt.replace_time_zone("Europe/Berlin")})
DAY = pl.DataFrame({"v": [date(2024, 1, 1)]})
SMALL = pl.DataFrame({"v": pl.Series([16777216.0], dtype=pl.Float32)})
TENTH = pl.DataFrame({"v": pl.Series([0.1], dtype=pl.Float32)})
CENTS = pl.DataFrame({"v": pl.Series(["0.10", "2.50"]).cast(pl.Decimal(10, 2))})
LARGE = pl.DataFrame({"v": [2**53 + 1]})
LARGEST = pl.DataFrame({"v": pl.Series([2**64 - 1], dtype=pl.UInt64)})


def _between(**bounds: Any) -> gxe.Expectation:
    return gxe.ExpectColumnValuesToBeBetween(column="v", **bounds)


def _in_set(*members: Any) -> gxe.Expectation:
    return gxe.ExpectColumnValuesToBeInSet(column="v", value_set=list(members))


CASES: dict[str, tuple[pl.DataFrame, gxe.Expectation, int | str]] = {
    "a day is its midnight": (DAY, _between(min_value=NOON), 1),
    "a day is its midnight, as text": (DAY, _between(min_value="2024-01-01T12:00:00"), 1),
    "a day may be its midnight": (DAY, _between(min_value=datetime(2024, 1, 1)), 0),
    "a day is strictly before noon": (DAY, _between(max_value=NOON, strict_max=True), 0),
    "a bound between two milliseconds": (
        MOMENT["ms"],
        _between(min_value=NOON + timedelta(microseconds=500)),
        1,
    ),
    "noon is not before noon": (MOMENT["ms"], _between(max_value=NOON, strict_max=True), 1),
    "a day bounds no moments": (MOMENT["us"], _between(max_value=date(2024, 1, 1)), "give a datetime"),
    "an aware bound of a naive column": (
        MOMENT["us"],
        _between(min_value=NOON.replace(tzinfo=UTC)),
        "time zone",
    ),
    "a naive bound of an aware column": (AWARE, _between(min_value=NOON), "has no time zone"),
    "an aware bound in another zone": (AWARE, _between(min_value=NOON.replace(tzinfo=UTC)), 1),
    "the same moment in another zone": (AWARE, _between(min_value=datetime(2024, 1, 1, 11, tzinfo=UTC)), 0),
    "a small float below a bound it cannot hold": (SMALL, _between(min_value=16777217), 1),
    "a tenth of a small float is more than a tenth": (TENTH, _between(max_value=0.1), 1),
    "the same tenth by its greatest": (TENTH, gxe.ExpectColumnMaxToBeBetween(column="v", max_value=0.1), 1),
    "the same tenth in a set": (TENTH, _in_set(0.1), 1),
    "a float bound too large for whole numbers": (LARGE, _between(max_value=2.0**53), "too large"),
    "a greatest too large for bounds": (
        LARGE,
        gxe.ExpectColumnMaxToBeBetween(column="v", max_value=2.0**53),
        "2^53",
    ),
    "a sum too large for bounds": (LARGEST, gxe.ExpectColumnSumToBeBetween(column="v", min_value=0), "2^53"),
    "a float member beside a large number": (LARGE, _in_set(2.0**53), "too large"),
    "a whole member beside a large number": (LARGE, _in_set(2**53), 1),
    "a bound above all of a type": (LARGEST, _between(max_value=100), 1),
    "a tenth that is no decimal": (CENTS, _between(min_value=0.1), "not exactly"),
    "a half is a decimal": (CENTS, _between(min_value=0.5), 1),
    "decimals in a set": (CENTS, _in_set(Decimal("0.1"), Decimal("2.505")), 1),
    "days in a set": (DAY, _in_set(date(2024, 1, 1)), 0),
    "moments among days": (DAY, _in_set(NOON), "looked up"),
    "days as text": (DAY, _in_set("2024-01-01"), "looked up"),
    "a moment between two milliseconds in a set": (
        MOMENT["ms"],
        _in_set(NOON + timedelta(microseconds=500)),
        1,
    ),
    "nanoseconds that a bound lacks": (
        MOMENT["ns"].with_columns(pl.col("v") + pl.duration(nanoseconds=500)),
        gxe.ExpectColumnMaxToBeBetween(column="v", max_value=NOON),
        "finer than a microsecond",
    ),
    "nanoseconds that a bound has": (
        MOMENT["ns"],
        gxe.ExpectColumnMaxToBeBetween(column="v", max_value=NOON),
        0,
    ),
    "a bound between two nanoseconds' moments": (
        MOMENT["ns"].with_columns(pl.col("v") + pl.duration(nanoseconds=500)),
        _between(max_value=NOON),
        1,
    ),
    **{
        f"noon is noon in {unit}": (frame, _between(min_value=NOON, max_value=NOON), 0)
        for unit, frame in MOMENT.items()
    },
    "the last whole number that floats tell apart": (
        pl.DataFrame({"v": [2**53]}),
        gxe.ExpectColumnMaxToBeBetween(column="v", max_value=2**53),
        0,
    ),
    "a member outside": (LARGE, gxe.ExpectColumnValuesToNotBeInSet(column="v", value_set=[2**53 + 1]), 1),
    "no member outside": (LARGE, gxe.ExpectColumnValuesToNotBeInSet(column="v", value_set=[2**53]), 0),
    **{
        f"{whole:,} beside a float": (
            pl.DataFrame({"v": [whole], "w": [float(whole)]}),
            gxe.ExpectColumnPairValuesToBeEqual(column_A="v", column_B="w"),
            expected,
        )
        for sign in (1, -1)
        for whole, expected in ((sign * 2**53, "beside a float"), (sign * (2**53 - 1), 0))
    },
    "another table": (
        DAY,
        gxe.ExpectTableRowCountToEqualOtherTable(other_table_name="none"),
        "no table 'none'",
    ),
}


def _judged(frame: pl.DataFrame, expectation: gxe.Expectation) -> Outcome:
    (found,) = by_polars(frame, [expectation])
    return found


@pytest.mark.parametrize("name", CASES)
def test_nothing_is_rounded_to_the_columns_type(name: str) -> None:
    frame, expectation, expected = CASES[name]
    found = _judged(frame, expectation)
    if isinstance(expected, str):
        assert found.success is False
        assert expected in (found.error or ""), found
    else:
        assert (found.success, found.error) == (expected == 0, None)
        assert found.unexpected in (expected, None)


WHERE: dict[str, tuple[list[Any], Any, int | str]] = {
    "days before noon": ([date(2024, 1, 1), date(2024, 1, 2)], lambda d: d < NOON, 1),
    "days as text": ([date(2024, 1, 1), date(2024, 1, 2)], lambda d: d < "2024-01-02", "datetime"),
    "a milli-second before": ([NOON, None], lambda d: d < NOON + timedelta(microseconds=1), 1),
    "numbers as text": ([1, 2], lambda d: d.is_in(["1"]), "cannot be compared"),
    "text as numbers": (["1", "2"], lambda d: d.is_in([1]), "cannot be compared"),
    "numbers in a list": ([1, 2], lambda d: d.is_in([1]), 1),
    "numbers not in a list, with what is missing": ([None, 2, 3], lambda d: d.is_not_in([3]), 2),
    "another than a number, with what is missing": ([None, 2, 3], lambda d: d != 3, 2),
    "at least, without what is missing": ([1, 2, None], lambda d: d >= 1, 2),
    "times": ([time(1), time(2)], lambda d: d <= time(1), 1),
    "flags": ([True, False], lambda d: d == True, 1),  # noqa: E712
    "flags in order": ([True, False], lambda d: d < True, "cannot be compared"),
}


@pytest.mark.parametrize("name", WHERE)
def test_a_row_condition_looks_at_the_rows_it_names(name: str) -> None:
    values, condition, expected = WHERE[name]
    frame = pl.DataFrame({"d": values, "n": [None, *[1] * (len(values) - 1)]})
    found = _judged(
        frame, gxe.ExpectColumnValuesToNotBeNull(column="n", row_condition=condition(Column("d")))
    )
    if isinstance(expected, str):
        assert expected in (found.error or "")
    else:
        assert (found.success, found.unexpected, found.elements) == (False, 1, expected)


def test_a_small_float_is_no_condition_on_what_it_cannot_hold() -> None:
    found = _judged(TENTH, gxe.ExpectTableRowCountToEqual(value=0, row_condition=Column("v") == 0.1))
    assert "cannot hold" in (found.error or "")


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (r"^\<script\>", "<script>alert(1)</script>"),
        (r"[a&&b]", "&"),
        (r"^[+--]$", ","),
        (r"[a~~b]", "~"),
        (r"^\w$", "\u00b2"),
        (r"\s", "\x1c"),
        (r"^a$", "a\n"),
        (r"(a)\1", "aa"),
        (r"(?=a)a", "a"),
        (r"(?i)^stra\u00dfe$", "STRA\u1e9eE"),
    ],
)
@pytest.mark.filterwarnings("ignore:Possible (set|nested):FutureWarning")
def test_a_pattern_means_what_it_means_in_python(pattern: str, text: str) -> None:
    frame = pl.DataFrame({"t": [text, None, text]})
    found = _judged(frame, gxe.ExpectColumnValuesToNotMatchRegex(column="t", regex=pattern))
    assert (found.success, found.unexpected) == (False, 2)
    assert _judged(frame, gxe.ExpectColumnValuesToMatchRegex(column="t", regex=pattern)).success


NAMES = ["^a.*$", "*", "rows", "fingerprint", "column 1", "len", "", "literal", "A", "a"]


@pytest.mark.parametrize("name", NAMES)
def test_a_columns_name_is_taken_as_it_is(name: str) -> None:
    frame = pl.DataFrame({"ab": [1, 2], "column 2": [3, 4]}).with_columns(
        pl.Series(name, [7, None], dtype=pl.Int64)
    )
    suite = [
        gxe.ExpectColumnValuesToNotBeNull(column=name or "ab"),
        gxe.ExpectColumnValuesToBeUnique(column=name or "ab"),
        gxe.ExpectColumnMaxToBeBetween(column=name or "ab", max_value=7),
        gxe.ExpectCompoundColumnsToBeUnique(column_list=["ab", name]),
        gxe.ExpectColumnValuesToBeUnique(column="ab", row_condition=Column(name or "ab") > 1),
    ]
    found = by_polars(frame, suite)
    assert [one.error for one in found] == [None] * len(suite)
    assert [one.success for one in found] == [not name, True, True, True, True]


def test_conditions_that_are_printed_alike_are_two() -> None:
    frame = pl.DataFrame({"t": ["a", "c AND u == b"], "u": ["b", "x"], "n": [None, 1]})
    as_text = Column("t") == "c AND u == b"
    as_two = (Column("t") == "a") & (Column("u") == "b")
    suite = [gxe.ExpectColumnValuesToNotBeNull(column="n", row_condition=one) for one in (as_text, as_two)]
    alike = [Column("t") == "a AND u == b", (Column("t") == "a") & (Column("u") == "b")]
    assert repr(alike[0]) in repr(alike[1])
    assert [found.success for found in by_polars(frame, suite)] == [True, False]
    either = [gxe.ExpectTableRowCountToEqual(value=1, row_condition=one) for one in alike]
    assert [found.observed for found in by_polars(frame, either)] == [0, 1]
