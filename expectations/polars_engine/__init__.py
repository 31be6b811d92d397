"""A Polars execution engine and data source for Great Expectations 1.24.1.

    import expectations.polars_engine  # registers the engine, its metrics and the data source
    source = context.data_sources.add_polars("records")
    batches = source.add_dataframe_asset("records").add_batch_definition_whole_dataframe("whole")
    batches.get_batch(batch_parameters={"dataframe": pl.scan_parquet("*.parquet")}).validate(suite)

Suites are standard ones. A batch is a LazyFrame, or a DataFrame, that is never collected: all that a suite
asks is answered by one streaming run over it, exact uniqueness by a second one over the suspects, if any.
What a row holds is collected only for a data source with `show_unexpected`: else a result has counts and
aggregates only. What the engine does not know it refuses; it never passes anything for want of an answer.

Great Expectations' interface for engines is half private, so the version is checked on import. Nothing of
the project around is imported: this folder could be a package of its own.
"""

import great_expectations

from expectations.polars_engine.datasource import PolarsDataFrameAsset, PolarsDatasource
from expectations.polars_engine.engine import PolarsExecutionEngine
from expectations.polars_engine.parquet import PolarsParquetAsset
from expectations.polars_engine.plans import UnsupportedMetricError
from expectations.polars_engine.registration import register

__all__ = [
    "PolarsDataFrameAsset",
    "PolarsDatasource",
    "PolarsExecutionEngine",
    "PolarsParquetAsset",
    "UnsupportedMetricError",
]

_VERSION = "1.24.1"

if great_expectations.__version__ != _VERSION:
    raise ImportError(
        f"The Polars engine is written for great-expectations {_VERSION}; "
        f"{great_expectations.__version__} is installed."
    )
register()
