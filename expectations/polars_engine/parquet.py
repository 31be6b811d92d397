"""Parquet files as batches: all of them, or one for each year, month or day of a column."""

from typing import Any, Literal

import polars as pl
import polars.selectors as cs
from great_expectations.core.id_dict import IDDict
from great_expectations.core.partitioners import (
    ColumnPartitionerDaily,
    ColumnPartitionerMonthly,
    ColumnPartitionerYearly,
)
from great_expectations.datasource.fluent import BatchRequest
from great_expectations.datasource.fluent.interfaces import TestConnectionError
from great_expectations.exceptions.exceptions import BuildBatchRequestError

from expectations.polars_engine.assets import PolarsAsset

_PARTS: dict[str, tuple[str, ...]] = {
    "partition_on_year": ("year",),
    "partition_on_year_and_month": ("year", "month"),
    "partition_on_year_and_month_and_day": ("year", "month", "day"),
}


class PolarsParquetAsset(PolarsAsset):
    """Batches of Parquet files, read when they are asked about; rows without a date are a batch of their own.

    `path` is that of a file or a folder, or a glob of several; local or a URI that Polars reads.
    """

    type: Literal["parquet"] = "parquet"
    path: str

    def test_connection(self) -> None:
        """Reads the files' schema.

        Raises:
            TestConnectionError: there is none to read.
        """
        try:
            self._scan().collect_schema()
        except (pl.exceptions.PolarsError, OSError) as error:
            raise TestConnectionError(f"'{self.path}' cannot be read: {error}") from error

    def get_batch_parameters_keys(self, partitioner: Any = None) -> tuple[str, ...]:
        """Return what a batch may be asked for with: the parts of a date."""
        return () if partitioner is None else _parts(partitioner)

    def get_batch_identifiers_list(self, batch_request: BatchRequest) -> list[dict[str, Any]]:
        """Return the batches, in the partitioner's order; one column of the files is read for it."""
        partitioner = batch_request.partitioner
        if partitioner is None:
            return [IDDict()]
        dates = self._scan().select(**self._dated(partitioner)).unique()
        found = dates.collect(engine="streaming").to_dicts()
        wanted = batch_request.options.items()
        kept = [IDDict(row) for row in found if all(row[part] == value for part, value in wanted)]
        backwards = not partitioner.sort_ascending
        return sorted(kept, key=lambda row: [value or 0 for value in row.values()], reverse=backwards)

    def add_batch_definition_whole(self, name: str) -> Any:
        """Define the batch of all rows."""
        return self.add_batch_definition(name=name, partitioner=None)

    def add_batch_definition_yearly(self, name: str, column: str, sort_ascending: bool = True) -> Any:
        """Define a batch for each year of a date column; without a year asked for, the last is taken."""
        return self._add_parts(ColumnPartitionerYearly, name, column, sort_ascending)

    def add_batch_definition_monthly(self, name: str, column: str, sort_ascending: bool = True) -> Any:
        """Define a batch for each month of a date column."""
        return self._add_parts(ColumnPartitionerMonthly, name, column, sort_ascending)

    def add_batch_definition_daily(self, name: str, column: str, sort_ascending: bool = True) -> Any:
        """Define a batch for each day of a date column."""
        return self._add_parts(ColumnPartitionerDaily, name, column, sort_ascending)

    def _add_parts(self, kind: Any, name: str, column: str, sort_ascending: bool) -> Any:
        # Only what is set is saved, and without its method's name one partitioner is read as another.
        method = kind.__fields__["method_name"].default
        partitioner = kind(column_name=column, sort_ascending=sort_ascending, method_name=method)
        return self.add_batch_definition(name=name, partitioner=partitioner)

    def _scan(self) -> pl.LazyFrame:
        return pl.scan_parquet(self.path)

    def _rows(self, options: dict[str, Any], partitioner: Any) -> pl.LazyFrame:
        rows = self._scan()
        if partitioner is None:
            return rows
        dated = self._dated(partitioner)
        return rows.filter([dated[part].eq_missing(pl.lit(value)) for part, value in options.items()])

    def _dated(self, partitioner: Any) -> dict[str, pl.Expr]:
        """Return the parts of a date, of the column that has it."""
        name, schema = partitioner.column_name, self._scan().collect_schema()
        if (
            schema.get(name) is None
            or not schema[name].is_temporal()
            or schema[name] in (pl.Time, pl.Duration)
        ):
            raise BuildBatchRequestError(
                message=f"'{self.path}' has no column '{name}' of dates to part it by."
            )
        column = cs.by_name(name).as_expr()
        return {part: getattr(column.dt, part)() for part in _parts(partitioner)}


def _parts(partitioner: Any) -> tuple[str, ...]:
    try:
        return _PARTS[partitioner.method_name]
    except KeyError:
        raise BuildBatchRequestError(
            message=f"Parquet files are parted by year, month or day, not by '{partitioner.method_name}'."
        ) from None
