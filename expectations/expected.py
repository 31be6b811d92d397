"""What an expectation expects, in a few words, for the column beside what was observed."""

from typing import Any

from expectations.report.wording import is_share, number

_MOST_VALUES = 6
_AT_LEAST, _AT_MOST = "\u2265", "\u2264"
_FIXED = {
    "expect_column_values_to_not_be_null": "present",
    "expect_column_values_to_be_null": "absent",
    "expect_column_values_to_be_unique": "each value once",
    "expect_compound_columns_to_be_unique": "each combination once",
}


def expected_of(kind: str, kwargs: dict[str, Any]) -> str | None:
    """Return the expected values of an expectation; None where its description is all there is to say.

    Args:
        kind: the expectation's type, such as `expect_column_min_to_be_between`.
        kwargs: its arguments.
    """
    said = _FIXED.get(kind) or _values(kwargs)
    mostly = kwargs.get("mostly")
    if said is None:
        return None
    if mostly in (None, 1):
        return f"{said} in every record" if kind.endswith("_null") else said
    return f"{said} in at least {number(float(mostly) * 100)}\u00a0% of the records"


def _values(kwargs: dict[str, Any]) -> str | None:
    if "value" in kwargs:
        return _figure(kwargs["value"], kwargs)
    if kwargs.get("value_set") is not None:
        values = [str(value) for value in kwargs["value_set"]]
        return ", ".join(values[:_MOST_VALUES]) + (", \u2026" if len(values) > _MOST_VALUES else "")
    return _bounds(kwargs)


def _bounds(kwargs: dict[str, Any]) -> str | None:
    low, high = kwargs.get("min_value"), kwargs.get("max_value")
    if low == high:
        return None if low is None else _figure(low, kwargs)
    if high is None:
        return f"{'>' if kwargs.get('strict_min') else _AT_LEAST} {_figure(low, kwargs)}"
    if low is None:
        return f"{'<' if kwargs.get('strict_max') else _AT_MOST} {_figure(high, kwargs)}"
    return f"{_figure(low, kwargs)} to {_figure(high, kwargs)}"


def _figure(value: Any, kwargs: dict[str, Any]) -> str:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return str(value)
    if is_share(kwargs.get("column")):
        return f"{number(value * 100)}\u00a0%"
    return number(value)
