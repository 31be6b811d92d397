"""What each metric asks of a frame: a plan, made before any row is read.

`MEASURES` maps a metric's name to who plans it; a name that is not there is refused. Values that a column
lacks are null here: NaN became null when the batch was taken in, as in the pandas engine.
"""

from collections.abc import Callable
from typing import Any

import polars as pl

from expectations.polars_engine.plans import Aggregate, Asked, Keys, Known, Plan, Repeats, numeric, present
from expectations.polars_engine.quantiles import quantiles
from expectations.polars_engine.repeats import Tally
from expectations.polars_engine.values import UnsupportedMetricError, comparable, is_member


def _count(expression: pl.Expr) -> Aggregate:
    return Aggregate(expression, int)


def _unexpected(asked: Asked, expected: pl.Expr) -> Aggregate:
    """Counts the rows that have a value, of which `expected` is not true."""
    return _count((asked.column().is_not_null() & ~expected.fill_null(value=False)).sum())


def _between(asked: Asked) -> Plan:
    dtype, column, value = asked.dtype(), asked.column(), asked.value
    low, high = value.get("min_value"), value.get("max_value")
    if dtype == pl.Boolean or (low is None and high is None):
        raise UnsupportedMetricError(f"Values of type {dtype} cannot be between {low!r} and {high!r}.")
    holds = pl.lit(value=True)
    if low is not None:
        bound = comparable(dtype, low)
        holds &= column > bound if value.get("strict_min") else column >= bound
    if high is not None:
        bound = comparable(dtype, high)
        holds &= column < bound if value.get("strict_max") else column <= bound
    if low is not None and high is not None and low > high:
        raise UnsupportedMetricError(f"The bounds {low!r} and {high!r} are the wrong way round.")
    return _unexpected(asked, holds)


def _in_set(asked: Asked, *, wanted: bool) -> Plan:
    members = asked.value.get("value_set")
    if members is None:
        asked.column()
        return Known(0)  # no set, nothing to be outside of: so in every engine
    inside = is_member(asked.column(), asked.dtype(), members)
    return _unexpected(asked, inside if wanted else ~inside)


def _regex(asked: Asked, *, wanted: bool) -> Plan:
    pattern, dtype = asked.value.get("regex"), asked.dtype()
    if dtype != pl.String or not isinstance(pattern, str):
        raise UnsupportedMetricError(f"Values of type {dtype} cannot be matched with {pattern!r}.")
    try:
        pl.Series([""]).str.contains(pattern)
    except pl.exceptions.ComputeError as error:
        raise UnsupportedMetricError(f"Polars cannot search for {pattern!r}: {error}") from None
    found = asked.column().str.contains(pattern)
    return _unexpected(asked, found if wanted else ~found)


def _a_greater_than_b(asked: Asked) -> Plan:
    first, second = asked.column("column_A"), asked.column("column_B")
    types = asked.dtype("column_A"), asked.dtype("column_B")
    if not (all(dtype.is_numeric() for dtype in types) or types[0] == types[1]) or types[0].is_nested():
        raise UnsupportedMetricError(f"Values of type {types[0]} and {types[1]} cannot be compared.")
    holds = first >= second if asked.value.get("or_equal") else first > second
    return _count((_pair_present(asked) & ~holds.fill_null(value=False)).sum())


def _pair_present(asked: Asked) -> pl.Expr:
    asked.column("column_A"), asked.column("column_B")
    rule = asked.domain.get("ignore_row_if") or "both_values_are_missing"
    return present((asked.domain["column_A"], asked.domain["column_B"]), rule)


def _keys(asked: Asked) -> Keys:
    """The key of a compound, or a single column's values."""
    alone = "column" in asked.domain
    columns = (asked.domain["column"],) if alone else tuple(asked.domain["column_list"])
    for name in columns:
        if name not in asked.schema:
            raise UnsupportedMetricError(f"There is no column '{name}'.")
        if asked.schema[name].is_nested():
            raise UnsupportedMetricError(f"'{name}' holds {asked.schema[name]}, which is no key.")
    default = "any_value_is_missing" if alone else "all_values_are_missing"
    return Keys(columns, asked.domain.get("ignore_row_if") or default)


def _repeats(read: Callable[[Tally], Any]) -> Callable[[Asked], Plan]:
    return lambda asked: Repeats(_keys(asked), read)


def _keyed_rows(asked: Asked) -> Plan:
    keys = _keys(asked)
    return _count(present(keys.columns, keys.present).sum())


def _sum(asked: Asked) -> Plan:
    column = numeric(asked)
    # Polars adds 32-bit integers up in 32 bits.
    return Aggregate((column.cast(pl.Int128) if asked.dtype().is_integer() else column).sum())


def _ordered(asked: Asked) -> pl.Expr:
    dtype = asked.dtype()
    if dtype.is_nested() or not (
        dtype.is_numeric() or dtype.is_temporal() or dtype in (pl.String, pl.Boolean)
    ):
        raise UnsupportedMetricError(f"Values of type {dtype} have no least and no greatest.")
    return asked.column()


_UNEXPECTED: dict[str, Callable[[Asked], Plan]] = {
    "column_values.nonnull": lambda asked: _count(asked.column().null_count()),
    "column_values.null": lambda asked: _count(asked.column().count()),
    "column_values.between": _between,
    "column_values.in_set": lambda asked: _in_set(asked, wanted=True),
    "column_values.not_in_set": lambda asked: _in_set(asked, wanted=False),
    "column_values.match_regex": lambda asked: _regex(asked, wanted=True),
    "column_values.not_match_regex": lambda asked: _regex(asked, wanted=False),
    "column_values.unique": _repeats(lambda found: found.repeated),
    "compound_columns.unique": _repeats(lambda found: found.repeated),
    "column_pair_values.a_greater_than_b": _a_greater_than_b,
}

# What the rows hold, and where: asked for by result formats above BASIC, and never looked up.
_NEVER: dict[str, Any] = {
    "unexpected_values": [],
    "unexpected_rows": None,
    "unexpected_index_list": None,
    "unexpected_index_query": None,
}


def _never(value: Any) -> Callable[[Asked], Plan]:
    return lambda _: Known(value)


MEASURES: dict[str, Callable[[Asked], Plan]] = {
    "table.row_count": lambda _: _count(pl.len()),
    "table.columns": lambda asked: Known(asked.schema.names()),
    "table.column_count": lambda asked: Known(len(asked.schema)),
    "column.min": lambda asked: Aggregate(_ordered(asked).min()),
    "column.max": lambda asked: Aggregate(_ordered(asked).max()),
    "column.mean": lambda asked: Aggregate(numeric(asked).mean()),
    "column.sum": _sum,
    "column.median": lambda asked: Aggregate(numeric(asked).median()),
    "column.quantile_values": quantiles,
    "column.distinct_values.count": _repeats(lambda found: found.distinct),
    "column.unique_proportion": _repeats(lambda found: found.distinct / found.rows if found.rows else 0),
    "column.non_null_proportion": lambda asked: Aggregate(
        pl.struct(has=asked.column().count(), rows=pl.len()),
        lambda found: found["has"] / found["rows"] if found["rows"] else 0,
    ),
    "compound_columns.unique.filtered_row_count": _keyed_rows,
    "column_pair_values.a_greater_than_b.filtered_row_count": lambda asked: _count(
        _pair_present(asked).sum()
    ),
    **{f"{name}.unexpected_count": plan for name, plan in _UNEXPECTED.items()},
    **{f"{name}.{suffix}": _never(value) for name in _UNEXPECTED for suffix, value in _NEVER.items()},
}
