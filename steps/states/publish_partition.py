"""PublishPartition: FanOut's child puts one Parquet partition of records on scoresStream."""

import gc
from typing import Any

import polars as pl
from aws_lambda_powertools.utilities.typing import LambdaContext

from pipelines.records import to_json_lines
from pipelines.schema import NUMBER_COLUMNS, RECORD_SCHEMA
from pipelines.standing import WITHDRAWAL_SCHEMAS
from steps.delivery.kinesis_writer import KinesisWriter, StreamRecord
from steps.delivery.partition import Partition
from steps.shared import clients
from steps.shared.attributes import LARGEST, LARGEST_VALUES, SMALLEST
from steps.shared.observability import logger, redact_errors
from steps.shared.payloads import PartitionResult
from steps.shared.settings import PublishSettings
from steps.shared.wire import FIELD, SCHEMA_VERSION

# What the imports made lives as long as the process. Records are made by the thousand, and every collection
# of garbage that they set off would look at all of it again.
gc.freeze()


def _storable(schema: pl.Schema) -> pl.Expr:
    """Ask what loadScoresToDynamoDB can store: its run would wait in vain for what it cannot."""
    return pl.all_horizontal(
        pl.col(name).is_null() | (pl.col(name) == 0) | pl.col(name).abs().is_between(SMALLEST, LARGEST)
        for name in NUMBER_COLUMNS
        if name in schema
    )


# What a partition of records holds, and one of withdrawals.
_SCHEMAS = {False: RECORD_SCHEMA, True: WITHDRAWAL_SCHEMAS["scrubbed"]}


def publish(partition: Partition, writer: KinesisWriter) -> PartitionResult:
    """Publish one partition; a repeat publishes the same records again, which readers merge.

    Records that the stream did not take after all retries, and those that can never be stored, are a dead
    letter and counted as failed; the others are not held back.

    Raises:
        NothingTakenError: where no record went through that could have.
    """
    schema = _SCHEMAS[partition.item.withdrawn]
    rows = partition.rows().with_columns(pl.lit(SCHEMA_VERSION).alias(FIELD))
    lines = to_json_lines(rows, (FIELD,), schema, storable=_storable(schema)).collect()
    storable = lines["storable"] & (lines["bytes"] <= LARGEST_VALUES)
    offered, unstorable = _stream_records(lines.filter(storable)), _stream_records(lines.filter(~storable))
    refused = partition.put(writer, offered)
    partition.keep("publish-partition", refused, unstorable)
    failed = len(unstorable) + len(refused)
    result = PartitionResult(
        partition=partition.item.partition,
        in_=lines.height,
        out=lines.height - failed,
        failed=failed,
    )
    partition.end(result)
    return result


def _stream_records(lines: pl.DataFrame) -> list[StreamRecord]:
    # Whole columns at a time: asking a series for its values one by one takes longer than all the rest.
    data = lines["data"].cast(pl.Binary).to_list()
    return list(map(StreamRecord, lines["partitionKey"].to_list(), data, lines["bytes"].to_list()))


@logger.inject_lambda_context(clear_state=True)
@redact_errors
def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Lambda entry: `{run, item}` → `{partition, in, out, failed}`."""
    settings = PublishSettings.load()
    writer = KinesisWriter(clients.kinesis(), settings.scores_stream)
    return publish(Partition.of(event, clients.s3()), writer).wire()
