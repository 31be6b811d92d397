"""Makes the engine's metrics known to Great Expectations, each without dependencies.

Its own providers make metrics of other metrics, one round of the engine after the other. Asked for without
dependencies, all metrics of a suite come in one call.
"""

from typing import Any

from great_expectations.execution_engine import PandasExecutionEngine
from great_expectations.expectations.metrics.metric_provider import MetricProvider
from great_expectations.expectations.registry import get_metric_kwargs, get_metric_provider, register_metric

from expectations.polars_engine.engine import PolarsExecutionEngine
from expectations.polars_engine.measures import MEASURES


def register() -> None:
    """Registers every metric of `MEASURES` with the arguments that its expectations give; once is enough."""
    for name in MEASURES:
        keys = get_metric_kwargs(name)
        theirs, _ = get_metric_provider(name, PandasExecutionEngine())
        register_metric(
            metric_name=name,
            metric_domain_keys=keys["metric_domain_keys"],
            metric_value_keys=keys["metric_value_keys"],
            execution_engine=PolarsExecutionEngine,
            metric_class=_provider(theirs),
            metric_provider=_resolved_by_the_engine,
        )


def _provider(theirs: Any) -> type[MetricProvider]:
    """A provider with another's arguments and defaults, and without dependencies."""

    class Direct(MetricProvider):  # type: ignore[misc]
        domain_keys = theirs.domain_keys
        value_keys = theirs.value_keys
        default_kwarg_values = theirs.default_kwarg_values

        @classmethod
        def get_evaluation_dependencies(cls, *_: Any, **__: Any) -> dict[str, Any]:
            return {}

    return Direct


def _resolved_by_the_engine(*_: Any, **__: Any) -> None:
    raise NotImplementedError("The Polars engine resolves its metrics itself.")
