"""The same suite on the same frame by the Polars engine and by Great Expectations' own pandas engine."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from numbers import Real
from typing import Any

import great_expectations as gx
import great_expectations.expectations as gxe
import polars as pl

import expectations.polars_engine  # noqa: F401  (importing it registers the engine)


@dataclass(frozen=True)
class Outcome:
    """What an engine says of one expectation; `error` where it could not say anything."""

    success: bool
    unexpected: int | None
    elements: int | None
    missing: int | None
    observed: Any
    error: str | None

    def agrees(self, other: "Outcome") -> bool:
        """Whether both say the same; sums of floats may differ in their last digits."""
        mine, theirs = (
            (one.success, one.unexpected, one.elements, one.missing, one.error is None)
            for one in (self, other)
        )
        return mine == theirs and _same(self.observed, other.observed)


def context() -> Any:
    """A context for many batches."""
    made = gx.get_context(mode="ephemeral")
    made.variables.progress_bars = {"globally": False}
    return made


def batches_of(made: Any, engine: str) -> Any:
    """The batch definition of a data source of `engine`: `polars` or `pandas`."""
    source = getattr(made.data_sources, f"add_{engine}")(engine)
    return source.add_dataframe_asset("frames").add_batch_definition_whole_dataframe("whole")


# One source each for all frames: that an engine keeps nothing of the last one is tested along the way.
_CONTEXT = context()
_POLARS, _PANDAS = (batches_of(_CONTEXT, engine) for engine in ("polars", "pandas"))


def by_polars(
    frame: pl.DataFrame | pl.LazyFrame, suite: Sequence[gxe.Expectation], result_format: str = "BASIC"
) -> list[Outcome]:
    """The Polars engine's word, one outcome an expectation, in their order."""
    return _outcomes(_POLARS, frame, suite, result_format)


def by_pandas(frame: Any, suite: Sequence[gxe.Expectation]) -> list[Outcome]:
    """The pandas engine's word on a frame of Polars or of pandas."""
    given = frame.to_pandas() if isinstance(frame, pl.DataFrame) else frame
    return _outcomes(_PANDAS, given, suite, "BASIC")


def _outcomes(
    batches: Any, frame: Any, expectations: Sequence[gxe.Expectation], result_format: str
) -> list[Outcome]:
    numbered = [
        expectation.copy(update={"meta": {"number": number}})
        for number, expectation in enumerate(expectations)
    ]
    batch = batches.get_batch(batch_parameters={"dataframe": frame})
    outcome = batch.validate(
        gx.ExpectationSuite(name="suite", expectations=numbered), result_format=result_format
    )
    found = {result.expectation_config.meta["number"]: _outcome(result) for result in outcome.results}
    return [found[number] for number in range(len(expectations))]


def _outcome(result: Any) -> Outcome:
    info = result.exception_info or {}
    # Of a metric that failed, its id stands there in place of the flag.
    raised = info.get("raised_exception", bool(info))
    details = result.result
    return Outcome(
        success=bool(result.success),
        unexpected=details.get("unexpected_count"),
        elements=details.get("element_count"),
        missing=details.get("missing_count"),
        observed=details.get("observed_value"),
        error=str(info) if raised else None,
    )


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, sorted(one, key=str), sorted(other, key=str)))
    if _missing(one) or _missing(other):
        return _missing(one) and _missing(other)
    if isinstance(one, Real) or isinstance(other, Real):
        # pandas adds small floats up in their own precision.
        small = any(str(getattr(value, "dtype", "")) == "float32" for value in (one, other))
        return math.isclose(one, other, rel_tol=1e-6 if small else 1e-9, abs_tol=1e-9)
    if isinstance(one, datetime) != isinstance(other, datetime):  # pandas has no days, only their midnights
        return bool(str(one)[:10] == str(other)[:10])
    return bool(one == other)


def _missing(value: Any) -> bool:
    return value is None or bool(value != value)  # noqa: PLR0124  (NaN and NaT)
