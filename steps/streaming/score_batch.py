"""loadScoresToDynamoDB's work on one batch: read, merge, keep aside what cannot be (SPEC 4)."""

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
        which is the sum of the first three. What the table refuses for good is `invalid` and kept aside
        like what cannot be read; `failed` is what is worth another delivery.
    """
    read = [receive(record) for record in records]
    received = [one for one in read if isinstance(one, Received)]
    upserts = [one.score.upsert() for one in received]
    statuses = table.merge(upserts)
    # After the writes: a bucket that does not answer must not hold the readable records back.
    unusable = [one for one in read if isinstance(one, Unreadable)]
    unusable += [
        Unreadable(one.record, f"DynamoDB refuses it ({table.refusals[upsert.place]})", one.score.campaign_id)
        for one, upsert, status in zip(received, upserts, statuses, strict=True)
        if status is Status.REFUSED
    ]
    for one in unusable:
        key = aside.keep(one.campaign_id, one.reason, [one.record])
        logger.warning(
            "record kept aside",
            extra={"sequence": one.record.kinesis.sequence_number, "reason": one.reason, "key": key},
        )
    tally = Counter(statuses)
    counts = {status.value: tally[status] for status in Status if status is not Status.REFUSED}
    counts[INVALID] = len(unusable)
    counts["success"] = sum(tally[status] for status in WRITTEN)
    logger.info("scores saved", extra={"counts": counts, "runIds": runs_of(received)})
    return counts
