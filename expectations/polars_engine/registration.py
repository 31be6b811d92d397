"""Makes the engine's metrics known to Great Expectations, each without dependencies.

Its own providers make metrics of other metrics, one round of the engine after the other. Asked for without
dependencies, all metrics of a suite come in one call. Rules about a column's type it answers for its own
engines and for no other.
"""

from collections.abc import Callable
from typing import Any

import polars as pl
from great_expectations.execution_engine import ExecutionEngine
from great_expectations.expectations import registry
from great_expectations.expectations.core import (
    ExpectColumnTypeToBe,
    ExpectColumnValuesToBeInTypeList,
    ExpectColumnValuesToBeOfType,
)
from great_expectations.expectations.metrics.metric_provider import MetricProvider

from expectations.polars_engine.datasource import register_methods
from expectations.polars_engine.engine import PolarsExecutionEngine
from expectations.polars_engine.metrics import METRICS
from expectations.polars_engine.plans import UnsupportedMetricError

_NAMES = {name for name, one in vars(pl).items() if isinstance(one, type) and issubclass(one, pl.DataType)}


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
    _teach(PolarsExecutionEngine)
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


def _teach(engine: type[ExecutionEngine]) -> None:
    """Has the three rules ask `_judged` where the engine is `engine`; for any other they are as they were."""
    for expectation in (ExpectColumnTypeToBe, ExpectColumnValuesToBeOfType, ExpectColumnValuesToBeInTypeList):
        expectation._validate = _validator(engine, expectation._validate)


def _validator(engine: type[ExecutionEngine], theirs: Callable[..., Any]) -> Callable[..., Any]:
    def validate(
        self: Any, metrics: dict[str, Any], runtime_configuration: Any = None, execution_engine: Any = None
    ) -> Any:
        if isinstance(execution_engine, engine):
            wanted = self.configuration.kwargs.get("type_list", self.configuration.kwargs.get("type_"))
            return _judged(metrics["table.column_types"], self.column, wanted)
        return theirs(self, metrics, runtime_configuration, execution_engine)

    return validate


def _judged(types: list[dict[str, str]], column: str, wanted: str | list[str] | None) -> dict[str, Any]:
    """Whether a column has a type, or one of several, by Polars' names: `Int64`, `Datetime` of any unit.

    Raises:
        UnsupportedMetricError: there is no such column, or a name that Polars does not have.
    """
    found = {each["name"]: each["type"] for each in types}
    if column not in found:
        raise UnsupportedMetricError(f"There is no column '{column}'.")
    names = [wanted] if isinstance(wanted, str) else wanted or []
    foreign = [name for name in names if str(name).partition("(")[0] not in _NAMES]
    if foreign or not names:
        raise UnsupportedMetricError(
            f"{foreign or wanted!r} is no type of Polars: name them as Int64, String, Datetime."
        )
    has = found[column]
    return {
        "success": has in names or has.partition("(")[0] in names,
        "result": {"observed_value": has},
    }
