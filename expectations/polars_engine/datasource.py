"""The data source: `context.data_sources.add_polars(name)`, with assets that are frames in memory or lazy."""

from typing import Any, ClassVar, Literal

import polars as pl
from great_expectations.compatibility import pydantic
from great_expectations.core.batch import LegacyBatchDefinition
from great_expectations.core.batch_spec import RuntimeDataBatchSpec
from great_expectations.core.id_dict import IDDict
from great_expectations.datasource.fluent import BatchRequest, Datasource
from great_expectations.datasource.fluent.batch_identifier_util import make_batch_identifier
from great_expectations.datasource.fluent.interfaces import Batch, DataAsset
from great_expectations.exceptions.exceptions import BuildBatchRequestError

from expectations.polars_engine.engine import PolarsExecutionEngine

_FRAME = "dataframe"
# Inside the classes below `type` is a field.
_Engine = type[PolarsExecutionEngine]


class PolarsDataFrameAsset(DataAsset):  # type: ignore[misc]
    """Batches that are handed over as they are: a `polars.LazyFrame` or a `polars.DataFrame`."""

    type: Literal["dataframe"] = "dataframe"

    class Config:
        """Nothing else may be set."""

        extra = pydantic.Extra.forbid

    def test_connection(self) -> None:
        """There is nothing to connect to."""

    def get_batch_parameters_keys(self, partitioner: Any = None) -> tuple[str, ...]:  # noqa: ARG002
        """What a batch is asked for with."""
        return (_FRAME,)

    def build_batch_request(
        self, options: dict[str, Any] | None = None, batch_slice: Any = None, partitioner: Any = None
    ) -> BatchRequest:
        """Asks for the batch of one frame, `{"dataframe": frame}`.

        Raises:
            BuildBatchRequestError: it is asked for in another way.
        """
        if batch_slice is not None or partitioner is not None:
            raise BuildBatchRequestError(message="A frame is one batch: there is nothing to slice.")
        if not options or set(options) != {_FRAME} or not _is_frame(options[_FRAME]):
            raise BuildBatchRequestError(message="Give one Polars frame, as {'dataframe': frame}.")
        return BatchRequest(datasource_name=self.datasource.name, data_asset_name=self.name, options=options)

    def get_batch_identifiers_list(self, batch_request: BatchRequest) -> list[dict[str, Any]]:
        """The one batch there is."""
        return [IDDict(batch_request.options)]

    def get_batch(self, batch_request: BatchRequest) -> Batch:
        """Returns the frame as a batch; nothing of it is read yet."""
        self._validate_batch_request(batch_request)
        spec = RuntimeDataBatchSpec(batch_data=batch_request.options[_FRAME])
        data, markers = self.datasource.get_execution_engine().get_batch_data_and_markers(batch_spec=spec)
        definition = LegacyBatchDefinition(
            datasource_name=self.datasource.name,
            data_connector_name="fluent",
            data_asset_name=self.name,
            batch_identifiers=make_batch_identifier(batch_request.options),
            batch_spec_passthrough=None,
        )
        return Batch(
            datasource=self.datasource,
            data_asset=self,
            batch_request=batch_request,
            data=data,
            metadata=self._get_batch_metadata_from_batch_request(
                batch_request=batch_request, ignore_options=(_FRAME,)
            ),
            batch_markers=markers,
            batch_spec=spec,
            batch_definition=definition,
        )

    def add_batch_definition_whole_dataframe(self, name: str) -> Any:
        """Defines the batch that is the whole frame."""
        return self.add_batch_definition(name=name, partitioner=None)

    def _validate_batch_request(self, batch_request: BatchRequest) -> None:
        mine = (self.datasource.name, self.name)
        if (batch_request.datasource_name, batch_request.data_asset_name) != mine:
            raise BuildBatchRequestError(message=f"The request is not of the asset '{self.name}'.")
        self.build_batch_request(batch_request.options)


class PolarsDatasource(Datasource):  # type: ignore[misc]
    """Polars frames as batches."""

    asset_types: ClassVar[list[type[DataAsset]]] = [PolarsDataFrameAsset]

    type: Literal["polars"] = "polars"
    assets: list[PolarsDataFrameAsset] = []  # noqa: RUF012  (a pydantic field)

    @property
    def execution_engine_type(self) -> _Engine:
        """The engine of these batches."""
        return PolarsExecutionEngine

    def test_connection(self, test_assets: bool = True) -> None:
        """There is nothing to connect to."""

    def add_dataframe_asset(
        self, name: str, batch_metadata: dict[str, Any] | None = None
    ) -> PolarsDataFrameAsset:
        """Adds an asset whose batches are frames."""
        asset = PolarsDataFrameAsset(name=name, batch_metadata=batch_metadata or {})
        self._add_asset(asset=asset)
        return asset


def _is_frame(value: Any) -> bool:
    return isinstance(value, pl.DataFrame | pl.LazyFrame)
