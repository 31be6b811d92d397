"""Rules that hold of a row or do not, by two or more of its columns."""

from functools import reduce
from itertools import combinations, pairwise
from operator import add
from typing import Any

import polars as pl

from expectations.polars_engine.columns import EXACT, Column, UnsupportedMetricError
from expectations.polars_engine.plans import Asked, present
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


def _pair(asked: Asked, sign: str) -> Rule:
    (first, second), doubtful = _comparable(list(asked.pair()), ordered=sign != "==")
    holds = {"==": first == second, ">": first > second, ">=": first >= second}[sign]
    return _paired(asked, holds, doubtful)


def _paired(asked: Asked, holds: pl.Expr, doubtful: pl.Expr | None = None) -> Rule:
    return _of(asked, dict(zip("AB", asked.pair(), strict=True)), holds, doubtful)


def _pair_in_set(asked: Asked) -> Rule:
    columns, pairs = asked.pair(), asked.value.get("value_pairs_set")
    if not pairs:
        raise UnsupportedMetricError("value_pairs_set is empty.")
    return _paired(asked, pl.any_horizontal([_is_pair(columns, pair) for pair in pairs]))


def _is_pair(columns: tuple[Column, Column], pair: Any) -> pl.Expr:
    return pl.all_horizontal([_equals(column, value) for column, value in zip(columns, pair, strict=True)])


def _equals(column: Column, value: Any) -> pl.Expr:
    if value is None:
        return column.values.is_null()
    if column.is_text and column.dtype != pl.Null and not isinstance(value, str):
        return pl.lit(value=False)  # text is never a number
    return compare(column, "==", value).fill_null(value=False)


def _listed(asked: Asked, holds: pl.Expr, doubtful: pl.Expr | None) -> Rule:
    columns = dict(zip(asked.domain["column_list"], asked.several(), strict=True))
    return _of(asked, columns, holds, doubtful)


def _of(asked: Asked, columns: dict[str, Column], holds: pl.Expr, doubtful: pl.Expr | None) -> Rule:
    names = [column.inner for column in columns.values()]
    counted = present(names, asked.domain.get("ignore_row_if") or "all_values_are_missing")
    shown = pl.struct([column.values.alias(name) for name, column in columns.items()])
    return Rule(counted, holds, shown, doubtful if doubtful is None else counted & doubtful, _TOO_LARGE)


def _sum_equal(asked: Asked) -> Rule:
    columns, total = asked.several(), asked.value.get("sum_total")
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
        return _listed(asked, compare_steps(added, dtype, "==", steps(dtype, total)), doubtful)
    return _listed(asked, added == pl.lit(float(total)), doubtful)


def _all_equal(asked: Asked) -> Rule:
    values, doubtful = _comparable(asked.several())
    return _listed(asked, pl.all_horizontal([a.eq_missing(b) for a, b in pairwise(values)]), doubtful)


def _all_different(asked: Asked) -> Rule:
    columns = asked.several()
    values, doubtful = _comparable(columns)
    return _listed(asked, pl.all_horizontal([a.ne_missing(b) for a, b in combinations(values, 2)]), doubtful)


ACROSS: Rules = {
    "column_pair_values.a_greater_than_b": lambda asked: _pair(
        asked, ">=" if asked.value.get("or_equal") else ">"
    ),
    "column_pair_values.equal": lambda asked: _pair(asked, "=="),
    "column_pair_values.in_set": _pair_in_set,
    "multicolumn_sum.equal": _sum_equal,
    "multicolumn_values.equal": _all_equal,
    "select_column_values.unique.within_record": _all_different,
}
