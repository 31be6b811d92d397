"""Rules that hold of a row or do not, by two or more of its columns."""

from functools import reduce
from itertools import combinations, pairwise
from operator import add
from typing import Any

import polars as pl

from expectations.polars_engine.plans import EXACT, Column, MetricRequest, UnsupportedMetricError, present
from expectations.polars_engine.rules import Rule, Rules
from expectations.polars_engine.values import compare, compare_steps, steps

_TOO_LARGE = "A whole number is beside a float and too large for one: cast both to the same type."


def _comparable(columns: list[Column], *, ordered: bool = False) -> tuple[list[pl.Expr], pl.Expr | None]:
    """Return the columns' values as they can be compared, and the rows in which they cannot be, if any.

    Raises:
        UnsupportedMetricError: some two of them cannot be compared.
    """
    values, whole = [column.values for column in columns], [column.dtype.is_integer() for column in columns]
    types = [column.dtype for column in columns]
    if all(whole):
        return [each.cast(pl.Int128) for each in values], None
    if all(of_whole or dtype.is_float() for of_whole, dtype in zip(whole, types, strict=True)):
        large = [
            (each >= EXACT) | (each <= -EXACT)
            for each, of_whole in zip(values, whole, strict=True)
            if of_whole
        ]
        return [each.cast(pl.Float64) for each in values], pl.any_horizontal(large) if large else None
    unordered = (pl.Boolean, pl.Categorical, pl.Enum) if ordered else (pl.Categorical, pl.Enum)
    if any(dtype != types[0] for dtype in types) or types[0].is_nested() or types[0] in unordered:
        raise UnsupportedMetricError(f"Values of type {' and '.join(map(str, types))} cannot be compared.")
    return values, None


def _pair(request: MetricRequest, sign: str) -> Rule:
    (first, second), doubtful = _comparable(list(request.pair()), ordered=sign != "==")
    holds = {"==": first == second, ">": first > second, ">=": first >= second}[sign]
    return _of(request, holds, doubtful)


def _pair_in_set(request: MetricRequest) -> Rule:
    columns, pairs = request.pair(), request.value.get("value_pairs_set")
    if not pairs:
        raise UnsupportedMetricError("value_pairs_set is empty.")
    return _of(request, pl.any_horizontal([_is_pair(columns, pair) for pair in pairs]))


def _is_pair(columns: tuple[Column, Column], pair: Any) -> pl.Expr:
    return pl.all_horizontal([_equals(column, value) for column, value in zip(columns, pair, strict=True)])


def _equals(column: Column, value: Any) -> pl.Expr:
    if value is None:
        return column.values.is_null()
    if column.is_text and column.dtype != pl.Null and not isinstance(value, str):
        return pl.lit(value=False)  # text is never a number
    return compare(column, "==", value).fill_null(value=False)


def _of(request: MetricRequest, holds: pl.Expr, doubtful: pl.Expr | None = None) -> Rule:
    """Return a rule of a pair of columns, which a result shows as A and B, or of several."""
    if "column_A" in request.domain:
        columns = dict(zip("AB", request.pair(), strict=True))
    else:
        columns = dict(zip(request.domain["column_list"], request.several(), strict=True))
    names = [column.inner for column in columns.values()]
    counted = present(names, request.domain.get("ignore_row_if") or "all_values_are_missing")
    shown = pl.struct([column.values.alias(name) for name, column in columns.items()])
    return Rule(counted, holds, shown, doubtful if doubtful is None else counted & doubtful, _TOO_LARGE)


def _sum_equal(request: MetricRequest) -> Rule:
    columns, total = request.several(), request.value.get("sum_total")
    if (
        any(not (column.dtype.is_integer() or column.dtype == pl.Float64) for column in columns)
        or total is None
    ):
        types = ", ".join(str(column.dtype) for column in columns)
        raise UnsupportedMetricError(f"Values of type {types} are not added up to {total!r}.")
    values, doubtful = _comparable(columns)
    added = reduce(add, values)
    if all(column.dtype.is_integer() for column in columns):
        dtype = pl.Int128()
        return _of(request, compare_steps(added, dtype, "==", steps(dtype, total)), doubtful)
    return _of(request, added == pl.lit(float(total)), doubtful)


def _all_equal(request: MetricRequest) -> Rule:
    values, doubtful = _comparable(request.several())
    return _of(request, pl.all_horizontal([a.eq_missing(b) for a, b in pairwise(values)]), doubtful)


def _all_different(request: MetricRequest) -> Rule:
    values, doubtful = _comparable(request.several())
    return _of(request, pl.all_horizontal([a.ne_missing(b) for a, b in combinations(values, 2)]), doubtful)


ACROSS: Rules = {
    "column_pair_values.a_greater_than_b": lambda request: _pair(
        request, ">=" if request.value.get("or_equal") else ">"
    ),
    "column_pair_values.equal": lambda request: _pair(request, "=="),
    "column_pair_values.in_set": _pair_in_set,
    "multicolumn_sum.equal": _sum_equal,
    "multicolumn_values.equal": _all_equal,
    "select_column_values.unique.within_record": _all_different,
}
