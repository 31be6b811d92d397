"""The execution engine: all metrics of a suite in one streaming run over a lazy frame."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import polars as pl
import polars.selectors as cs
from great_expectations.core.batch import BatchData, BatchMarkers
from great_expectations.core.batch_spec import RuntimeDataBatchSpec
from great_expectations.exceptions import ExecutionEngineError, MetricResolutionError
from great_expectations.execution_engine import ExecutionEngine

from expectations.polars_engine.conditions import rows_where
from expectations.polars_engine.measures import MEASURES
from expectations.polars_engine.plans import Aggregate, Asked, Keys, Known, Plan, Repeats, present
from expectations.polars_engine.repeats import FINGERPRINT, Tally, fingerprint, tally
from expectations.polars_engine.values import UnsupportedMetricError


class PolarsBatchData(BatchData):  # type: ignore[misc]
    """A batch: a lazy frame in which what pandas calls missing is null, NaN too."""

    def __init__(self, execution_engine: ExecutionEngine, frame: pl.LazyFrame) -> None:
        super().__init__(execution_engine=execution_engine)
        # Two categories may look alike to a hash and not be; as text they are what they say.
        self.frame = frame.with_columns(
            cs.float().fill_nan(None), (cs.categorical() | cs.enum()).cast(pl.String)
        )


class PolarsExecutionEngine(ExecutionEngine):  # type: ignore[misc]
    """Answers metrics from a lazy frame. It keeps none: it is asked about one batch after the other."""

    def __init__(self, **options: Any) -> None:
        # Two batches of one asset have the same id, so a metric that was kept could be the other batch's.
        super().__init__(**{**options, "caching": False})

    def get_batch_data_and_markers(self, batch_spec: Any) -> tuple[PolarsBatchData, BatchMarkers]:
        """Takes a frame in.

        Raises:
            ExecutionEngineError: it is given anything else.
        """
        frame = batch_spec.batch_data if isinstance(batch_spec, RuntimeDataBatchSpec) else batch_spec
        if not isinstance(frame, pl.DataFrame | pl.LazyFrame):
            raise ExecutionEngineError(f"A batch is a Polars frame, not {type(frame).__name__}.")
        batch_spec.batch_data = "PolarsLazyFrame"
        markers = BatchMarkers({"ge_load_time": datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")})
        return PolarsBatchData(self, frame.lazy()), markers

    def resolve_metrics(
        self,
        metrics_to_resolve: Iterable[Any],
        metrics: dict[Any, Any] | None = None,  # noqa: ARG002  (no metric here is made of another)
        runtime_configuration: dict[str, Any] | None = None,  # noqa: ARG002
    ) -> dict[Any, Any]:
        """Computes metrics, each from the frame and none from another metric.

        Raises:
            MetricResolutionError: naming those that the engine refuses, before any row was read.
        """
        frames: dict[str, _Frame] = {}
        refused, reasons = [], []
        for metric in metrics_to_resolve:
            domain = dict(metric.metric_domain_kwargs)
            try:
                where = repr((domain.get("batch_id"), domain.get("row_condition")))
                if where not in frames:
                    frames[where] = _Frame(self._frame_of(domain))
                frames[where].ask(metric.id, metric.metric_name, domain, dict(metric.metric_value_kwargs))
            except (UnsupportedMetricError, pl.exceptions.PolarsError) as error:
                refused.append(metric)
                reasons.append(f"{metric.metric_name}: {error}")
        if refused:
            raise MetricResolutionError(message="; ".join(sorted(set(reasons))), failed_metrics=refused)
        return _answers(list(frames.values()))

    def _frame_of(self, domain: dict[str, Any]) -> pl.LazyFrame:
        """The batch's rows, or those of them that a row condition speaks of: no metric sees any other."""
        batch_id = domain.get("batch_id") or self.batch_manager.active_batch_data_id
        if batch_id not in self.batch_manager.batch_data_cache:
            raise UnsupportedMetricError(f"There is no batch '{batch_id}'.")
        frame: pl.LazyFrame = self.batch_manager.batch_data_cache[batch_id].frame
        condition = domain.get("row_condition")
        if not condition:
            return frame
        return frame.filter(rows_where(condition, frame.collect_schema()))

    def _no_clause(self, condition: Any) -> pl.Expr:
        raise UnsupportedMetricError(f"{condition!r}: conditions are read with a schema, by `rows_where`.")

    _comparison_condition_to_filter_clause = _no_clause
    _nullity_condition_to_filter_clause = _no_clause
    _and_condition_to_filter_clause = _no_clause
    _or_condition_to_filter_clause = _no_clause


class _Frame:
    """What is asked of one frame, put together so that it is run over once."""

    def __init__(self, rows: pl.LazyFrame) -> None:
        self._rows = rows
        self._schema = rows.collect_schema()
        self._plans: dict[Any, Plan] = {}

    def ask(self, metric_id: Any, name: str, domain: dict[str, Any], value: dict[str, Any]) -> None:
        """Plans a metric.

        Raises:
            UnsupportedMetricError: there is no plan for it.
            polars.exceptions.PolarsError: there is one, and this frame's columns do not fit it.
        """
        if name not in MEASURES:
            raise UnsupportedMetricError("the Polars engine does not know this metric")
        plan = MEASURES[name](Asked(domain, value, self._schema))
        if isinstance(plan, Aggregate):
            self._rows.select(plan.expression).collect_schema()
        self._plans[metric_id] = plan

    @property
    def _keys(self) -> list[Keys]:
        return list(dict.fromkeys(plan.keys for plan in self._plans.values() if isinstance(plan, Repeats)))

    def queries(self) -> list[pl.LazyFrame]:
        """One for all aggregates and one for the fingerprints of each key, to be run together."""
        aggregates = [
            plan.expression.alias(str(number))
            for number, plan in enumerate(self._plans.values())
            if isinstance(plan, Aggregate)
        ]
        return [
            self._rows.select(aggregates or pl.lit(value=None)),
            *(self._keyed(keys).select(fingerprint(keys.columns)) for keys in self._keys),
        ]

    def answers(self, found: list[pl.DataFrame]) -> dict[Any, Any]:
        """The metrics, from what the queries found."""
        values, *fingerprints = found
        tallies: dict[Keys, Tally] = {}
        for keys, hashes in zip(self._keys, fingerprints, strict=True):
            tallies[keys] = tally(self._keyed(keys), keys.columns, hashes[FINGERPRINT])
        answers = {}
        for number, (metric_id, plan) in enumerate(self._plans.items()):
            match plan:
                case Aggregate():
                    answers[metric_id] = plan.read(values[str(number)].item())
                case Repeats():
                    answers[metric_id] = plan.read(tallies[plan.keys])
                case Known():
                    answers[metric_id] = plan.value
        return answers

    def _keyed(self, keys: Keys) -> pl.LazyFrame:
        return self._rows.filter(present(keys.columns, keys.present))


def _answers(frames: list[_Frame]) -> dict[Any, Any]:
    queries = [frame.queries() for frame in frames]
    found = iter(pl.collect_all([query for of_frame in queries for query in of_frame], engine="streaming"))
    answers: dict[Any, Any] = {}
    for frame, of_frame in zip(frames, queries, strict=True):
        answers |= frame.answers([next(found) for _ in of_frame])
    return answers
