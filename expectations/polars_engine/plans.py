"""Plans: what a metric needs of a frame, and what it is asked with."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from expectations.polars_engine.repeats import Tally
from expectations.polars_engine.values import UnsupportedMetricError


@dataclass(frozen=True)
class Aggregate:
    """One value of one pass; `read` makes the metric of it."""

    expression: pl.Expr
    read: Callable[[Any], Any] = lambda value: value


@dataclass(frozen=True)
class Keys:
    """Rows that are counted by key: `columns` make it, and rows without `present` are left out."""

    columns: tuple[str, ...]
    present: str


@dataclass(frozen=True)
class Repeats:
    """A count of repeated or distinct keys; plans with the same `keys` share the work."""

    keys: Keys
    read: Callable[[Tally], Any]


@dataclass(frozen=True)
class Known:
    """What the schema already says, or what is never looked up."""

    value: Any


Plan = Aggregate | Repeats | Known


@dataclass(frozen=True)
class Asked:
    """One metric's arguments, and the columns that there are."""

    domain: Mapping[str, Any]
    value: Mapping[str, Any]
    schema: pl.Schema

    def dtype(self, key: str = "column") -> pl.DataType:
        """The type of the column that an argument names."""
        name = self.domain[key]
        if name not in self.schema:
            raise UnsupportedMetricError(f"There is no column '{name}'.")
        return self.schema[name]

    def column(self, key: str = "column") -> pl.Expr:
        """That column."""
        self.dtype(key)
        return pl.col(self.domain[key])


def present(columns: tuple[str, ...], rule: str) -> pl.Expr:
    """Which rows count, by what a suite calls `ignore_row_if`."""
    missing = [pl.col(name).is_null() for name in columns]
    match rule:
        case "all_values_are_missing" | "both_values_are_missing":
            return ~pl.all_horizontal(missing)
        case "any_value_is_missing" | "either_value_is_missing":
            return ~pl.any_horizontal(missing)
        case "never" | "neither":
            return missing[0] | ~missing[0]  # true of each row, where a literal would be one row
    raise UnsupportedMetricError(f"ignore_row_if='{rule}' is not known.")


def numeric(asked: Asked) -> pl.Expr:
    """The column that is asked about, if it holds numbers."""
    if not asked.dtype().is_numeric():
        raise UnsupportedMetricError(f"Values of type {asked.dtype()} are no numbers.")
    return asked.column()
