"""What each metric asks of a frame: a plan, made before any row is read.

`MEASURES` maps a metric's name to who plans it; a name that is not there is refused. Values that a column
lacks are null here: NaN became null when the batch was taken in, as in the pandas engine.
"""

from collections.abc import Callable

import polars as pl

from expectations.polars_engine.across import ACROSS
from expectations.polars_engine.aggregates import AGGREGATES
from expectations.polars_engine.distinct import DISTINCT
from expectations.polars_engine.plans import Aggregate, Asked, Known, Plan, count, guarded
from expectations.polars_engine.rules import RULES, Rule

Planner = Callable[[Asked], Plan]

# By row, and not from one pass over the columns that a rule speaks of.
_NEVER = ("unexpected_rows", "unexpected_index_list", "unexpected_index_query")
_REPEATED = ("column_values.unique", "compound_columns.unique")


def _unexpected_count(rule: Callable[[Asked], Rule]) -> Planner:
    def plan(asked: Asked) -> Plan:
        made = rule(asked)
        return guarded(made.unexpected.sum(), made.doubtful, made.reason, int)

    return plan


def _counted(rule: Callable[[Asked], Rule]) -> Planner:
    return lambda asked: count(rule(asked).counted.sum())


def _unexpected_values(rule: Callable[[Asked], Rule]) -> Planner:
    """Return what is shown of unexpected rows: nothing, unless the data source was told to show them."""

    def plan(asked: Asked) -> Plan:
        if not asked.show:
            return Known([])
        made, layout = rule(asked), asked.value.get("result_format") or {}
        shown = made.shown.filter(made.unexpected)
        if layout.get("result_format") != "COMPLETE":
            shown = shown.head(layout.get("partial_unexpected_count", 20))
        if "column_A" in asked.domain:
            return Aggregate(shown.implode(), lambda found: [tuple(row.values()) for row in found])
        return Aggregate(shown.implode(), list)

    return plan


def _types(asked: Asked) -> Plan:
    return Known([{"name": name, "type": str(column.dtype)} for name, column in asked.columns.items()])


def _head(asked: Asked) -> Plan:
    """Return the first rows, or all but so many last ones, as the pandas frame that `Batch.head` shows."""
    rows = pl.struct([column.values.alias(name) for name, column in asked.columns.items()])
    number = asked.value.get("n_rows")
    number = 5 if number is None else number
    if asked.value.get("fetch_all"):
        shown = rows
    else:
        shown = rows.head(number) if number >= 0 else rows.slice(0, pl.len() + number)
    return Aggregate(
        shown.implode(), lambda found: pl.DataFrame(found, schema=list(asked.columns)).to_pandas()
    )


MEASURES: dict[str, Planner] = {
    "table.row_count": lambda _: count(pl.len()),
    "table.columns": lambda asked: Known(list(asked.columns)),
    "table.column_count": lambda asked: Known(len(asked.columns)),
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
