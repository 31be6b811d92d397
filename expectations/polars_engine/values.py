"""Which values of a suite can be compared with which columns. What cannot is refused, not guessed."""

import math
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

import polars as pl


class UnsupportedMetricError(Exception):
    """The engine does not answer what was asked; the text says what, and where it can what to do instead."""

    code = "UnsupportedMetric"


def is_number(value: Any) -> bool:
    """Whether it is a number as a suite means it; True and False are none."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def comparable(dtype: pl.DataType, value: Any) -> pl.Expr:
    """Returns a bound as a literal that the column's values have an order with.

    Raises:
        UnsupportedMetricError: they have none.
    """
    if (dtype.is_numeric() and is_number(value)) or (dtype == pl.String and isinstance(value, str)):
        return pl.lit(value)
    if dtype == pl.Boolean and isinstance(value, bool):
        return pl.lit(value)
    if dtype in (pl.Date, pl.Datetime):
        return pl.lit(_moment(value), dtype=dtype)
    raise UnsupportedMetricError(f"Values of type {dtype} cannot be compared with {value!r}.")


def _moment(value: Any) -> date:
    if isinstance(value, date):
        return value
    try:
        return datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise UnsupportedMetricError(f"{value!r} is no date: write it as ISO 8601.") from None


def is_member(column: pl.Expr, dtype: pl.DataType, members: Iterable[Any]) -> pl.Expr:
    """Whether a column's values are in a set, exactly: members of another kind never match.

    Raises:
        UnsupportedMetricError: the column's type has no such test.
    """
    given = [member for member in members if member is not None]
    numbers = [member for member in given if is_number(member) and not math.isnan(member)]
    # To pandas True is 1; here nobody has to know whether it is.
    flags = any(isinstance(member, bool) for member in given)
    if dtype == pl.String:
        return column.is_in(_set([member for member in given if isinstance(member, str)], pl.String()))
    if dtype == pl.Boolean and all(isinstance(member, bool) for member in given):
        return column.is_in(_set(given, pl.Boolean()))
    if dtype.is_integer() and not flags:
        whole = [int(number) for number in numbers if math.isfinite(number) and number == int(number)]
        return column.cast(pl.Int128).is_in(_set(whole, pl.Int128()))
    if dtype.is_float() and not flags:
        return column.is_in(_set([float(number) for number in numbers], pl.Float64()))
    raise UnsupportedMetricError(f"Values of type {dtype} cannot be looked up in {given!r}.")


def _set(members: list[Any], dtype: pl.DataType) -> pl.Series:
    return pl.Series(members, dtype=dtype).implode()
