"""Plans: what a metric needs of a frame and its columns, and what it is asked with."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from expectations.polars_engine.repeats import Tally

# Above this a float no longer tells one whole number from the next.
EXACT = 2**53


class UnsupportedMetricError(Exception):
    """The engine does not answer what was asked; the text says what, and where it can what to do instead."""

    code = "UnsupportedMetric"


@dataclass(frozen=True)
class Column:
    """A column: what it is called inside, and the type it came with."""

    inner: str
    dtype: pl.DataType

    @property
    def values(self) -> pl.Expr:
        """Its values, NaN and null alike null."""
        return pl.col(self.inner)

    @property
    def nothing(self) -> pl.Expr:
        """What every test of a column of nothing says of each row."""
        return pl.when(self.values.is_not_null()).then(pl.lit(value=True))

    @property
    def inexact(self) -> pl.Expr | None:
        """Which values a float cannot tell from their neighbours; None where there can be none."""
        if self.dtype not in (pl.Int64, pl.UInt64, pl.Int128, pl.UInt128):
            return None
        below = pl.lit(value=False) if self.dtype.is_unsigned_integer() else self.values < -EXACT
        return (self.values > EXACT) | below

    @property
    def is_text(self) -> bool:
        """Whether it holds text or nothing at all."""
        return self.dtype in (pl.String, pl.Null) or self.is_category

    @property
    def is_category(self) -> bool:
        """Whether it holds text that may have an order of its own."""
        return self.dtype in (pl.Categorical, pl.Enum)

    @property
    def is_number(self) -> bool:
        """Whether it holds numbers or nothing at all."""
        return self.dtype.is_numeric() or self.dtype == pl.Null


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
class MetricRequest:
    """One metric's arguments, the columns that there are, and whether to `show` values of rows."""

    domain: Mapping[str, Any]
    value: Mapping[str, Any]
    columns: Mapping[str, Column]
    show: bool = False

    def named(self, name: str) -> Column:
        """Return a column by its name, which is taken as it is."""
        if name not in self.columns:
            raise UnsupportedMetricError(f"There is no column '{name}'.")
        return self.columns[name]

    def column(self, key: str = "column") -> Column:
        """Return the column that an argument names."""
        return self.named(self.domain[key])

    def pair(self) -> tuple[Column, Column]:
        """Return the two columns of a pair."""
        return self.column("column_A"), self.column("column_B")

    def several(self) -> list[Column]:
        """Return the columns of a list."""
        return [self.named(name) for name in self.domain["column_list"]]


Planner = Callable[[MetricRequest], Plan]

INEXACT = "A whole number is beyond 2^53, where floats tell neighbours no longer apart."


def count(expression: pl.Expr) -> Aggregate:
    """Return a number of rows."""
    return Aggregate(expression, int)


def guarded(
    values: pl.Expr, doubtful: pl.Expr | None, reason: str, read: Callable[[Any], Any] = lambda value: value
) -> Aggregate:
    """Return a value that is refused if any row is in doubt."""
    if doubtful is None:
        return Aggregate(values, read)

    def certain(found: Mapping[str, Any]) -> Any:
        if found["doubtful"]:
            raise UnsupportedMetricError(reason)
        return read(found["value"])

    return Aggregate(pl.struct(value=values, doubtful=doubtful.any(ignore_nulls=True)), certain)


def present(columns: Sequence[str], rule: str) -> pl.Expr:
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
