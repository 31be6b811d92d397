"""Columns as the engine sees them, and the error for what it does not answer of them."""

from dataclasses import dataclass

import polars as pl

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
