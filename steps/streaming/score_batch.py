"""loadScoresToDynamoDB's work on one batch: read, merge, keep aside what cannot be read (SPEC 4)."""

from collections import Counter
from collections.abc import Iterable

from aws_lambda_powertools.utilities.data_classes.kinesis_stream_event import KinesisStreamRecord

from steps.shared.observability import logger
from steps.streaming.aside import Aside
from steps.streaming.demand_table import DemandTable
from steps.streaming.scores import Received, Unreadable, receive, runs_of
from steps.streaming.upserts import WRITTEN, Status

INVALID = "invalid"


class BatchFailedError(Exception):
    """Some records could not be written; all others were, so that the batch can safely come again."""

    code = "BatchFailed"


def save_scores(records: Iterable[KinesisStreamRecord], table: DemandTable, aside: Aside) -> dict[str, int]:
    """Merges a batch's records into the table.

    Returns:
        Records by status (`created, updated, unchanged, stale, invalid, failed`) and their `success`,
        which is the sum of the first three.
    """
    read = [receive(record) for record in records]
    received = [one for one in read if isinstance(one, Received)]
    statuses = table.merge([one.score.upsert() for one in received])
    # After the writes: a bucket that does not answer must not hold the readable records back.
    unreadable = [one for one in read if isinstance(one, Unreadable)]
    for one in unreadable:
        key = aside.keep(one.campaign_id, one.reason, [one.record])
        logger.warning(
            "unreadable record kept aside",
            extra={"sequence": one.record.kinesis.sequence_number, "reason": one.reason, "key": key},
        )
    tally = Counter(statuses)
    counts = {status.value: tally[status] for status in Status} | {INVALID: len(unreadable)}
    counts["success"] = sum(tally[status] for status in WRITTEN)
    logger.info("scores saved", extra={"counts": counts, "runIds": runs_of(received)})
    return counts
