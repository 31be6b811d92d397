"""What the engine answers where pandas has no word (LIKE, Polars' types), or no example is installed."""

from typing import Any

import great_expectations.expectations as gxe
import polars as pl
import pytest

from tests.expectations.engines import by_pandas, by_polars

FRAME = pl.DataFrame(
    {
        "t": ["a%b", "ab", "a\nb", None, "b"],
        "j": ['{"a": 1}', '{"a": "x"}', "[]", None, "1"],
        "d": ["2024-01-01", "Jan 2 2024", "x", None, ""],
        "n": [1, 2, 2, None, 5],
        "s": [0.5, 1.5, 1.5, None, 9.0],
    }
)
LIKE: list[tuple[str, str | None, int]] = [
    ("a%", None, 1),
    ("a_b", None, 2),
    ("%b", None, 0),
    ("a!%b", "!", 3),
    ("ab", None, 3),
    ("b", None, 3),
    ("", None, 4),
    ("a.b", None, 4),
]


@pytest.mark.parametrize(("pattern", "escape", "unexpected"), LIKE)
def test_like_is_sqls(pattern: str, escape: str | None, unexpected: int) -> None:
    given: dict[str, Any] = {"column": "t", "escape": escape}
    suite = [
        gxe.ExpectColumnValuesToMatchLikePattern(like_pattern=pattern, **given),
        gxe.ExpectColumnValuesToNotMatchLikePattern(like_pattern=pattern, **given),
        gxe.ExpectColumnValuesToMatchLikePatternList(like_pattern_list=[pattern, "ZZ"], **given),
        gxe.ExpectColumnValuesToMatchLikePatternList(
            like_pattern_list=[pattern, "%"], match_on="all", **given
        ),
        gxe.ExpectColumnValuesToNotMatchLikePatternList(like_pattern_list=[pattern, "ZZ"], **given),
    ]
    counted = [found.unexpected for found in by_polars(FRAME, suite)]
    assert counted == [unexpected, 4 - unexpected, unexpected, unexpected, 4 - unexpected]


TYPES = [
    (gxe.ExpectColumnTypeToBe(column="n", type_="Int64"), True),
    (gxe.ExpectColumnTypeToBe(column="n", type_="Int32"), False),
    (gxe.ExpectColumnValuesToBeOfType(column="t", type_="String"), True),
    (gxe.ExpectColumnValuesToBeOfType(column="m", type_="Datetime"), True),
    (gxe.ExpectColumnValuesToBeOfType(column="m", type_="Datetime(time_unit='us', time_zone=None)"), False),
    (gxe.ExpectColumnValuesToBeInTypeList(column="s", type_list=["Float32", "Float64"]), True),
    (gxe.ExpectColumnValuesToBeInTypeList(column="s", type_list=["Int64", "String"]), False),
]


@pytest.mark.parametrize(("expectation", "held"), TYPES)
def test_types_are_polars_own(expectation: gxe.Expectation, held: bool) -> None:
    frame = FRAME.with_columns(m=pl.lit(None, dtype=pl.Datetime("ms")))
    (found,) = by_polars(frame, [expectation])
    assert (found.success, found.error) == (held, None)


def test_types_in_pandas_are_as_they_were() -> None:
    suite = [
        gxe.ExpectColumnTypeToBe(column="s", type_="float64"),
        gxe.ExpectColumnValuesToBeOfType(column="s", type_="float64"),
        gxe.ExpectColumnValuesToBeInTypeList(column="s", type_list=["float64"]),
    ]
    assert [found.success for found in by_pandas(FRAME, suite)] == [True] * 3


SCHEMA = {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]}
PARTS = {"bins": [0, 1, 2, 10], "weights": [0.25, 0.5, 0.25]}
SAME = [
    gxe.ExpectColumnValuesToMatchJsonSchema(column="j", json_schema=SCHEMA),
    gxe.ExpectColumnValuesToBeJsonParseable(column="j"),
    gxe.ExpectColumnValuesToBeDateutilParseable(column="d"),
    gxe.ExpectColumnValuesToMatchStrftimeFormat(column="d", strftime_format="%b %d %Y"),
    gxe.ExpectColumnValuesToBeIncreasing(column="n"),
    gxe.ExpectColumnValuesToBeIncreasing(column="n", strictly=True),
    gxe.ExpectColumnValuesToBeDecreasing(column="s"),
    gxe.ExpectColumnKLDivergenceToBeLessThan(column="s", partition_object=PARTS, threshold=0.1),
    gxe.ExpectColumnKLDivergenceToBeLessThan(
        column="s",
        threshold=0.01,
        tail_weight_holdout=0.1,
        partition_object={"bins": [1, 2, 9], "weights": [0.5, 0.5]},
    ),
    gxe.ExpectColumnKLDivergenceToBeLessThan(
        column="t", threshold=0.1, partition_object={"values": ["ab", "b"], "weights": [0.5, 0.5]}
    ),
    gxe.ExpectColumnMostCommonValueToBeInSet(column="n", value_set=[2]),
    *(
        gxe.ExpectColumnQuantileValuesToBeBetween(
            column="s",
            allow_relative_error=how,
            quantile_ranges={"quantiles": [0.0, 0.2, 0.5, 0.9], "value_ranges": [[0.5, 9.0]] * 4},
        )
        for how in ("linear", "lower", "higher", "midpoint", "nearest")
    ),
    *(
        gxe.ExpectColumnValueZScoresToBeLessThan(column=column, threshold=1, double_sided=sides)
        for column in ("s", "n")
        for sides in (True, False)
    ),
    gxe.ExpectColumnStdevToBeBetween(column="s", min_value=1),
    gxe.ExpectColumnProportionOfNonNullValuesToBeBetween(column="s", min_value=0.8),
    gxe.ExpectColumnProportionOfUniqueValuesToBeBetween(column="n", min_value=0.75),
    gxe.ExpectColumnMostCommonValueToBeInSet(column="t", value_set=["ab"], ties_okay=False),
]


ROWS = pl.DataFrame(
    {
        "a": [1.0, 2.0, 3.0, None, 5.0, None],
        "b": [1.0, 3.0, 2.0, None, None, 4.0],
        "c": [1.0, 2.0, 9.0, None, 5.0, 6.0],
        "i": [1, 2, 3, 4, 5, 6],
        "k": [1, 3, 2, 4, 9, 5],
    }
)
KINDS: tuple[tuple[Any, dict[str, Any]], ...] = (
    (gxe.ExpectColumnPairValuesToBeEqual, {}),
    (gxe.ExpectColumnPairValuesAToBeGreaterThanB, {}),
    (gxe.ExpectColumnPairValuesAToBeGreaterThanB, {"or_equal": True}),
)
PAIRS = [
    expectation(column_A=first, column_B=second, ignore_row_if=ignored, **more)
    for first, second in (("a", "b"), ("i", "k"), ("i", "b"))
    for ignored in ("both_values_are_missing", "either_value_is_missing", "neither")
    for expectation, more in KINDS
]
LISTS = [
    expectation(column_list=columns, ignore_row_if=ignored)
    for columns in (["a", "b", "c"], ["i", "k"])
    for ignored in ("all_values_are_missing", "any_value_is_missing")
    for expectation in (
        gxe.ExpectSelectColumnValuesToBeUniqueWithinRecord,
        gxe.ExpectCompoundColumnsToBeUnique,
    )
]
SUMS = [gxe.ExpectMulticolumnSumToEqual(column_list=["i", "k"], sum_total=total) for total in (5, 2.5)]


@pytest.mark.parametrize(
    ("frame", "suite"),
    [(FRAME, SAME), (ROWS, PAIRS), (ROWS, LISTS), (ROWS, SUMS)],
    ids=["one", "pair", "list", "sum"],
)
def test_the_rest_is_as_by_pandas(frame: pl.DataFrame, suite: list[gxe.Expectation]) -> None:
    for expectation, ours, theirs in zip(
        suite, by_polars(frame, suite), by_pandas(frame, suite), strict=True
    ):
        assert ours.error is None, (expectation, ours)
        assert ours.agrees(theirs), f"{expectation!r}\nPolars {ours}\npandas {theirs}"


def test_rows_are_in_order_over_files_and_batches(tmp_path: Any) -> None:
    numbers = pl.DataFrame({"n": range(400_000)}).with_columns(gaps=pl.when(pl.col("n") % 3 == 0).then("n"))
    numbers[:200_000].write_parquet(tmp_path / "a.parquet", row_group_size=1_000)
    numbers[200_000:].write_parquet(tmp_path / "b.parquet", row_group_size=1_000)
    rows = pl.scan_parquet(tmp_path / "*.parquet")
    suite = [gxe.ExpectColumnValuesToBeIncreasing(column=name, strictly=True) for name in numbers.columns]
    assert [found.unexpected for found in by_polars(rows, suite)] == [0, 0]


def test_a_most_common_value_shows_no_column() -> None:
    everything = pl.DataFrame({"n": range(21)})
    (found,) = by_polars(everything, [gxe.ExpectColumnMostCommonValueToBeInSet(column="n", value_set=[1])])
    assert "too many to show" in (found.error or "")
