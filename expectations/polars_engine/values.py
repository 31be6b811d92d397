"""Which values of a suite can be compared with which columns, and how, without rounding either.

A column of whole numbers, decimals, dates or times counts in steps: days, microseconds, hundredths. A value
that lies between two steps is compared as lying there; it is never brought to the column's type, which would
move it. Where pandas and arithmetic would answer differently the engine refuses.
"""

import math
import operator
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from numbers import Rational, Real
from typing import Any

import polars as pl

from expectations.polars_engine.plans import EXACT, Column, UnsupportedMetricError

_BEYOND = Fraction(10) ** 100
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001  (columns without a zone count from it too)
_SIGNS = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
# A step's seconds, by a column's unit.
_UNITS = {"ms": 10**3, "us": 10**6, "ns": 10**9}


def is_number(value: Any) -> bool:
    """Whether it is a number as a suite means it; True and False are none."""
    return isinstance(value, Real | Decimal) and not isinstance(value, bool)


def compare(column: Column, sign: str, value: Any) -> pl.Expr:
    """Compare a column's values with one value; null where there is none.

    Args:
        column: what is compared.
        sign: one of `==`, `!=`, `<`, `<=`, `>`, `>=`.
        value: what with.

    Raises:
        UnsupportedMetricError: they cannot be compared, or not so that every engine agrees.
    """
    found: pl.Expr
    if column.dtype == pl.Null:
        return column.nothing
    if column.is_text and isinstance(value, str):
        if column.is_category and sign not in ("==", "!="):
            raise UnsupportedMetricError(
                "Categories are only equal or not: cast them to String to order them."
            )
        found = _SIGNS[sign](column.values, pl.lit(value))
    elif column.dtype == pl.Boolean and isinstance(value, bool) and sign in ("==", "!="):
        found = _SIGNS[sign](column.values, pl.lit(value))
    elif column.dtype.is_float() and is_number(value):
        found = _SIGNS[sign](column.values, pl.lit(_as_float(value), dtype=pl.Float64))
    else:
        found = compare_steps(
            column.values.to_physical(), _physical(column.dtype), sign, steps(column.dtype, value)
        )
    return found


def compare_steps(counted: pl.Expr, dtype: pl.DataType, sign: str, place: Fraction) -> pl.Expr:
    """Compare whole numbers of a type with a place that may lie between two of them, or beyond all."""
    whole = math.ceil(place) if sign in (">=", "<") else math.floor(place)
    least, most = _limits(dtype)
    off = sign in ("==", "!=") and whole != place
    if off or not least <= whole <= most:
        always = sign == "!=" if off else _SIGNS[sign](0, whole)
        return pl.when(counted.is_not_null()).then(pl.lit(value=always))
    found: pl.Expr = _SIGNS[sign](counted, pl.lit(whole, dtype=dtype))
    return found


def _limits(dtype: Any) -> tuple[int, int]:
    """Return the least and the greatest whole number of a type."""
    least, most = pl.select(least=dtype.min(), most=dtype.max()).row(0)
    return least, most


def _physical(dtype: pl.DataType) -> pl.DataType:
    """Return what a column's steps are counted in."""
    if dtype.is_integer():
        return dtype
    return pl.Int32() if dtype == pl.Date else pl.Int128() if dtype.is_decimal() else pl.Int64()


def steps(dtype: pl.DataType, value: Any) -> Fraction:
    """Return a value in a column's own steps, with what lies between two of them.

    Raises:
        UnsupportedMetricError: the column has no such steps, or the value does not say where it lies.
    """
    if is_number(value) and (dtype.is_integer() or dtype.is_decimal()):
        return _number(dtype, value)
    if isinstance(value, date) and dtype in (pl.Date, pl.Datetime):
        return _moment(dtype, value)
    if isinstance(value, time) and value.tzinfo is None and dtype == pl.Time:
        seconds = value.hour * 3600 + value.minute * 60 + value.second
        return Fraction(seconds * 10**9 + value.microsecond * 1000)
    hint = ": give it as a date or datetime" if isinstance(value, str) and dtype.is_temporal() else ""
    raise UnsupportedMetricError(f"Values of type {dtype} cannot be compared with {value!r}{hint}.")


def _number(dtype: pl.DataType, value: Any) -> Fraction:
    if math.isnan(value):
        raise UnsupportedMetricError("NaN is neither above nor below a number.")
    if math.isinf(value):
        return _BEYOND if value > 0 else -_BEYOND
    exact = Fraction(value) if isinstance(value, Rational | Decimal) else Fraction(float(value))
    if dtype.is_decimal():
        if exact != Fraction(str(value)):
            raise UnsupportedMetricError(
                f"{value!r} is not exactly the decimal it looks like: cast the column to Float64."
            )
        return exact * 10**dtype.scale  # type: ignore[attr-defined, no-any-return]
    if not isinstance(value, Rational) and abs(exact) >= EXACT:
        raise UnsupportedMetricError(
            f"{value!r} is a float too large to tell whole numbers apart, and {dtype} holds whole numbers."
        )
    return exact


def _moment(dtype: pl.DataType, value: date) -> Fraction:
    """Return a date or a point in time, in a column's days or units since 1970."""
    if value != value:  # noqa: PLR0124  (pandas' NaT is a datetime)
        raise UnsupportedMetricError(f"{value!r} is no point in time.")
    zone = getattr(dtype, "time_zone", None)
    if not isinstance(value, datetime):
        if dtype != pl.Date:
            raise UnsupportedMetricError(
                f"{value} is a whole day, and {dtype} has moments: give a datetime, such as {value}T00:00:00."
            )
        return Fraction((value - _EPOCH.date()).days)
    if (value.tzinfo is None) != (zone is None):
        given, held = ("has no", "has one") if zone else ("has a", "has none")
        raise UnsupportedMetricError(f"{value.isoformat()} {given} time zone, and {dtype} {held}.")
    nanoseconds = getattr(value, "nanosecond", 0)
    plain = value.astimezone(UTC).replace(tzinfo=None) if zone else value
    parts = (plain.year, plain.month, plain.day, plain.hour, plain.minute, plain.second, plain.microsecond)
    passed = datetime(*parts) - _EPOCH  # noqa: DTZ001
    seconds = Fraction(passed // timedelta(microseconds=1) * 1000 + nanoseconds, 10**9)
    return seconds / 86_400 if dtype == pl.Date else seconds * _UNITS[dtype.time_unit]  # type: ignore[attr-defined]


def _as_float(value: Any) -> float:
    try:
        near = float(value)
    except OverflowError:
        near = math.nan
    if math.isnan(near) or (math.isfinite(near) and Fraction(near) != Fraction(value)):
        raise UnsupportedMetricError(f"No float is exactly {value!r}.")
    return near


def is_member(column: Column, members: Iterable[Any]) -> pl.Expr:
    """Whether a column's values are in a set, exactly: members of another kind never match.

    Raises:
        UnsupportedMetricError: the column's type has no such test, or the engines would differ on it.
    """
    given, dtype = [member for member in members if member is not None], column.dtype
    if dtype == pl.Null:
        return column.nothing
    if column.is_text:
        return _in(column.values, [member for member in given if isinstance(member, str)], pl.String())
    flags = [member for member in given if isinstance(member, bool)]
    if dtype == pl.Boolean and len(flags) == len(given):
        return _in(column.values, flags, pl.Boolean())
    # To pandas True is 1; here nobody has to know whether it is.
    if column.is_number and not flags:
        numbers = [member for member in given if is_number(member) and not math.isnan(member)]
        if dtype.is_float():
            return _in(column.values, [_as_float(number) for number in numbers], pl.Float64())
        return _on_steps(column, [number for number in numbers if math.isfinite(number)])
    kinds = {pl.Date: date, pl.Datetime: datetime, pl.Time: time}
    kind = kinds.get(dtype.base_type())
    # A datetime is a date, but whether midnight is the day the engines do not agree on.
    moments = dtype == pl.Date and any(isinstance(member, datetime) for member in given)
    if kind and all(isinstance(member, kind) for member in given) and not moments:
        return _on_steps(column, given)
    raise UnsupportedMetricError(f"Values of type {dtype} cannot be looked up in {given!r}.")


def _on_steps(column: Column, members: list[Any]) -> pl.Expr:
    dtype = _physical(column.dtype)
    least, most = _limits(dtype)
    places = [steps(column.dtype, member) for member in members]
    whole = [int(place) for place in places if place.denominator == 1 and least <= place <= most]
    return _in(column.values.to_physical(), whole, dtype)


def _in(values: pl.Expr, members: list[Any], dtype: pl.DataType) -> pl.Expr:
    return values.is_in(pl.Series(members, dtype=dtype).implode())
