"""PublishPartition: FanOut's child puts one Parquet partition of records on scoresStream."""

import gc
from typing import TYPE_CHECKING, Any

import polars as pl

from pipelines.records import to_json_lines
from steps.kinesis_writer import KinesisWriter, StreamRecord
from steps.shared import clients
from steps.shared.observability import discreet, logger
from steps.shared.payloads import PartitionItem, PartitionResult, Run
from steps.shared.polars_storage import storage_options
from steps.shared.settings import PublishSettings
from steps.shared.storage import RunFolder, write_json

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext
    from mypy_boto3_s3 import S3Client

# What the imports made lives as long as the process. Records are made by the thousand, and every collection
# of garbage that they set off would look at all of it again.
gc.freeze()


class NothingPublishedError(Exception):
    """The stream took no record of a partition: worth another try of the whole."""


def publish(s3: "S3Client", writer: KinesisWriter, run: Run, item: PartitionItem) -> PartitionResult:
    """Publishes one partition; a repeat publishes the same records again, which readers merge.

    Records the stream did not take after all retries are kept in `aside/publish-partition/`, in a document
    that is an event of this function, and counted as failed; the others are not held back.

    Raises:
        NothingPublishedError: where no record went through.
    """
    folder = RunFolder.of(run)
    lines = to_json_lines(pl.scan_parquet(folder.uri(item.key), storage_options=storage_options())).collect()
    # Whole columns at a time: asking a series for its values one by one takes longer than all the rest.
    data = lines["data"].cast(pl.Binary).to_list()
    records = list(map(StreamRecord, lines["partitionKey"].to_list(), data, lines["bytes"].to_list()))
    failed = writer.put(records)
    if records and len(failed) == len(records):
        raise NothingPublishedError(f"The stream took none of the {len(records)} records of {item.key}.")
    if failed:
        key = f"aside/publish-partition/{run.campaign_id}/{run.run_id}/part-{item.partition:05}.json"
        kept = [{"partitionKey": record.partition_key, "data": record.data.decode()} for record in failed]
        write_json(s3, folder.bucket, key, {"run": run.wire(), "item": item.wire(), "notStreamed": kept})
    result = PartitionResult(
        partition=item.partition,
        in_=len(records),
        out=len(records) - len(failed),
        failed=len(failed),
    )
    write_json(s3, folder.bucket, f"{folder.published}/part-{item.partition:05}.json", result.wire())
    return result


@logger.inject_lambda_context
@discreet
def handler(event: dict[str, Any], _context: "LambdaContext") -> dict[str, Any]:
    """Lambda entry: `{run, item}` → `{partition, in, out, failed}`."""
    settings = PublishSettings.load()
    run, item = Run.model_validate(event["run"]), PartitionItem.model_validate(event["item"])
    logger.append_keys(run_id=run.run_id, campaign_id=run.campaign_id)
    writer = KinesisWriter(clients.kinesis(), settings.scores_stream)
    result = publish(clients.s3(), writer, run, item)
    logger.info("published", extra={"result": result.wire()})
    return result.wire()
