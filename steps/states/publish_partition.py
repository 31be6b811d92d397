"""PublishPartition: FanOut's child puts one Parquet partition of records on scoresStream."""

import gc
from typing import TYPE_CHECKING, Any

import polars as pl

from pipelines.records import to_json_lines
from pipelines.schema import NUMBER_COLUMNS
from steps.delivery.kinesis_writer import NOT_TAKEN, KinesisWriter, StreamRecord
from steps.shared import clients
from steps.shared.observability import logger, redact_errors
from steps.shared.payloads import PartitionItem, PartitionResult, Run
from steps.shared.polars_storage import storage_options
from steps.shared.settings import PublishSettings
from steps.shared.storage import RunFolder, write_json
from steps.streaming.demand_table.attributes import LARGEST, SMALLEST
from steps.streaming.scores.record import LARGEST_RECORD

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext
    from mypy_boto3_s3 import S3Client

# What the imports made lives as long as the process. Records are made by the thousand, and every collection
# of garbage that they set off would look at all of it again.
gc.freeze()


# What loadScoresToDynamoDB could never store is not published: its run would wait for it in vain.
_STORABLE = pl.all_horizontal(
    pl.col(name).is_null() | (pl.col(name) == 0) | pl.col(name).abs().is_between(SMALLEST, LARGEST)
    for name in NUMBER_COLUMNS
)


class NothingPublishedError(Exception):
    """The stream took no record of a partition: worth another try of the whole."""


def publish(s3: "S3Client", writer: KinesisWriter, run: Run, item: PartitionItem) -> PartitionResult:
    """Publish one partition; a repeat publishes the same records again, which readers merge.

    Records that the stream did not take after all retries, and those that can never be stored, are kept in
    `aside/publish-partition/`, in a document that is an event of this function, and counted as failed; the
    others are not held back.

    Raises:
        NothingPublishedError: where no record went through that could have.
    """
    folder = RunFolder.of(run)
    rows = pl.scan_parquet(folder.uri(item.key), storage_options=storage_options())
    lines = to_json_lines(rows, storable=_STORABLE).collect()
    storable = lines["storable"] & (lines["bytes"] <= LARGEST_RECORD)
    offered, unstorable = _stream_records(lines.filter(storable)), _stream_records(lines.filter(~storable))
    refused = writer.put(offered)
    if len(refused) == len(offered) and not all(record.misfit for record in offered):
        raise NothingPublishedError(f"The stream took none of the {len(offered)} records of {item.key}.")
    failed = len(unstorable) + len(refused)
    if failed:
        key = folder.aside("publish-partition", item.partition)
        kept = [record.kept("the table has no room or no number for it") for record in unstorable]
        kept += [record.kept(record.misfit or NOT_TAKEN) for record in refused]
        write_json(s3, folder.bucket, key, {"run": run.wire(), "item": item.wire(), "notStreamed": kept})
    result = PartitionResult(
        partition=item.partition,
        in_=lines.height,
        out=lines.height - failed,
        failed=failed,
    )
    write_json(s3, folder.bucket, folder.result(item.partition), result.wire())
    return result


def _stream_records(lines: pl.DataFrame) -> list[StreamRecord]:
    # Whole columns at a time: asking a series for its values one by one takes longer than all the rest.
    data = lines["data"].cast(pl.Binary).to_list()
    return list(map(StreamRecord, lines["partitionKey"].to_list(), data, lines["bytes"].to_list()))


@logger.inject_lambda_context(clear_state=True)
@redact_errors
def handler(event: dict[str, Any], _context: "LambdaContext") -> dict[str, Any]:
    """Lambda entry: `{run, item}` → `{partition, in, out, failed}`."""
    settings = PublishSettings.load()
    run, item = Run.model_validate(event["run"]), PartitionItem.model_validate(event["item"])
    logger.append_keys(run_id=run.run_id, campaign_id=run.campaign_id)
    writer = KinesisWriter(clients.kinesis(), settings.scores_stream)
    result = publish(clients.s3(), writer, run, item)
    logger.info("published", extra={"result": result.wire()})
    return result.wire()
