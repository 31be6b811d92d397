"""Figures of a column: its least and greatest value, mean, sum, spread, quantiles and histogram."""

import math
from collections.abc import Callable
from typing import Any

import polars as pl

from expectations.polars_engine.plans import (
    EXACT,
    INEXACT,
    Aggregate,
    Column,
    MetricRequest,
    Plan,
    Planner,
    UnsupportedMetricError,
    count,
    guarded,
)
from expectations.polars_engine.rules import within
from expectations.polars_engine.values import compare


def _certain(value: Any) -> Any:
    """Return a figure, unless bounds, which are floats, could not tell it from its neighbours."""
    if isinstance(value, (int, float)) and math.isfinite(value) and abs(value) > EXACT:
        raise UnsupportedMetricError(INEXACT)
    return value


def _numbers(column: Column) -> pl.Expr:
    """Return the values to calculate with."""
    if not (column.is_number or column.dtype == pl.Boolean):
        raise UnsupportedMetricError(f"Values of type {column.dtype} are no numbers.")
    return column.values.cast(pl.Float64)


def _extreme(request: MetricRequest, which: str) -> Plan:
    column = request.column()
    orderly = column.dtype.is_numeric() or column.dtype.is_temporal()
    if not orderly and column.dtype not in (pl.String, pl.Boolean, pl.Null):
        raise UnsupportedMetricError(f"Values of type {column.dtype} have no least and no greatest.")
    found: pl.Expr = getattr(column.values, which)()
    if column.dtype.is_integer():
        return Aggregate(found, _certain)
    if column.dtype == pl.Time or getattr(column.dtype, "time_unit", None) == "ns":
        # Python's datetimes end at the microsecond: what is finer would be rounded towards a bound.
        reason = "The value is finer than a microsecond, and bounds are not."
        return guarded(found, found.to_physical() % 1000 != 0, reason)
    return Aggregate(found)


def _sum(request: MetricRequest) -> Plan:
    column = request.column()
    rough = _numbers(column).sum()
    if not (column.dtype.is_integer() or column.dtype == pl.Boolean):
        return Aggregate(rough)
    # Polars adds 32-bit integers up in 32 bits, and what is too large for 128 it wraps round.
    return guarded(column.values.cast(pl.Int128).sum(), rough.abs() > EXACT, INEXACT, int)


def _quantiles(request: MetricRequest) -> Plan:
    """`allow_relative_error` names what lies between two values."""
    column, wanted = request.column(), [float(share) for share in request.value["quantiles"]]
    if not column.is_number or column.dtype.is_decimal():
        raise UnsupportedMetricError(f"Values of type {column.dtype} have no quantiles.")
    how = request.value.get("allow_relative_error") or "nearest"
    if how not in ("linear", "lower", "higher", "midpoint", "nearest"):
        raise UnsupportedMetricError(f"allow_relative_error={how!r} is not known.")
    values = _numbers(column)
    parts = [_quantile(values, share, how).alias(str(n)) for n, share in enumerate(wanted)]

    def read(found: dict[str, float | None]) -> list[float]:
        return [math.nan if value is None else value for value in found.values()]

    return guarded(pl.struct(parts), column.inexact, INEXACT, read)


def _quantile(values: pl.Expr, share: float, how: Any) -> pl.Expr:
    """Return the value at a share of the ranks; where two are as near it is the even rank's, as in NumPy."""
    if how != "nearest":
        return values.quantile(share, how)
    lower, higher = values.quantile(share, "lower"), values.quantile(share, "higher")
    place = (values.count().cast(pl.Float64) - 1) * share
    return pl.when(place.round() == place.floor()).then(lower).otherwise(higher)


def _histogram(request: MetricRequest) -> Plan:
    """How many values lie in each bin, as NumPy counts: each bin without its end, but the last with it."""
    column, edges = request.column(), list(request.value["bins"])
    if not column.is_number or len(edges) < 2 or edges != sorted(edges):
        raise UnsupportedMetricError(f"Values of type {column.dtype} have no histogram by {edges!r}.")
    below = [compare(column, "<", edge).sum() for edge in edges[:-1]]
    up_to = compare(column, "<=", edges[-1]).sum()
    parts = [part.fill_null(0).cast(pl.Int64).alias(str(n)) for n, part in enumerate([*below, up_to])]

    def read(found: dict[str, Any]) -> list[int]:
        return [found[str(n + 1)] - found[str(n)] for n in range(len(edges) - 1)]

    return Aggregate(pl.struct(parts), read)


def _number(value: Callable[[pl.Expr], pl.Expr]) -> Planner:
    return lambda request: guarded(value(_numbers(request.column())), request.column().inexact, INEXACT)


AGGREGATES: dict[str, Planner] = {
    "column.min": lambda request: _extreme(request, "min"),
    "column.max": lambda request: _extreme(request, "max"),
    "column.mean": _number(pl.Expr.mean),
    "column.sum": _sum,
    "column.median": _number(pl.Expr.median),
    "column.standard_deviation": _number(pl.Expr.std),
    "column.quantile_values": _quantiles,
    "column.histogram": _histogram,
    "column.non_null_proportion": lambda request: Aggregate(
        pl.struct(has=request.column().values.count(), rows=pl.len()),
        lambda found: found["has"] / found["rows"] if found["rows"] else 0,
    ),
    "column_values.nonnull.count": lambda request: count(request.column().values.count()),
    "column_values.between.count": lambda request: count(
        within(request, lambda sign, bound: compare(request.column(), sign, bound)).sum()
    ),
}
