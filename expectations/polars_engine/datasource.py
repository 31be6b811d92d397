"""The data source: `context.data_sources.add_polars(name)`, of frames handed over and of Parquet files."""

from typing import Any, ClassVar, Literal

import polars as pl
from great_expectations.datasource.fluent import BatchRequest, Datasource
from great_expectations.datasource.fluent.interfaces import DataAsset
from great_expectations.datasource.fluent.sources import DataSourceManager
from great_expectations.exceptions.exceptions import BuildBatchRequestError

from expectations.polars_engine.assets import PolarsAsset
from expectations.polars_engine.engine import PolarsExecutionEngine
from expectations.polars_engine.parquet import PolarsParquetAsset

_FRAME = "dataframe"
# Inside the class below `type` is a field.
_Engine = type[PolarsExecutionEngine]


class PolarsDataFrameAsset(PolarsAsset):
    """Batches that are handed over as they are: a `polars.LazyFrame` or a `polars.DataFrame`."""

    type: Literal["dataframe"] = "dataframe"

    def get_batch_parameters_keys(self, partitioner: Any = None) -> tuple[str, ...]:  # noqa: ARG002
        """Return what a batch is asked for with."""
        return (_FRAME,)

    def build_batch_request(
        self, options: dict[str, Any] | None = None, batch_slice: Any = None, partitioner: Any = None
    ) -> BatchRequest:
        """Asks for the batch of one frame, `{"dataframe": frame}`.

        Raises:
            BuildBatchRequestError: it is asked for in another way.
        """
        if partitioner is not None:
            raise BuildBatchRequestError(message="A frame is one batch: there is nothing to slice.")
        if not isinstance((options or {}).get(_FRAME), pl.DataFrame | pl.LazyFrame):
            raise BuildBatchRequestError(message="Give one Polars frame, as {'dataframe': frame}.")
        return super().build_batch_request(options, batch_slice)

    def add_batch_definition_whole_dataframe(self, name: str) -> Any:
        """Define the batch that is the whole frame."""
        return self.add_batch_definition(name=name, partitioner=None)

    def _rows(self, options: dict[str, Any], partitioner: Any) -> pl.DataFrame | pl.LazyFrame:  # noqa: ARG002
        frame: pl.DataFrame | pl.LazyFrame = options[_FRAME]
        return frame


class PolarsDatasource(Datasource):  # type: ignore[misc]
    """Polars frames and Parquet files as batches.

    `add_dataframe_asset(name)` and `add_parquet_asset(name, path=...)` are Great Expectations' making.

    `show_unexpected` lets results hold values of rows, as many as a `result_format` asks for; without it they
    hold counts and aggregates only.
    """

    asset_types: ClassVar[list[type[DataAsset]]] = [PolarsDataFrameAsset, PolarsParquetAsset]

    # A saved context can be opened without this package, and Great Expectations then says only that "type
    # {name} was not found". So the name says what to import.
    type: Literal["polars of expectations.polars_engine, which must be imported first,"] = (
        "polars of expectations.polars_engine, which must be imported first,"
    )
    assets: list[PolarsDataFrameAsset | PolarsParquetAsset] = []  # noqa: RUF012  (a pydantic field)
    show_unexpected: bool = False

    @property
    def execution_engine_type(self) -> _Engine:
        """The engine of these batches."""
        return PolarsExecutionEngine

    def test_connection(self, test_assets: bool = True) -> None:
        """Tries the assets; the source itself connects to nothing."""
        if test_assets:
            for asset in self.assets:
                asset.test_connection()


def register_methods() -> None:
    """Has `context.data_sources` call the source `polars`, whatever its type's name is."""
    for registered in ("add", "update", "add_or_update"):
        getattr(DataSourceManager, f"_register_{registered}_datasource")(PolarsDatasource, "polars")
