"""SaveFanlistPartition: FanOut's child puts one partition of a fanlist into the table and then on the stream.

Only what the table holds of this run is published: what failed or is stale there is listed, not streamed.
"""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import polars as pl

from steps.delivery.kinesis_writer import NOT_TAKEN, KinesisWriter, StreamRecord
from steps.shared import clients
from steps.shared.clock import now_iso
from steps.shared.observability import logger, redact_errors
from steps.shared.payloads import PartitionItem, Run, SavedPartition, SinkCounts
from steps.shared.polars_storage import storage_options
from steps.shared.settings import SaveFanlistSettings
from steps.shared.storage import RunFolder, write_json
from steps.streaming.demand_table.upserts import WRITTEN, Status
from steps.streaming.demand_table.writer import DemandTable
from steps.streaming.scores.fanlist_record import FanlistScore

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext
    from mypy_boto3_s3 import S3Client

# Calls to the table under way at once, each with a part of the partition.
_AT_ONCE = 4
_PART = 500


class NothingSavedError(Exception):
    """The table or the stream took no record of a partition: worth another try of the whole."""


def save(
    s3: "S3Client", table: DemandTable, writer: KinesisWriter, run: Run, item: PartitionItem
) -> SavedPartition:
    """Save one partition. A repeat changes no item and publishes the same records under the same ids.

    What the table or the stream did not take after all retries is kept in `aside/save-fanlist-partition/`
    in a document that is an event of this function, and counted as failed; nothing else is held back.

    Raises:
        NothingSavedError: where the table failed on every record that it can hold, or the stream took none.
    """
    folder = RunFolder.of(run)
    rows = pl.scan_parquet(folder.uri(item.key), storage_options=storage_options()).collect()
    scores = [FanlistScore(row, run) for row in rows.iter_rows(named=True)]
    statuses = _merge(table, scores)
    tally = Counter(Status.FAILED if status is Status.REFUSED else status for status in statuses)
    if any(score.storable for score in scores) and set(statuses) == {Status.FAILED}:
        raise NothingSavedError(f"The table took none of the {len(scores)} records of {item.key}.")
    saved = [score for score, status in zip(scores, statuses, strict=True) if status in WRITTEN]
    now = now_iso()
    offered = [StreamRecord.of(score.identifier[1], score.published(now)) for score in saved]
    refused = writer.put(offered)
    if len(refused) == len(offered) and not all(record.misfit for record in offered):
        raise NothingSavedError(f"The stream took none of the {len(saved)} records of {item.key}.")
    unsaved = [
        {"status": status.value, "reason": _reason(table, score, status), "record": dict(score.record)}
        for score, status in zip(scores, statuses, strict=True)
        if status not in WRITTEN
    ]
    if unsaved or refused:
        _keep_aside(s3, folder, run, item, unsaved, refused)
    result = SavedPartition(
        partition=item.partition,
        dynamo=SinkCounts(in_=len(scores), failed=len(unsaved), out=len(saved)),
        stream=SinkCounts(in_=len(saved), failed=len(refused), out=len(saved) - len(refused)),
        statuses={status.value: tally[status] for status in Status if status is not Status.REFUSED},
    )
    write_json(s3, folder.bucket, folder.result(item.partition), result.wire())
    return result


def _merge(table: DemandTable, scores: list[FanlistScore]) -> list[Status]:
    """Each record's status, in order. What the table can never hold has failed without being offered."""
    offered = [score.upsert() for score in scores if score.storable]
    parts = [offered[start : start + _PART] for start in range(0, len(offered), _PART)]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        merged = iter([status for part in pool.map(table.merge, parts) for status in part])
    return [next(merged) if score.storable else Status.FAILED for score in scores]


def _keep_aside(
    s3: "S3Client",
    folder: RunFolder,
    run: Run,
    item: PartitionItem,
    unsaved: list[dict[str, Any]],
    refused: list[StreamRecord],
) -> None:
    key = folder.aside("save-fanlist-partition", item.partition)
    document = {
        "run": run.wire(),
        "item": item.wire(),
        "notSaved": unsaved,
        "notStreamed": [record.kept(record.misfit or NOT_TAKEN) for record in refused],
    }
    write_json(s3, folder.bucket, key, document)


def _reason(table: DemandTable, score: FanlistScore, status: Status) -> str:
    if not score.storable:
        return "the table has no room or no number for it"
    if status is Status.REFUSED:
        return f"DynamoDB refuses it ({table.refusals[score.upsert().place]})"
    return "a newer run has the fan" if status is Status.STALE else "not written after all retries"


@logger.inject_lambda_context(clear_state=True)
@redact_errors
def handler(event: dict[str, Any], context: "LambdaContext") -> dict[str, Any]:
    """Lambda entry: `{run, item}` → `{partition, dynamo, stream, statuses}`."""
    settings = SaveFanlistSettings.load()
    run, item = Run.model_validate(event["run"]), PartitionItem.model_validate(event["item"])
    logger.append_keys(run_id=run.run_id, campaign_id=run.campaign_id)
    table = DemandTable(
        clients.dynamodb(),
        settings.demand_table,
        fan_days=settings.fan_days,
        time_left=lambda: context.get_remaining_time_in_millis() / 1000,
    )
    writer = KinesisWriter(clients.kinesis(), settings.campaign_data_stream)
    result = save(clients.s3(), table, writer, run, item)
    logger.info("saved", extra={"result": result.wire()})
    return result.wire()
