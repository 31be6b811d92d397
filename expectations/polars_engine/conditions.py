"""Row conditions as Polars expressions.

Null is treated as pandas' `query` does, so that both engines judge the same rows: a comparison with null is
false, except that null is different from everything (`!=`, `NOT IN`).
"""

from collections.abc import Mapping
from typing import Any

import polars as pl
from great_expectations.expectations.row_conditions import (
    AndCondition,
    ComparisonCondition,
    NullityCondition,
    Operator,
    OrCondition,
    deserialize_row_condition,
)

from expectations.polars_engine.plans import Column, UnsupportedMetricError
from expectations.polars_engine.values import compare, is_member, is_number


def rows_where(condition: Any, columns: Mapping[str, Column]) -> pl.Expr:
    """Return the predicate of a row condition, as an object or in its serialized form.

    Raises:
        UnsupportedMetricError: it is text for another engine, or speaks of what the frame does not have.
    """
    if isinstance(condition, dict):
        condition = deserialize_row_condition(condition)
    match condition:
        case AndCondition():
            return pl.all_horizontal([rows_where(each, columns) for each in condition.conditions])
        case OrCondition():
            return pl.any_horizontal([rows_where(each, columns) for each in condition.conditions])
        case NullityCondition():
            values = _column(condition, columns).values
            return values.is_null() if condition.is_null else values.is_not_null()
        case ComparisonCondition():
            return _comparison(condition, columns)
    raise UnsupportedMetricError(
        f"The row condition {condition!r} is written for another engine: build it with "
        "great_expectations.expectations.row_conditions.Column."
    )


def _comparison(condition: ComparisonCondition, columns: Mapping[str, Column]) -> pl.Expr:
    column, value = _column(condition, columns), condition.parameter
    sign = str(getattr(condition.operator, "value", condition.operator))
    if sign in (Operator.IN.value, Operator.NOT_IN.value):
        for member in value:
            _check(column, member)
        inside = is_member(column, value).fill_null(value=False)
        return inside if sign == Operator.IN.value else ~inside
    _check(column, value)
    return compare(column, sign, value).fill_null(value=sign == Operator.NOT_EQUAL.value)


def _check(column: Column, value: Any) -> None:
    """Refuses a value that would let no row, or every row, be looked at: a rule over none holds."""
    fits = isinstance(value, str) if column.is_text else True
    if column.is_number:
        fits = is_number(value) or column.dtype == pl.Null
    if not fits:
        raise UnsupportedMetricError(f"Values of type {column.dtype} cannot be compared with {value!r}.")
    if column.dtype in (pl.Float32, pl.Float16) and pl.Series([value], dtype=column.dtype).item() != value:
        raise UnsupportedMetricError(f"{column.dtype} cannot hold {value!r}: cast the column to Float64.")


def _column(condition: Any, columns: Mapping[str, Column]) -> Column:
    name = condition.column.name
    if name not in columns:
        raise UnsupportedMetricError(f"There is no column '{name}' for the row condition.")
    return columns[name]
