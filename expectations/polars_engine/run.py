"""Running questions over frames: those about the same rows share one query, all queries one run."""

from dataclasses import dataclass
from typing import Any

import polars as pl

from expectations.polars_engine.plans import Aggregate, Keys, Known, Plan, Repeats, present
from expectations.polars_engine.repeats import FINGERPRINT, fingerprint, tally


@dataclass(frozen=True)
class Question:
    """One metric's plan, and the rows that it is put to; `where` is the same of the same rows."""

    metric_id: Any
    where: str
    rows: pl.LazyFrame
    plan: Plan


def answers(questions: list[Question]) -> dict[Any, Any]:
    """Answers questions, each by its metric's id.

    Raises:
        UnsupportedMetricError: what was found has no certain answer.
        polars.exceptions.PolarsError: a query fails.
    """
    rows = {question.where: question.rows for question in questions}
    aggregates: dict[str, list[pl.Expr]] = {}
    keyed: dict[tuple[str, Keys], pl.LazyFrame] = {}
    for number, (where, plan) in enumerate((question.where, question.plan) for question in questions):
        if isinstance(plan, Aggregate):
            aggregates.setdefault(where, []).append(plan.expression.alias(str(number)))
        if isinstance(plan, Repeats):
            keyed[where, plan.keys] = rows[where].filter(present(plan.keys.columns, plan.keys.present))
    found = pl.collect_all(
        [
            *(rows[where].select(expressions) for where, expressions in aggregates.items()),
            *(frame.select(fingerprint(keys.columns)) for (_, keys), frame in keyed.items()),
        ],
        engine="streaming",
    )
    values = {name: column for frame in found[: len(aggregates)] for name, column in frame.to_dict().items()}
    tallies = {
        (where, keys): tally(frame, keys.columns, hashes[FINGERPRINT])
        for ((where, keys), frame), hashes in zip(keyed.items(), found[len(aggregates) :], strict=True)
    }
    answered = {}
    for number, question in enumerate(questions):
        match question.plan:
            case Aggregate(read=read):
                answered[question.metric_id] = read(_plain(values[str(number)]))
            case Repeats(keys=keys, read=read):
                answered[question.metric_id] = read(tallies[question.where, keys])
            case Known(value=value):
                answered[question.metric_id] = value
    return answered


def _plain(value: pl.Series) -> Any:
    """One value as Python has it, a list of values as a list."""
    found = value.item()
    return found.to_list() if isinstance(found, pl.Series) else found
