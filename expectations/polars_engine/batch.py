"""Batches: lazy frames, taken in so that every column is what its name says and nothing else."""

from functools import cached_property

import polars as pl
import polars.selectors as cs
from great_expectations.core.batch import BatchData
from great_expectations.execution_engine import ExecutionEngine

from expectations.polars_engine.columns import Column


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
