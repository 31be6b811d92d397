"""Rules about a column's type, which Great Expectations answers for its own engines and for no other."""

from collections.abc import Callable
from typing import Any

import polars as pl
from great_expectations.execution_engine import ExecutionEngine
from great_expectations.expectations.core import (
    ExpectColumnTypeToBe,
    ExpectColumnValuesToBeInTypeList,
    ExpectColumnValuesToBeOfType,
)

from expectations.polars_engine.columns import UnsupportedMetricError

_NAMES = {name for name, one in vars(pl).items() if isinstance(one, type) and issubclass(one, pl.DataType)}


def teach(engine: type[ExecutionEngine]) -> None:
    """Has the three rules ask `judged` where the engine is `engine`; for any other they are as they were."""
    for expectation in (ExpectColumnTypeToBe, ExpectColumnValuesToBeOfType, ExpectColumnValuesToBeInTypeList):
        expectation._validate = _validator(engine, expectation._validate)


def _validator(engine: type[ExecutionEngine], theirs: Callable[..., Any]) -> Callable[..., Any]:
    def validate(
        self: Any, metrics: dict[str, Any], runtime_configuration: Any = None, execution_engine: Any = None
    ) -> Any:
        if isinstance(execution_engine, engine):
            wanted = self.configuration.kwargs.get("type_list", self.configuration.kwargs.get("type_"))
            return judged(metrics["table.column_types"], self.column, wanted)
        return theirs(self, metrics, runtime_configuration, execution_engine)

    return validate


def judged(types: list[dict[str, str]], column: str, wanted: str | list[str] | None) -> dict[str, Any]:
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
