"""Rules that hold of a row or do not, by one of its columns: which rows count, and of which they hold."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from expectations.polars_engine import patterns
from expectations.polars_engine.plans import INEXACT, Column, MetricRequest, UnsupportedMetricError
from expectations.polars_engine.values import compare, compare_steps, is_member, steps

_ORDERED = (pl.Date, pl.Datetime, pl.Duration)


@dataclass(frozen=True)
class Rule:
    """A test of each row.

    `counted` says which rows it is put to, `holds` of which it is true, null being false. `shown` is what is
    shown of a row, if anything is. A rule that has a `doubtful` row is refused for the `reason`.
    """

    counted: pl.Expr
    holds: pl.Expr
    shown: pl.Expr
    doubtful: pl.Expr | None = None
    reason: str = ""

    @property
    def unexpected(self) -> pl.Expr:
        """The rows that count, and of which it is not true."""
        return self.counted & ~self.holds.fill_null(value=False)


_RuleOf = Callable[[MetricRequest], Rule]
Rules = dict[str, _RuleOf]


def _of(column: Column, holds: pl.Expr) -> Rule:
    """Return a rule for the values that there are."""
    return Rule(column.values.is_not_null(), holds, column.values)


def _everything(column: Column, holds: pl.Expr) -> Rule:
    everything = column.values.is_null() | column.values.is_not_null()
    return Rule(everything, holds, column.values)


def _between(request: MetricRequest) -> Rule:
    column = request.column()
    if column.dtype == pl.Boolean or (column.is_text and column.dtype != pl.Null):
        raise UnsupportedMetricError(f"Values of type {column.dtype} have no bounds.")
    return _of(column, within(request, lambda sign, bound: compare(column, sign, bound)))


def within(request: MetricRequest, compared: Callable[[str, Any], pl.Expr]) -> pl.Expr:
    """Whether something lies between the bounds that were given, at least one."""
    low, high = request.value.get("min_value"), request.value.get("max_value")
    if low is None and high is None:
        raise UnsupportedMetricError("Neither min_value nor max_value is given.")
    if low is not None and high is not None and low > high:
        raise UnsupportedMetricError(f"The bounds {low!r} and {high!r} are the wrong way round.")
    parts = []
    if low is not None:
        parts.append(compared(">" if request.value.get("strict_min") else ">=", low))
    if high is not None:
        parts.append(compared("<" if request.value.get("strict_max") else "<=", high))
    return pl.all_horizontal(parts)


def _in_set(request: MetricRequest, *, wanted: bool) -> Rule:
    column, members = request.column(), request.value.get("value_set")
    if members is None:  # no set, nothing to be outside of: so in every engine
        return _of(column, column.values.is_not_null())
    inside = is_member(column, members)
    return _of(column, inside if wanted else ~inside)


_Test = Callable[[MetricRequest], patterns.Test]


def _text(test: _Test, *, wanted: bool = True) -> _RuleOf:
    def rule(request: MetricRequest) -> Rule:
        column = request.column()
        passed = patterns.holds(column, test(request))
        return _of(column, passed if wanted else ~passed)

    return rule


def _text_itself(test: _Test) -> _RuleOf:
    """Return a test of text that categories do not take, nor do they in pandas."""

    def rule(request: MetricRequest) -> Rule:
        if request.column().is_category:
            raise UnsupportedMetricError("Categories are no text here: cast them to String.")
        return _text(test)(request)

    return rule


def _regexes(request: MetricRequest) -> patterns.Test:
    several = "regex_list" in request.value
    regexes = _listed(request, "regex_list") if several else [request.value.get("regex")]
    return _some(request, [patterns.matching(each) for each in regexes])


def _like(*, wanted: bool = True) -> _RuleOf:
    """Return a rule that is refused where case decides, which it does in some databases only."""

    def test(request: MetricRequest, *, ignore_case: bool) -> patterns.Test:
        several = "like_pattern_list" in request.value
        likes = _listed(request, "like_pattern_list") if several else [request.value.get("like_pattern")]
        escape = request.value.get("escape")
        return _some(request, [patterns.like(each, escape, ignore_case=ignore_case) for each in likes])

    def rule(request: MetricRequest) -> Rule:
        column = request.column()
        exact = patterns.holds(column, test(request, ignore_case=False))
        doubtful = exact != patterns.holds(column, test(request, ignore_case=True))
        of_values = _of(column, exact if wanted else ~exact)
        return replace(of_values, doubtful=doubtful, reason="A value is like the pattern but for its case.")

    return rule


def _some(request: MetricRequest, tests: list[patterns.Test]) -> patterns.Test:
    """Whether any test is passed or, if the suite asks so, all."""
    match_on = request.value.get("match_on") or "any"
    if match_on not in ("any", "all"):
        raise UnsupportedMetricError(f"match_on={match_on!r} is not known.")
    every = all if match_on == "all" else any
    return lambda text: every(test(text) for test in tests)


def _listed(request: MetricRequest, key: str) -> list[Any]:
    found = request.value.get(key)
    if not found:
        raise UnsupportedMetricError(f"{key} is empty.")
    return list(found)


def _length(request: MetricRequest, compared: Callable[[Callable[[str, Any], pl.Expr]], pl.Expr]) -> Rule:
    column = request.column()
    if not column.is_text:
        raise UnsupportedMetricError(f"Values of type {column.dtype} have no length: cast them to String.")
    lengths, dtype = column.values.cast(pl.String).str.len_chars().cast(pl.Int64), pl.Int64()
    return _of(column, compared(lambda sign, value: compare_steps(lengths, dtype, sign, steps(dtype, value))))


def _sorted(request: MetricRequest, sign: str) -> Rule:
    column = request.column()
    if not (column.is_number or column.dtype in _ORDERED):
        raise UnsupportedMetricError(f"Values of type {column.dtype} neither rise nor fall.")
    if column.dtype.is_unsigned_integer():
        raise UnsupportedMetricError(f"To pandas {column.dtype} never falls below 0: cast it to Int64.")
    values = column.values
    before = values.forward_fill().shift(1)
    strictly = bool(request.value.get("strictly"))
    held = {
        ("<", True): values < before,
        ("<", False): values <= before,
        (">", True): values > before,
        (">", False): values >= before,
    }[sign, strictly]
    rule = _of(column, held | before.is_null())
    if column.dtype.is_float():
        doubtful = values.is_infinite() & (values == before)
        return replace(rule, doubtful=doubtful, reason="Infinity follows infinity.")
    return rule


def _z_score(request: MetricRequest) -> Rule:
    column, threshold = request.column(), request.value.get("threshold")
    if not column.is_number or column.dtype.is_decimal() or threshold is None:
        raise UnsupportedMetricError(f"Values of type {column.dtype} have no z-score below {threshold!r}.")
    values = column.values.cast(pl.Float64)
    score = (values - values.mean()) / values.std()
    score, most = (score.abs(), abs(threshold)) if request.value.get("double_sided") else (score, threshold)
    # Where the values do not vary there is no score, and nothing is far from the rest.
    close = (score < most) | score.is_nan() | score.is_null() | (values.min() == values.max())
    return replace(_of(column, close), doubtful=column.inexact, reason=INEXACT)


RULES: Rules = {
    "column_values.nonnull": lambda request: _everything(
        request.column(), request.column().values.is_not_null()
    ),
    "column_values.null": lambda request: _everything(request.column(), request.column().values.is_null()),
    "column_values.between": _between,
    "column_values.in_set": lambda request: _in_set(request, wanted=True),
    "column_values.not_in_set": lambda request: _in_set(request, wanted=False),
    "column_values.match_regex": _text(_regexes),
    "column_values.not_match_regex": _text(_regexes, wanted=False),
    "column_values.match_regex_list": _text(_regexes),
    "column_values.not_match_regex_list": _text(_regexes, wanted=False),
    "column_values.match_like_pattern": _like(),
    "column_values.not_match_like_pattern": _like(wanted=False),
    "column_values.match_like_pattern_list": _like(),
    "column_values.not_match_like_pattern_list": _like(wanted=False),
    "column_values.match_strftime_format": _text_itself(
        lambda request: patterns.formatted(request.value.get("strftime_format"))
    ),
    "column_values.json_parseable": _text_itself(lambda _: patterns.is_json),
    "column_values.dateutil_parseable": _text_itself(lambda _: patterns.is_date),
    "column_values.match_json_schema": _text_itself(
        lambda request: patterns.json_of(request.value.get("json_schema"))
    ),
    "column_values.value_length.between": lambda request: _length(request, lambda one: within(request, one)),
    "column_values.value_length.equals": lambda request: _length(
        request, lambda one: one("==", request.value.get("value"))
    ),
    "column_values.increasing": lambda request: _sorted(request, ">"),
    "column_values.decreasing": lambda request: _sorted(request, "<"),
    "column_values.z_score.under_threshold": _z_score,
}
