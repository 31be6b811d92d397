"""The execution engine, and its batches: all metrics of a suite in one streaming run over a lazy frame."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

import polars as pl
import polars.selectors as cs
from great_expectations.core.batch import BatchData, BatchMarkers
from great_expectations.core.batch_spec import RuntimeDataBatchSpec
from great_expectations.exceptions import ExecutionEngineError, MetricResolutionError
from great_expectations.execution_engine import ExecutionEngine
from great_expectations.validator.validation_graph import MAX_METRIC_COMPUTATION_RETRIES

from expectations.polars_engine.conditions import rows_where
from expectations.polars_engine.metrics import METRICS
from expectations.polars_engine.plans import Aggregate, Column, MetricRequest, UnsupportedMetricError
from expectations.polars_engine.run import Question, answers

# A panic in Polars is no Exception.
_FAILURES = (Exception, pl.exceptions.PanicException)


class PolarsBatchData(BatchData):  # type: ignore[misc]
    """A batch: a lazy frame, of which nothing is read before a metric asks."""

    def __init__(self, execution_engine: ExecutionEngine, frame: pl.LazyFrame) -> None:
        super().__init__(execution_engine=execution_engine)
        self.given = frame

    @cached_property
    def columns(self) -> dict[str, Column]:
        """Its columns by name, in order."""
        schema = self.given.collect_schema()
        return {name: Column(f"column {n}", dtype) for n, (name, dtype) in enumerate(schema.items(), 1)}

    @cached_property
    def rows(self) -> pl.LazyFrame:
        """Its rows under numbered names: Polars takes `^a.*$` and `*` for patterns, and so no column's name.

        What pandas calls missing is null, NaN too; small floats are large ones, so that nothing is rounded to
        them; categories are text, since two may look alike to a hash and not be; nothing at all is no flag.
        """
        named = self.given.rename({name: column.inner for name, column in self.columns.items()})
        return named.with_columns(
            cs.float().cast(pl.Float64).fill_nan(None),
            (cs.categorical() | cs.enum()).cast(pl.String),
            cs.by_dtype(pl.Null).cast(pl.Boolean),
        )


class PolarsExecutionEngine(ExecutionEngine):  # type: ignore[misc]
    """Answers metrics from a lazy frame. It keeps none: it is asked about one batch after the other.

    Args:
        show_unexpected: whether results may hold values of rows; `result_format` then says how many.
        options: Great Expectations' own.
    """

    def __init__(self, *, show_unexpected: bool = False, **options: Any) -> None:
        # Two batches of one asset have the same id, so a metric that was kept could be the other batch's.
        super().__init__(**{**options, "caching": False})
        self._show = show_unexpected

    def get_batch_data_and_markers(self, batch_spec: Any) -> tuple[PolarsBatchData, BatchMarkers]:
        """Take a frame in.

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
        metrics: dict[Any, Any] | None = None,
        runtime_configuration: dict[str, Any] | None = None,  # noqa: ARG002
    ) -> dict[Any, Any]:
        """Compute metrics, each from the frame and none from another metric.

        Great Expectations takes one error of a call and asks again for the rest. So what has been answered is
        put into `metrics`, where it looks for it, and then one cause is raised.

        Raises:
            MetricResolutionError: naming a cause and the metrics that it keeps from being answered.
        """
        asked = {metric.id: metric for metric in metrics_to_resolve}
        questions: list[Question] = []
        failures: dict[Any, BaseException] = {}
        for metric_id, metric in asked.items():
            try:
                questions.append(self._question(metric))
            except _FAILURES as failure:
                failures[metric_id] = failure
        answered, failed_to_run = self._ask(questions)
        failures |= failed_to_run
        if failures:
            (metrics if metrics is not None else {}).update(answered)
            cause = _cause(next(iter(failures.values())))
            failed = [asked[metric_id] for metric_id, failure in failures.items() if _cause(failure) == cause]
            # Named so often, a metric is not asked for again.
            raise MetricResolutionError(message=cause, failed_metrics=failed * MAX_METRIC_COMPUTATION_RETRIES)
        return answered

    def _ask(self, questions: list[Question]) -> tuple[dict[Any, Any], dict[Any, BaseException]]:
        """All questions at once or, where that fails, one after the other, so that none fails for another."""
        try:
            return answers(questions), {}
        except _FAILURES as failure:
            if len(questions) == 1:
                return {}, {questions[0].metric_id: failure}
        answered: dict[Any, Any] = {}
        failures: dict[Any, BaseException] = {}
        for question in questions:
            found, failed = self._ask([question])
            answered |= found
            failures |= failed
        return answered, failures

    def _question(self, metric: Any) -> Question:
        """Return what is asked of which rows.

        Raises:
            UnsupportedMetricError: the engine has no answer to it.
            polars.exceptions.PolarsError: it has one, and this frame's columns do not fit it.
        """
        domain, name = dict(metric.metric_domain_kwargs), metric.metric_name
        if name not in METRICS:
            raise UnsupportedMetricError(f"The Polars engine does not know the metric '{name}'.")
        if domain.get("table"):
            raise UnsupportedMetricError(
                f"A batch is one frame: there is no table '{domain['table']}' beside it."
            )
        batch_id = domain.get("batch_id") or self.batch_manager.active_batch_data_id
        batch = self.batch_manager.batch_data_cache.get(batch_id)
        if batch is None:
            raise UnsupportedMetricError(f"There is no batch '{batch_id}'.")
        rows, condition = batch.rows, domain.get("row_condition")
        if condition:
            rows = rows.filter(rows_where(condition, batch.columns))
        plan = METRICS[name](
            MetricRequest(domain, dict(metric.metric_value_kwargs), batch.columns, self._show)
        )
        if isinstance(plan, Aggregate):
            rows.select(plan.expression).collect_schema()
        # Conditions that differ may be printed alike: 1 and "1", a text with AND in it and two conditions.
        told = condition if isinstance(condition, dict) or not condition else condition.dict()
        return Question(metric.id, repr((batch_id, told)), rows, plan)

    def _no_clause(self, condition: Any) -> pl.Expr:
        raise UnsupportedMetricError(f"{condition!r}: conditions are read with a schema, by `rows_where`.")

    _comparison_condition_to_filter_clause = _no_clause
    _nullity_condition_to_filter_clause = _no_clause
    _and_condition_to_filter_clause = _no_clause
    _or_condition_to_filter_clause = _no_clause


def _cause(failure: BaseException) -> str:
    """Why something failed, in a line; values that Polars quotes are a row's, and are left out."""
    if isinstance(failure, UnsupportedMetricError):
        return str(failure)
    told = re.sub(r": \[.*", "", str(failure).strip().split("\n")[0])
    return f"{type(failure).__name__}: {told}"
