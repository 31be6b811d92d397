"""What each metric asks of a frame: a plan, made before any row is read.

`METRICS` maps a metric's name to who plans it; a name that is not there is refused. Values that a column
lacks are null here: NaN became null when the batch was taken in, as in the pandas engine.
"""

from collections.abc import Callable

import polars as pl

from expectations.polars_engine.across import ACROSS
from expectations.polars_engine.aggregates import AGGREGATES
from expectations.polars_engine.distinct import DISTINCT
from expectations.polars_engine.plans import Aggregate, Known, MetricRequest, Plan, Planner, count, guarded
from expectations.polars_engine.rules import RULES, Rule

# By row, and not from one pass over the columns that a rule speaks of.
_NEVER = ("unexpected_rows", "unexpected_index_list", "unexpected_index_query")
_REPEATED = ("column_values.unique", "compound_columns.unique")


def _unexpected_count(rule: Callable[[MetricRequest], Rule]) -> Planner:
    def plan(request: MetricRequest) -> Plan:
        made = rule(request)
        return guarded(made.unexpected.sum(), made.doubtful, made.reason, int)

    return plan


def _counted(rule: Callable[[MetricRequest], Rule]) -> Planner:
    return lambda request: count(rule(request).counted.sum())


def _unexpected_values(rule: Callable[[MetricRequest], Rule]) -> Planner:
    """Return what is shown of unexpected rows: nothing, unless the data source was told to show them."""

    def plan(request: MetricRequest) -> Plan:
        if not request.show:
            return Known([])
        made, layout = rule(request), request.value.get("result_format") or {}
        shown = made.shown.filter(made.unexpected)
        if layout.get("result_format") != "COMPLETE":
            shown = shown.head(layout.get("partial_unexpected_count", 20))
        if "column_A" in request.domain:
            return Aggregate(shown.implode(), lambda found: [tuple(row.values()) for row in found])
        return Aggregate(shown.implode(), list)

    return plan


def _types(request: MetricRequest) -> Plan:
    return Known([{"name": name, "type": str(column.dtype)} for name, column in request.columns.items()])


def _head(request: MetricRequest) -> Plan:
    """Return the first rows, or all but so many last ones, as the pandas frame that `Batch.head` shows."""
    rows = pl.struct([column.values.alias(name) for name, column in request.columns.items()])
    number = request.value.get("n_rows")
    number = 5 if number is None else number
    if request.value.get("fetch_all"):
        shown = rows
    else:
        shown = rows.head(number) if number >= 0 else rows.slice(0, pl.len() + number)
    return Aggregate(
        shown.implode(), lambda found: pl.DataFrame(found, schema=list(request.columns)).to_pandas()
    )


METRICS: dict[str, Planner] = {
    "table.row_count": lambda _: count(pl.len()),
    "table.columns": lambda request: Known(list(request.columns)),
    "table.column_count": lambda request: Known(len(request.columns)),
    "table.column_types": _types,
    "table.head": _head,
    **AGGREGATES,
    **DISTINCT,
    **{f"{name}.unexpected_count": _unexpected_count(rule) for name, rule in (RULES | ACROSS).items()},
    **{f"{name}.unexpected_values": _unexpected_values(rule) for name, rule in (RULES | ACROSS).items()},
    **{f"{name}.unexpected_values": lambda _: Known([]) for name in _REPEATED},
    **{f"{name}.filtered_row_count": _counted(rule) for name, rule in ACROSS.items()},
    **{
        f"{name}.{never}": lambda _: Known(None) for name in (*RULES, *ACROSS, *_REPEATED) for never in _NEVER
    },
}
