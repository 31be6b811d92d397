"""What the data source's assets have in common: how rows become a batch."""

from typing import Any

import polars as pl
from great_expectations.core.batch import LegacyBatchDefinition
from great_expectations.core.batch_spec import RuntimeDataBatchSpec
from great_expectations.core.id_dict import IDDict
from great_expectations.datasource.fluent import BatchRequest
from great_expectations.datasource.fluent.batch_identifier_util import make_batch_identifier
from great_expectations.datasource.fluent.interfaces import Batch, DataAsset
from great_expectations.exceptions.exceptions import BuildBatchRequestError


class PolarsAsset(DataAsset):  # type: ignore[misc]
    """An asset whose batches are lazy frames; nothing of them is read before a metric asks."""

    def test_connection(self) -> None:
        """There is nothing to connect to."""

    def build_batch_request(
        self, options: dict[str, Any] | None = None, batch_slice: Any = None, partitioner: Any = None
    ) -> BatchRequest:
        """Asks for the batches that have some parameters, or for any.

        Raises:
            BuildBatchRequestError: it is asked for something else.
        """
        known = self.get_batch_parameters_keys(partitioner)
        if batch_slice is not None or not set(options or {}) <= set(known):
            told = ", ".join(known) or "nothing"
            raise BuildBatchRequestError(message=f"A batch of '{self.name}' is asked for with {told}.")
        return BatchRequest(
            datasource_name=self.datasource.name,
            data_asset_name=self.name,
            options=options or {},
            partitioner=partitioner,
        )

    def get_batch_identifiers_list(self, batch_request: BatchRequest) -> list[dict[str, Any]]:
        """Return the one batch there is."""
        return [IDDict(batch_request.options)]

    def get_batch(self, batch_request: BatchRequest) -> Batch:
        """Return the last of the batches that are asked for.

        Raises:
            BuildBatchRequestError: it is asked for of another asset, in another way, or there is none.
        """
        mine = (self.datasource.name, self.name)
        if (batch_request.datasource_name, batch_request.data_asset_name) != mine:
            raise BuildBatchRequestError(message=f"The request is not of the asset '{self.name}'.")
        partitioner = batch_request.partitioner
        self.build_batch_request(batch_request.options, partitioner=partitioner)
        found = self.get_batch_identifiers_list(batch_request)
        if not found:
            raise BuildBatchRequestError(
                message=f"'{self.name}' has no batch of {dict(batch_request.options)}."
            )
        spec = RuntimeDataBatchSpec(batch_data=self._rows(found[-1], partitioner))
        data, markers = self.datasource.get_execution_engine().get_batch_data_and_markers(batch_spec=spec)
        definition = LegacyBatchDefinition(
            datasource_name=self.datasource.name,
            data_connector_name="fluent",
            data_asset_name=self.name,
            batch_identifiers=make_batch_identifier(found[-1]),
            batch_spec_passthrough=None,
        )
        asked = self.build_batch_request(found[-1], partitioner=partitioner)
        return Batch(
            datasource=self.datasource,
            data_asset=self,
            batch_request=asked,
            data=data,
            metadata=self._get_batch_metadata_from_batch_request(
                batch_request=asked, ignore_options=("dataframe",)
            ),
            batch_markers=markers,
            batch_spec=spec,
            batch_definition=definition,
        )

    def _rows(self, options: dict[str, Any], partitioner: Any) -> pl.DataFrame | pl.LazyFrame:
        """Return the rows of one batch."""
        raise NotImplementedError
