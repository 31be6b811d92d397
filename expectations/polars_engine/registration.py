"""Makes the engine's metrics known to Great Expectations, each without dependencies.

Its own providers make metrics of other metrics, one round of the engine after the other. Asked for without
dependencies, all metrics of a suite come in one call.
"""

from typing import Any

from great_expectations.expectations import registry
from great_expectations.expectations.metrics.metric_provider import MetricProvider

from expectations.polars_engine.column_types import teach
from expectations.polars_engine.datasource import register_methods
from expectations.polars_engine.engine import PolarsExecutionEngine
from expectations.polars_engine.metrics import METRICS


def register() -> None:
    """Register every metric of `METRICS` with the arguments that its expectations give; once is enough."""
    for name in METRICS:
        keys = registry.get_metric_kwargs(name)
        # Whichever engine's it is, the arguments are the same.
        theirs, _ = next(iter(registry._registered_metrics[name]["providers"].values()))
        registry.register_metric(
            metric_name=name,
            metric_domain_keys=keys["metric_domain_keys"],
            metric_value_keys=keys["metric_value_keys"],
            execution_engine=PolarsExecutionEngine,
            metric_class=_provider(theirs),
            metric_provider=_resolved_by_the_engine,
        )
    teach(PolarsExecutionEngine)
    register_methods()


def _provider(theirs: Any) -> type[MetricProvider]:
    """Return a provider with another's arguments and defaults, and without dependencies."""

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
