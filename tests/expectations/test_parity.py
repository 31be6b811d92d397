"""The Polars engine against Great Expectations' own pandas engine, on random frames and random suites.

Cannot see: what both engines get wrong; columns of types that pandas holds as objects (lists, dates), which
`test_polars_engine.py` has by hand; frames too large for pandas.
"""

from collections.abc import Callable
from typing import Any

import great_expectations.expectations as gxe
import polars as pl
from great_expectations.expectations.row_conditions import Column
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.expectations.engines import by_pandas, by_polars

WORDS = ("", "a", "b", "ab", "ba", "a1", "17", "Ä")
WHOLE = st.integers(-3, 3)
REAL = st.sampled_from((-2.5, -1.0, -0.0, 0.0, 0.1, 0.2, 0.30000000000000004, 1.0, 2.5, 1e9, float("nan")))
COLUMNS: dict[str, tuple[pl.DataType, st.SearchStrategy[Any]]] = {
    "whole": (pl.Int64(), WHOLE),
    "small": (pl.UInt32(), st.integers(0, 3)),
    "real": (pl.Float64(), REAL),
    "more": (pl.Float64(), REAL),
    "text": (pl.String(), st.sampled_from(WORDS)),
    "word": (pl.String(), st.sampled_from(WORDS)),
}
NUMBERS = ("whole", "small", "real", "more")


@st.composite
def frames(draw: st.DrawFn) -> pl.DataFrame:
    """Frames of every shape: no rows, one row, columns of nulls only, many repeats."""
    rows = draw(st.integers(0, 12))
    columns = {}
    for name, (dtype, values) in COLUMNS.items():
        kind = draw(st.sampled_from(("full", "full", "gaps", "gaps", "empty")))
        value = {"full": values, "gaps": st.none() | values, "empty": st.none()}[kind]
        columns[name] = pl.Series(draw(st.lists(value, min_size=rows, max_size=rows)), dtype=dtype)
    return pl.DataFrame(columns)


def _conditions() -> st.SearchStrategy[Any]:
    numbers = st.sampled_from(NUMBERS).map(Column)
    texts = st.sampled_from(("text", "word")).map(Column)
    one = (
        st.builds(lambda column, value: column > value, numbers, WHOLE)
        | st.builds(lambda column, value: column != value, numbers, WHOLE)
        | st.builds(lambda column, value: column == value, texts, st.sampled_from(WORDS))
        | st.builds(lambda column, value: column != value, texts, st.sampled_from(WORDS))
        | st.builds(
            lambda column, values: column.is_in(values), numbers, st.lists(WHOLE, min_size=1, max_size=3)
        )
        | st.builds(
            lambda column, values: column.is_not_in(values),
            texts,
            st.lists(st.sampled_from(WORDS), min_size=1, max_size=3),
        )
        | (numbers | texts).map(lambda column: column.is_null())
        | (numbers | texts).map(lambda column: column.is_not_null())
    )
    return one | st.builds(lambda a, b: a & b, one, one) | st.builds(lambda a, b: a | b, one, one)


MOSTLY = st.sampled_from((0.0, 0.3, 0.5, 0.75, 1.0))
SHARE = st.sampled_from((0.0, 0.25, 0.5, 1.0))
SOME_ROWS = st.none() | _conditions()
ANY = st.sampled_from(tuple(COLUMNS))
BOUNDS = st.one_of(
    st.tuples(st.none(), WHOLE),
    st.tuples(WHOLE, st.none()),
    st.tuples(WHOLE, WHOLE).map(lambda two: tuple(sorted(two))),
).flatmap(
    lambda two: st.fixed_dictionaries(
        {
            "min_value": st.just(two[0]),
            "max_value": st.just(two[1]),
            "strict_min": st.booleans(),
            "strict_max": st.booleans(),
        }
    )
)


def _map(
    kind: Callable[..., Any], columns: st.SearchStrategy[str] = ANY, **more: st.SearchStrategy[Any]
) -> Any:
    return st.builds(kind, column=columns, mostly=MOSTLY, row_condition=SOME_ROWS, **more)


def _bounded(kind: Callable[..., Any], columns: st.SearchStrategy[str], bounds: Any = BOUNDS) -> Any:
    return st.builds(
        lambda column, limits, rows: kind(column=column, row_condition=rows, **limits),
        columns,
        bounds,
        SOME_ROWS,
    )


NUMERIC, TEXT = st.sampled_from(NUMBERS), st.sampled_from(("text", "word"))
PATTERNS = st.sampled_from(("^a", "[0-9]+", "b$", ".", "^$", "a|b", "Ä"))
SEVERAL = st.lists(ANY, min_size=2, max_size=3, unique=True)
SHARES = st.fixed_dictionaries({"min_value": SHARE, "strict_min": st.booleans()})
EXPECTATIONS: dict[str, st.SearchStrategy[Any]] = {
    "not null": _map(gxe.ExpectColumnValuesToNotBeNull),
    "null": _map(gxe.ExpectColumnValuesToBeNull),
    "unique": _map(gxe.ExpectColumnValuesToBeUnique),
    "between": st.builds(
        lambda limits, base: type(base)(
            **{**base.dict(include={"column", "mostly", "row_condition"}), **limits}
        ),
        BOUNDS,
        _map(gxe.ExpectColumnValuesToBeBetween, NUMERIC, min_value=WHOLE),
    ),
    "in set": _map(gxe.ExpectColumnValuesToBeInSet, NUMERIC, value_set=st.lists(WHOLE, max_size=3)),
    "in set of words": _map(
        gxe.ExpectColumnValuesToBeInSet, TEXT, value_set=st.lists(st.sampled_from(WORDS), max_size=3)
    ),
    "not in set": _map(gxe.ExpectColumnValuesToNotBeInSet, NUMERIC, value_set=st.lists(WHOLE, max_size=3)),
    "regex": _map(gxe.ExpectColumnValuesToMatchRegex, TEXT, regex=PATTERNS),
    "not regex": _map(gxe.ExpectColumnValuesToNotMatchRegex, TEXT, regex=PATTERNS),
    "compound": st.builds(
        gxe.ExpectCompoundColumnsToBeUnique,
        column_list=SEVERAL,
        mostly=MOSTLY,
        row_condition=SOME_ROWS,
        ignore_row_if=st.sampled_from(("all_values_are_missing", "any_value_is_missing", "never")),
    ),
    "pair": st.builds(
        gxe.ExpectColumnPairValuesAToBeGreaterThanB,
        column_A=NUMERIC,
        column_B=st.sampled_from(("small", "more")),
        or_equal=st.booleans(),
        mostly=MOSTLY,
        row_condition=SOME_ROWS,
        ignore_row_if=st.sampled_from(("both_values_are_missing", "either_value_is_missing", "neither")),
    ),
    "rows": st.builds(
        gxe.ExpectTableRowCountToBeBetween, min_value=st.integers(0, 4), row_condition=SOME_ROWS
    ),
    "row count": st.builds(gxe.ExpectTableRowCountToEqual, value=st.integers(0, 4)),
    "columns": st.builds(
        gxe.ExpectTableColumnsToMatchSet, column_set=st.lists(ANY, max_size=6), exact_match=st.booleans()
    ),
    "column": st.builds(gxe.ExpectColumnToExist, column=st.sampled_from(("whole", "nowhere"))),
    "min": _bounded(gxe.ExpectColumnMinToBeBetween, NUMERIC),
    "max": _bounded(gxe.ExpectColumnMaxToBeBetween, NUMERIC),
    "mean": _bounded(gxe.ExpectColumnMeanToBeBetween, st.sampled_from(("whole", "small"))),
    "sum": _bounded(gxe.ExpectColumnSumToBeBetween, st.sampled_from(("whole", "small"))),
    "median": _bounded(gxe.ExpectColumnMedianToBeBetween, NUMERIC),
    "quantiles": st.builds(
        lambda column, how, rows: gxe.ExpectColumnQuantileValuesToBeBetween(
            column=column,
            allow_relative_error=how,
            row_condition=rows,
            quantile_ranges={
                "quantiles": [0.1, 0.25, 0.5, 0.9],
                "value_ranges": [[-9, 1], [0, 1], [None, 2], [0, None]],
            },
        ),
        NUMERIC,
        st.sampled_from((False, "linear", "lower", "higher", "midpoint", "nearest")),
        SOME_ROWS,
    ),
    "distinct": _bounded(gxe.ExpectColumnUniqueValueCountToBeBetween, ANY),
    "unique share": _bounded(gxe.ExpectColumnProportionOfUniqueValuesToBeBetween, ANY, SHARES),
    "filled share": _bounded(gxe.ExpectColumnProportionOfNonNullValuesToBeBetween, ANY, SHARES),
}
# Shrinking would validate for minutes; the frames are small as they are.
_SETTINGS = settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@_SETTINGS
@given(frame=frames(), suite=st.tuples(*EXPECTATIONS.values()))
def test_both_engines_say_the_same(frame: pl.DataFrame, suite: tuple[Any, ...]) -> None:
    for expectation, ours, theirs in zip(
        suite, by_polars(frame, suite), by_pandas(frame, suite), strict=True
    ):
        assert ours.agrees(theirs), f"{expectation!r}\n{frame}\nPolars {ours}\npandas {theirs}"
