"""Quantiles as NumPy has them, made of the two values on either side of a place."""

import math
from typing import Any, Literal

import polars as pl

from expectations.polars_engine.plans import Aggregate, Asked, Plan, numeric
from expectations.polars_engine.values import UnsupportedMetricError

_EDGES: tuple[Literal["lower"], Literal["higher"]] = ("lower", "higher")


def quantiles(asked: Asked) -> Plan:
    """Plans `column.quantile_values`; `allow_relative_error` names what lies between two values."""
    column, wanted = numeric(asked), [float(share) for share in asked.value["quantiles"]]
    how = asked.value.get("allow_relative_error") or "nearest"
    if how not in ("linear", "lower", "higher", "midpoint", "nearest"):
        raise UnsupportedMetricError(f"allow_relative_error={how!r} is not known.")
    parts = [
        column.quantile(share, edge).alias(f"{edge}{n}") for n, share in enumerate(wanted) for edge in _EDGES
    ]

    def read(found: dict[str, Any]) -> list[float]:
        return [
            _between_neighbours(how, found[f"lower{n}"], found[f"higher{n}"], share * (found["count"] - 1))
            for n, share in enumerate(wanted)
        ]

    return Aggregate(pl.struct(column.count().alias("count"), *parts), read)


def _between_neighbours(how: str, lower: float | None, higher: float | None, place: float) -> float:
    """The value at a place between two ranks, as NumPy has it; NaN where there are no values."""
    if lower is None or higher is None:
        return math.nan
    if how == "lower":
        return lower
    if how == "higher":
        return higher
    if how == "midpoint":
        return (lower + higher) / 2
    if how == "linear":
        return lower + (higher - lower) * (place - math.floor(place))
    return lower if round(place) == math.floor(place) else higher
