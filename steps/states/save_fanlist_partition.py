"""SaveFanlistPartition: FanOut's child puts one partition of a fanlist into the table and then on the stream.

Only what the table holds of this run is published: what failed or is stale there is listed, not streamed.
"""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from steps.delivery.fanlist_record import FanlistScore
from steps.delivery.kinesis_writer import KinesisWriter, StreamRecord
from steps.delivery.partition import UNSTORABLE, NothingTakenError, Partition
from steps.shared import clients
from steps.shared.bulk_calls import parts
from steps.shared.clock import now_iso
from steps.shared.counts import SinkCounts
from steps.shared.observability import logger, redact_errors
from steps.shared.payloads import SavedPartition
from steps.shared.settings import SaveFanlistSettings
from steps.streaming.demand_table.upserts import WRITTEN, Status
from steps.streaming.demand_table.writer import DemandTable

# Calls to the table under way at once, each with a part of the partition.
AT_ONCE = 4
PART = 500


def save(partition: Partition, table: DemandTable, writer: KinesisWriter) -> SavedPartition:
    """Save one partition. A repeat changes no item and publishes the same records under the same ids.

    What the table or the stream did not take after all retries is a dead letter and counted as failed;
    nothing else is held back.

    Raises:
        NothingTakenError: where the table failed on every record that it can hold, or the stream took none.
    """
    rows = partition.rows().collect()
    scores = [FanlistScore(row, partition.run) for row in rows.iter_rows(named=True)]
    statuses = _merge(table, scores)
    tally = Counter(Status.FAILED if status is Status.REFUSED else status for status in statuses)
    if any(score.storable for score in scores) and set(statuses) == {Status.FAILED}:
        raise NothingTakenError(f"The table took none of the {len(scores)} records of {partition.item.key}.")
    saved = [score for score, status in zip(scores, statuses, strict=True) if status in WRITTEN]
    now = now_iso()
    offered = [StreamRecord.of(score.identifier[1], score.published(now)) for score in saved]
    refused = partition.put(writer, offered)
    unsaved = [
        {"status": status.value, "reason": _reason(table, score, status), "record": dict(score.record)}
        for score, status in zip(scores, statuses, strict=True)
        if status not in WRITTEN
    ]
    partition.keep("save-fanlist-partition", refused, unsaved=unsaved)
    result = SavedPartition(
        partition=partition.item.partition,
        dynamo=SinkCounts(in_=len(scores), failed=len(unsaved), out=len(saved)),
        stream=SinkCounts(in_=len(saved), failed=len(refused), out=len(saved) - len(refused)),
        statuses={status.value: tally[status] for status in Status if status is not Status.REFUSED},
    )
    partition.end(result)
    return result


def _merge(table: DemandTable, scores: list[FanlistScore]) -> list[Status]:
    """Each record's status, in order. What the table can never hold has failed without being offered."""
    offered = [score.upsert() for score in scores if score.storable]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        merged = iter([status for part in pool.map(table.merge, parts(offered, PART)) for status in part])
    return [next(merged) if score.storable else Status.FAILED for score in scores]


def _reason(table: DemandTable, score: FanlistScore, status: Status) -> str:
    if not score.storable:
        return UNSTORABLE
    if status is Status.REFUSED:
        return f"DynamoDB refuses it ({table.refusals[score.upsert().place]})"
    return "a newer run has the fan" if status is Status.STALE else "not written after all retries"


@logger.inject_lambda_context(clear_state=True)
@redact_errors
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Lambda entry: `{run, item}` → `{partition, dynamo, stream, statuses}`."""
    settings = SaveFanlistSettings.load()
    table = DemandTable(
        clients.dynamodb(),
        settings.demand_table,
        fan_days=settings.fan_days,
        time_left=lambda: context.get_remaining_time_in_millis() / 1000,
    )
    writer = KinesisWriter(clients.kinesis(), settings.campaign_data_stream)
    return save(Partition.of(event, clients.s3()), table, writer).wire()
