"""What different values a column or a key has: how many, how often, which of a set."""

from collections.abc import Callable
from typing import Any

import polars as pl

from expectations.polars_engine.columns import UnsupportedMetricError
from expectations.polars_engine.plans import Aggregate, Asked, Keys, Known, Plan, Repeats, count, present
from expectations.polars_engine.repeats import Tally
from expectations.polars_engine.values import is_member

_MOST_SHOWN = 20

Planner = Callable[[Asked], Plan]


def _keys(asked: Asked) -> Keys:
    """Return the key of a compound, or a single column's values."""
    alone = "column" in asked.domain
    columns = [asked.column()] if alone else asked.several()
    for column in columns:
        if column.dtype.is_nested() or column.dtype in (pl.Object, pl.Binary):
            raise UnsupportedMetricError(f"Values of type {column.dtype} are no key.")
    default = "any_value_is_missing" if alone else "all_values_are_missing"
    return Keys(tuple(column.inner for column in columns), asked.domain.get("ignore_row_if") or default)


def _repeats(read: Callable[[Tally], Any]) -> Planner:
    return lambda asked: Repeats(_keys(asked), read)


def _keyed_rows(asked: Asked) -> Plan:
    keys = _keys(asked)
    return count(present(keys.columns, keys.present).sum())


def _set(asked: Asked) -> list[Any]:
    members = asked.value.get("value_set")
    if members is None:
        raise UnsupportedMetricError("value_set is not given.")
    return list(members)


def _different(asked: Asked, *, members: bool) -> pl.Expr:
    """Return the different values that are in the set, or that are not; null is neither."""
    column = asked.column()
    inside = is_member(column, _set(asked))
    return column.values.filter(inside if members else ~inside).unique()


def _missing(asked: Asked) -> Plan:
    """How many members of the set the column lacks."""
    members = set(_set(asked))
    return Aggregate(_different(asked, members=True).len(), lambda there: len(members) - int(there))


def _shown_outside(asked: Asked) -> Plan:
    if not asked.show:
        return Known([])
    return Aggregate(
        _different(asked, members=False).sort().head(asked.value.get("limit") or _MOST_SHOWN).implode(), list
    )


def _shown_missing(asked: Asked) -> Plan:
    """Which members the column lacks: the suite's own values, shown whatever the source was told."""
    members = sorted(set(_set(asked)), key=str)
    limit = asked.value.get("limit") or _MOST_SHOWN

    def read(there: list[Any]) -> list[Any]:
        return [member for member in members if member not in there][:limit]

    return Aggregate(_different(asked, members=True).implode(), read)


def _most_common(asked: Asked) -> Plan:
    column = asked.column()
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


def _value_counts(asked: Asked) -> Plan:
    """How often each value occurs: a pandas series, which is what Great Expectations calculates with."""
    column = asked.column()
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
    "column.distinct_values.not_in_set.count": lambda asked: count(_different(asked, members=False).len()),
    "column.distinct_values.not_in_set": _shown_outside,
    "column.distinct_values.missing_from_column.count": _missing,
    "column.distinct_values.missing_from_column": _shown_missing,
    "column.most_common_value": _most_common,
    "column.value_counts": _value_counts,
}
