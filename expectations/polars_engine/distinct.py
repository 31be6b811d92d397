"""What different values a column or a key has: how many, how often, which of a set."""

from collections.abc import Callable
from typing import Any

import polars as pl

from expectations.polars_engine.plans import (
    Aggregate,
    Keys,
    Known,
    MetricRequest,
    Plan,
    Planner,
    Repeats,
    UnsupportedMetricError,
    count,
    present,
)
from expectations.polars_engine.repeats import Tally
from expectations.polars_engine.values import is_member

_MOST_SHOWN = 20


def _keys(request: MetricRequest) -> Keys:
    """Return the key of a compound, or a single column's values."""
    alone = "column" in request.domain
    columns = [request.column()] if alone else request.several()
    for column in columns:
        if column.dtype.is_nested() or column.dtype in (pl.Object, pl.Binary):
            raise UnsupportedMetricError(f"Values of type {column.dtype} are no key.")
    default = "any_value_is_missing" if alone else "all_values_are_missing"
    return Keys(tuple(column.inner for column in columns), request.domain.get("ignore_row_if") or default)


def _repeats(read: Callable[[Tally], Any]) -> Planner:
    return lambda request: Repeats(_keys(request), read)


def _keyed_rows(request: MetricRequest) -> Plan:
    keys = _keys(request)
    return count(present(keys.columns, keys.present).sum())


def _set(request: MetricRequest) -> list[Any]:
    members = request.value.get("value_set")
    if members is None:
        raise UnsupportedMetricError("value_set is not given.")
    return list(members)


def _different(request: MetricRequest, *, members: bool) -> pl.Expr:
    """Return the different values that are in the set, or that are not; null is neither."""
    column = request.column()
    inside = is_member(column, _set(request))
    return column.values.filter(inside if members else ~inside).unique()


def _missing(request: MetricRequest) -> Plan:
    """How many members of the set the column lacks."""
    members = set(_set(request))
    return Aggregate(_different(request, members=True).len(), lambda there: len(members) - int(there))


def _shown_outside(request: MetricRequest) -> Plan:
    if not request.show:
        return Known([])
    return Aggregate(
        _different(request, members=False).sort().head(request.value.get("limit") or _MOST_SHOWN).implode(),
        list,
    )


def _shown_missing(request: MetricRequest) -> Plan:
    """Which members the column lacks: the suite's own values, shown whatever the source was told."""
    members = sorted(set(_set(request)), key=str)
    limit = request.value.get("limit") or _MOST_SHOWN

    def read(there: list[Any]) -> list[Any]:
        return [member for member in members if member not in there][:limit]

    return Aggregate(_different(request, members=True).implode(), read)


def _most_common(request: MetricRequest) -> Plan:
    column = request.column()
    if column.dtype.is_temporal() or column.dtype.is_nested():
        raise UnsupportedMetricError(
            f"The most common of {column.dtype} is told apart by text only: cast it to String."
        )
    most = column.values.drop_nulls().mode()

    def read(found: dict[str, Any]) -> list[Any]:
        if found["ties"] > _MOST_SHOWN:
            raise UnsupportedMetricError(
                f"{found['ties']:,} values are the most common alike, too many to show."
            )
        return list(found["values"])

    return Aggregate(pl.struct(values=most.sort().head(_MOST_SHOWN).implode(), ties=most.len()), read)


def _value_counts(request: MetricRequest) -> Plan:
    """How often each value occurs: a pandas series, which is what Great Expectations calculates with."""
    column = request.column()
    if not (column.is_text or column.dtype.is_integer()) or column.dtype == pl.Null:
        raise UnsupportedMetricError(f"Values of type {column.dtype} are not counted one by one.")
    counts = column.values.drop_nulls().value_counts().implode()

    def read(found: list[dict[str, Any]]) -> Any:
        rows = sorted((row[column.inner], row["count"]) for row in found)
        frame = pl.DataFrame(rows, schema=["value", "count"], orient="row")
        return frame.to_pandas().set_index("value")["count"]

    return Aggregate(counts, read)


DISTINCT: dict[str, Planner] = {
    "column_values.unique.unexpected_count": _repeats(lambda found: found.repeated),
    "compound_columns.unique.unexpected_count": _repeats(lambda found: found.repeated),
    "compound_columns.unique.filtered_row_count": _keyed_rows,
    "column.distinct_values.count": _repeats(lambda found: found.distinct),
    "column.unique_proportion": _repeats(lambda found: found.distinct / found.rows if found.rows else 0),
    "column.distinct_values.not_in_set.count": lambda request: count(
        _different(request, members=False).len()
    ),
    "column.distinct_values.not_in_set": _shown_outside,
    "column.distinct_values.missing_from_column.count": _missing,
    "column.distinct_values.missing_from_column": _shown_missing,
    "column.most_common_value": _most_common,
    "column.value_counts": _value_counts,
}
