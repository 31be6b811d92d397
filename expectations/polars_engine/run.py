"""Running questions over frames: those about the same rows share one query, all queries one run."""

from dataclasses import dataclass
from typing import Any

import polars as pl

from expectations.polars_engine.plans import Aggregate, Keys, Known, Plan, Repeats, present
from expectations.polars_engine.repeats import FINGERPRINT, Tally, fingerprint, tally


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
    of_rows: dict[str, list[Question]] = {}
    for question in questions:
        of_rows.setdefault(question.where, []).append(question)
    frames = [_Frame(group) for group in of_rows.values()]
    queries = [frame.queries() for frame in frames]
    found = iter(pl.collect_all([query for of_frame in queries for query in of_frame], engine="streaming"))
    answered: dict[Any, Any] = {}
    for frame, of_frame in zip(frames, queries, strict=True):
        answered |= frame.answers([next(found) for _ in of_frame])
    return answered


class _Frame:
    """What is asked of the same rows, put together so that they are run over once."""

    def __init__(self, questions: list[Question]) -> None:
        self._rows = questions[0].rows
        self._plans = {question.metric_id: question.plan for question in questions}
        plans = self._plans.values()
        self._keys: list[Keys] = list(dict.fromkeys(plan.keys for plan in plans if isinstance(plan, Repeats)))

    def queries(self) -> list[pl.LazyFrame]:
        """One for all aggregates and one for the fingerprints of each key, to be run together."""
        aggregates = [
            plan.expression.alias(str(number))
            for number, plan in enumerate(self._plans.values())
            if isinstance(plan, Aggregate)
        ]
        of_keys = [self._keyed(keys).select(fingerprint(keys.columns)) for keys in self._keys]
        return [self._rows.select(aggregates), *of_keys] if aggregates else of_keys

    def answers(self, found: list[pl.DataFrame]) -> dict[Any, Any]:
        """Return the metrics, from what the queries found."""
        values, fingerprints = found[0] if found else pl.DataFrame(), found[len(found) - len(self._keys) :]
        tallies: dict[Keys, Tally] = {}
        for keys, hashes in zip(self._keys, fingerprints, strict=True):
            tallies[keys] = tally(self._keyed(keys), keys.columns, hashes[FINGERPRINT])
        answered = {}
        for number, (metric_id, plan) in enumerate(self._plans.items()):
            match plan:
                case Aggregate():
                    answered[metric_id] = plan.read(_plain(values[str(number)]))
                case Repeats():
                    answered[metric_id] = plan.read(tallies[plan.keys])
                case Known():
                    answered[metric_id] = plan.value
        return answered

    def _keyed(self, keys: Keys) -> pl.LazyFrame:
        return self._rows.filter(present(keys.columns, keys.present))


def _plain(value: pl.Series) -> Any:
    """One value as Python has it, a list of values as a list."""
    found = value.item()
    return found.to_list() if isinstance(found, pl.Series) else found
