"""Row conditions as Polars expressions.

Null is treated as pandas' `query` does, so that both engines judge the same rows: a comparison with null is
false, except that null is different from everything (`!=`, `NOT IN`).
"""

import operator
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

from expectations.polars_engine.values import UnsupportedMetricError, comparable, is_member

_COMPARISONS: dict[str, Any] = {
    Operator.EQUAL.value: operator.eq,
    Operator.NOT_EQUAL.value: operator.ne,
    Operator.LESS_THAN.value: operator.lt,
    Operator.LESS_THAN_OR_EQUAL.value: operator.le,
    Operator.GREATER_THAN.value: operator.gt,
    Operator.GREATER_THAN_OR_EQUAL.value: operator.ge,
}


def rows_where(condition: Any, schema: pl.Schema) -> pl.Expr:
    """Returns the predicate of a row condition, as an object or in its serialized form.

    Raises:
        UnsupportedMetricError: it is text for another engine, or speaks of what the frame does not have.
    """
    if isinstance(condition, dict):
        condition = deserialize_row_condition(condition)
    match condition:
        case AndCondition():
            return pl.all_horizontal([rows_where(each, schema) for each in condition.conditions])
        case OrCondition():
            return pl.any_horizontal([rows_where(each, schema) for each in condition.conditions])
        case NullityCondition():
            column = _column(condition, schema)
            return column.is_null() if condition.is_null else column.is_not_null()
        case ComparisonCondition():
            return _comparison(condition, schema)
    raise UnsupportedMetricError(
        f"The row condition {condition!r} is written for another engine: build it with "
        "great_expectations.expectations.row_conditions.Column."
    )


def _comparison(condition: ComparisonCondition, schema: pl.Schema) -> pl.Expr:
    column, sign = _column(condition, schema), str(getattr(condition.operator, "value", condition.operator))
    dtype = schema[condition.column.name]
    if sign in (Operator.IN.value, Operator.NOT_IN.value):
        inside = is_member(column, dtype, condition.parameter).fill_null(value=False)
        return inside if sign == Operator.IN.value else ~inside
    bound = comparable(dtype, condition.parameter)
    differs = sign == Operator.NOT_EQUAL.value
    found: pl.Expr = _COMPARISONS[sign](column, bound)
    return found.fill_null(value=differs)


def _column(condition: Any, schema: pl.Schema) -> pl.Expr:
    name = condition.column.name
    if name not in schema:
        raise UnsupportedMetricError(f"There is no column '{name}' for the row condition.")
    return pl.col(name)
