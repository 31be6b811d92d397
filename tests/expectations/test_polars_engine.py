"""The Polars engine by hand: the edges that random frames do not reach, and what it refuses."""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import great_expectations as gx
import great_expectations.expectations as gxe
import polars as pl
import pytest
from great_expectations.expectations.row_conditions import Column
from polars.io.plugins import register_io_source

from tests.expectations.engines import Outcome, batches_of, by_pandas, by_polars, context

NAN = float("nan")
EDGES = {
    "no rows": pl.DataFrame(schema={"n": pl.Float64, "t": pl.String}),
    "one row": pl.DataFrame({"n": [1.5], "t": ["a"]}),
    "nulls only": pl.DataFrame(
        {"n": [None, None], "t": [None, None]}, schema={"n": pl.Float64, "t": pl.String}
    ),
    "NaN only": pl.DataFrame({"n": [NAN, NAN], "t": ["", " "]}),
    "NaN and null": pl.DataFrame({"n": [NAN, None, 2.0, 2.0], "t": ["a", None, "a", "b"]}),
    "both zeros": pl.DataFrame({"n": [0.0, -0.0], "t": ["\u00e9", "e\u0301"]}),
    "infinite": pl.DataFrame({"n": [float("inf"), -float("inf"), 0.0], "t": ["inf", "nan", "None"]}),
}
SUITE = [
    gxe.ExpectTableRowCountToBeBetween(min_value=1),
    gxe.ExpectColumnValuesToNotBeNull(column="n"),
    gxe.ExpectColumnValuesToBeNull(column="t", mostly=0.5),
    gxe.ExpectColumnValuesToBeBetween(column="n", min_value=0, strict_min=True),
    gxe.ExpectColumnValuesToBeUnique(column="n"),
    gxe.ExpectColumnValuesToBeUnique(column="t"),
    gxe.ExpectCompoundColumnsToBeUnique(column_list=["n", "t"], ignore_row_if="never"),
    gxe.ExpectColumnValuesToBeInSet(column="n", value_set=[2, float("inf")]),
    gxe.ExpectColumnValuesToMatchRegex(column="t", regex="^[a-z]+"),
    gxe.ExpectColumnMinToBeBetween(column="n", min_value=0),
    gxe.ExpectColumnMaxToBeBetween(column="n", max_value=10),
    gxe.ExpectColumnUniqueValueCountToBeBetween(column="n", min_value=1),
    gxe.ExpectColumnProportionOfUniqueValuesToBeBetween(column="t", min_value=0.5),
    gxe.ExpectColumnProportionOfNonNullValuesToBeBetween(column="n", min_value=0.5),
    gxe.ExpectColumnMedianToBeBetween(column="n", min_value=0),
]


@pytest.mark.parametrize("name", EDGES)
def test_edges_are_judged_as_by_pandas(name: str) -> None:
    frame = EDGES[name]
    for expectation, ours, theirs in zip(
        SUITE, by_polars(frame, SUITE), by_pandas(frame, SUITE), strict=True
    ):
        assert ours.agrees(theirs), f"{expectation!r}\nPolars {ours}\npandas {theirs}"


def _one(frame: pl.DataFrame | pl.LazyFrame, expectation: gxe.Expectation) -> Outcome:
    (outcome,) = by_polars(frame, [expectation])
    return outcome


def test_lists_are_there_or_not() -> None:
    frame = pl.DataFrame({"l": [["a"], [], None, [None]]})
    found = _one(frame, gxe.ExpectColumnValuesToNotBeNull(column="l", mostly=0.75))
    assert (found.success, found.unexpected) == (True, 1)


def test_dates_are_compared_as_dates() -> None:
    frame = pl.DataFrame({"d": [date(2026, 1, 1), date(2026, 6, 1), None]})
    found = _one(frame, gxe.ExpectColumnValuesToBeBetween(column="d", min_value="2026-02-01"))
    assert (found.success, found.unexpected, found.missing) == (False, 1, 1)


def test_sums_of_small_integers_do_not_overflow() -> None:
    frame = pl.DataFrame({"n": pl.Series([2**32 - 1] * 4, dtype=pl.UInt32)})
    assert _one(frame, gxe.ExpectColumnSumToBeBetween(column="n")).observed == 4 * (2**32 - 1)


def test_categories_are_compared_by_what_they_say() -> None:
    frame = pl.DataFrame({"c": pl.Series(["b", "a", "b"], dtype=pl.Categorical)})
    assert _one(frame, gxe.ExpectColumnValuesToBeUnique(column="c")).unexpected == 2
    assert _one(frame, gxe.ExpectColumnValuesToBeInSet(column="c", value_set=["a"])).unexpected == 2


def test_a_row_condition_holds_for_every_kind_of_rule() -> None:
    frame = pl.DataFrame({"g": ["x", "x", "y", "y"], "n": [1, 2, 5, 5], "m": [0, 0, 9, 9]})
    where = {"row_condition": Column("g") == "x"}
    suite = [
        gxe.ExpectTableRowCountToBeBetween(max_value=2, **where),
        gxe.ExpectColumnValuesToBeUnique(column="n", **where),
        gxe.ExpectColumnValuesToBeBetween(column="n", max_value=2, **where),
        gxe.ExpectColumnMaxToBeBetween(column="n", max_value=2, **where),
        gxe.ExpectColumnUniqueValueCountToBeBetween(column="n", min_value=2, max_value=2, **where),
        gxe.ExpectCompoundColumnsToBeUnique(column_list=["n", "m"], **where),
        gxe.ExpectColumnPairValuesAToBeGreaterThanB(column_A="n", column_B="m", **where),
    ]
    assert [found.success for found in by_polars(frame, suite)] == [True] * len(suite)
    without = [type(one)(**one.dict(exclude={"row_condition", "id"}, exclude_none=True)) for one in suite]
    assert [found.success for found in by_polars(frame, without)] == [False] * len(suite)


LISTS = pl.DataFrame({"l": [["a"], ["a"]], "n": [1, 2], "t": ["a", "b"], "b": [True, False]})
REFUSED: dict[str, tuple[gxe.Expectation, str]] = {
    "an unknown metric": (gxe.ExpectColumnValuesToNotBeOutliers(column="n"), "not_outliers"),
    "lengths of numbers": (
        gxe.ExpectColumnValueLengthsToBeBetween(column="n", min_value=0),
        "have no length: cast",
    ),
    "types of another engine": (
        gxe.ExpectColumnValuesToBeOfType(column="t", type_="str"),
        "no type of Polars: name them as Int64",
    ),
    "a type of no column": (gxe.ExpectColumnTypeToBe(column="z", type_="String"), "no column 'z'"),
    "the most common of lists": (
        gxe.ExpectColumnMostCommonValueToBeInSet(column="l", value_set=["a"]),
        "most common",
    ),
    "a LIKE pattern that databases read in two ways": (
        gxe.ExpectColumnValuesToMatchLikePattern(column="t", like_pattern="[a]%"),
        "disagree",
    ),
    "a LIKE pattern but for its case": (
        gxe.ExpectColumnValuesToNotMatchLikePattern(column="t", like_pattern="A%"),
        "but for its case",
    ),
    "a query": (
        gxe.UnexpectedRowsExpectation(unexpected_rows_query="SELECT * FROM {batch}"),
        "unexpected_rows",
    ),
    "unique lists": (gxe.ExpectColumnValuesToBeUnique(column="l"), "List(String) are no key"),
    "lists between": (gxe.ExpectColumnValuesToBeBetween(column="l", min_value=0), "cannot be compared"),
    "lists in a set": (gxe.ExpectColumnValuesToBeInSet(column="l", value_set=["a"]), "cannot be looked up"),
    "text between numbers": (
        gxe.ExpectColumnValuesToBeBetween(column="t", min_value=0),
        "have no bounds",
    ),
    "flags between": (gxe.ExpectColumnValuesToBeBetween(column="b", min_value=0), "have no bounds"),
    "the least of lists": (gxe.ExpectColumnMinToBeBetween(column="l", min_value=0), "no least"),
    "the mean of text": (gxe.ExpectColumnMeanToBeBetween(column="t", min_value=0), "are no numbers"),
    "patterns of numbers": (gxe.ExpectColumnValuesToMatchRegex(column="n", regex="."), "are no text"),
    "no pattern": (gxe.ExpectColumnValuesToMatchRegex(column="t", regex="("), "no regular expression"),
    "no such column": (gxe.ExpectColumnValuesToNotBeNull(column="z"), "no column 'z'"),
    "no such column in a key": (gxe.ExpectCompoundColumnsToBeUnique(column_list=["n", "z"]), "no column 'z'"),
    "a condition on nothing": (
        gxe.ExpectColumnValuesToNotBeNull(column="n", row_condition=Column("z") > 0),
        "no column 'z'",
    ),
    "a condition of lists": (
        gxe.ExpectColumnValuesToNotBeNull(column="n", row_condition=Column("l") > 0),
        "cannot be compared",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_it_does_not_know_is_refused_with_a_reason(name: str) -> None:
    expectation, reason = REFUSED[name]
    held = gxe.ExpectColumnValuesToNotBeNull(column="t")
    found, beside = by_polars(LISTS, [expectation, held])
    assert found.success is False
    assert reason in (found.error or ""), found.error
    assert (beside.success, beside.error) == (True, None)


@pytest.mark.filterwarnings("ignore:.*deprecated as of GX Core:DeprecationWarning")
def test_a_condition_for_another_engine_is_refused() -> None:
    for_pandas = gxe.ExpectColumnValuesToNotBeNull(
        column="t", row_condition="n > 1", condition_parser="pandas"
    )
    found = _one(LISTS, for_pandas)
    assert found.success is False
    assert "another engine" in (found.error or "")


@pytest.mark.parametrize("result_format", ["BOOLEAN_ONLY", "BASIC", "SUMMARY", "COMPLETE"])
def test_no_value_of_a_row_is_in_a_result(result_format: str) -> None:
    frame = pl.DataFrame({"e": ["secret@example.com"] * 2 + [None], "n": [-98765432123, 1, 2]})
    suite = gx.ExpectationSuite(
        name="values",
        expectations=[
            gxe.ExpectColumnValuesToNotBeNull(column="e"),
            gxe.ExpectColumnValuesToBeUnique(column="e"),
            gxe.ExpectColumnValuesToNotMatchRegex(column="e", regex="@"),
            gxe.ExpectColumnValuesToBeInSet(column="e", value_set=["x"]),
            gxe.ExpectColumnValuesToBeBetween(column="n", min_value=0),
            gxe.ExpectCompoundColumnsToBeUnique(column_list=["e", "n"]),
            gxe.ExpectColumnPairValuesAToBeGreaterThanB(column_A="n", column_B="n"),
        ],
    )
    batch = batches_of(context(), "polars").get_batch(batch_parameters={"dataframe": frame})
    found = batch.validate(suite, result_format=result_format)
    assert not found.success
    assert not any(result.exception_info["raised_exception"] for result in found.results)
    said = str(found.to_json_dict())
    assert "secret" not in said
    assert "98765432123" not in said


def test_two_batches_of_one_asset_are_two() -> None:
    batches = batches_of(context(), "polars")
    good, bad = (
        batches.get_batch(batch_parameters={"dataframe": pl.DataFrame({"n": values})})
        for values in ([1, 2], [1, 1])
    )
    unique = gxe.ExpectColumnValuesToBeUnique(column="n")
    assert [batch.validate(unique).success for batch in (good, bad, good, bad)] == [True, False, True, False]


@pytest.mark.parametrize("frame", [[1], "n", None, {"n": [1]}])
def test_only_frames_are_batches(frame: Any) -> None:
    with pytest.raises(Exception, match="one Polars frame"):
        batches_of(context(), "polars").get_batch(batch_parameters={"dataframe": frame})


def _counting(rows: pl.DataFrame) -> tuple[pl.LazyFrame, Callable[[], int]]:
    """A lazy frame, and how often it has been run over."""
    runs = 0

    def read(
        columns: list[str] | None, predicate: pl.Expr | None, n_rows: int | None, batch_size: int | None
    ) -> Iterator[pl.DataFrame]:
        nonlocal runs
        runs += 1
        found = rows if predicate is None else rows.filter(predicate)
        yield found if columns is None else found.select(columns)

    return register_io_source(read, schema=rows.schema), lambda: runs


def test_a_suite_takes_one_run_for_its_aggregates_and_one_for_each_key() -> None:
    rows = pl.DataFrame({"a": [1, 2, 3], "b": ["x", "y", "z"]})
    frame, runs = _counting(rows)
    suite = [
        gxe.ExpectColumnValuesToNotBeNull(column="a"),
        gxe.ExpectColumnValuesToNotBeNull(column="b"),
        gxe.ExpectColumnValuesToBeBetween(column="a", min_value=1),
        gxe.ExpectColumnMeanToBeBetween(column="a", min_value=1),
        gxe.ExpectTableRowCountToEqual(value=3),
    ]
    assert all(found.success for found in by_polars(frame, suite))
    assert runs() == 1
    unique = [
        gxe.ExpectColumnValuesToBeUnique(column="a"),
        gxe.ExpectColumnUniqueValueCountToBeBetween(column="a", min_value=3),
        gxe.ExpectColumnProportionOfUniqueValuesToBeBetween(column="a", min_value=1),
    ]
    assert all(found.success for found in by_polars(frame, [*suite, *unique]))
    assert runs() <= 3
