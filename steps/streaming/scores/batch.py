"""loadScoresToDynamoDB's work on one batch: read, merge, keep what cannot be merged (SPEC 4)."""

from collections import Counter
from collections.abc import Callable, Iterable

from aws_lambda_powertools.utilities.data_classes.kinesis_stream_event import KinesisStreamRecord
from botocore.exceptions import BotoCoreError, ClientError

from steps.shared.observability import logger
from steps.streaming.dead_letters import DeadLetters
from steps.streaming.demand_table.upserts import WRITTEN, Status
from steps.streaming.demand_table.writer import DemandTable
from steps.streaming.scores.record import Received, Unreadable, receive, runs_of

INVALID = "invalid"


class BatchFailedError(Exception):
    """Some records could not be written; all others were, so that the batch can safely come again."""


# Takes a campaign, a run and how many of its records a newer run left nothing to do for.
NoteStale = Callable[[str, str, int], None]


def save_scores(
    records: Iterable[KinesisStreamRecord],
    table: DemandTable,
    dead_letters: DeadLetters,
    note_stale: NoteStale,
) -> dict[str, int]:
    """Merge a batch's records into the table.

    Returns:
        Records by status (`created, updated, unchanged, stale, invalid, failed`) and their `success`,
        which is the sum of the first three. What the table refuses for good is `invalid` and kept
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
        key = dead_letters.keep(one.campaign_id, one.reason, [one.record])
        logger.warning(
            "record kept as a dead letter",
            extra={"sequence": one.record.kinesis.sequence_number, "reason": one.reason, "key": key},
        )
    tally = Counter(statuses)
    # A batch that will come again is not told of, as far as can be known: its records would be stale twice.
    if not tally[Status.FAILED]:
        _tell_stale(received, statuses, note_stale)
    counts = {status.value: tally[status] for status in Status if status is not Status.REFUSED}
    counts[INVALID] = len(unusable)
    counts["success"] = sum(tally[status] for status in WRITTEN)
    logger.info("scores saved", extra={"counts": counts, "runIds": runs_of(received)})
    return counts


def _tell_stale(received: list[Received], statuses: list[Status], note_stale: NoteStale) -> None:
    """Tell of stale records; only how soon a newer run's verdict is said rests on it, so no batch fails."""
    runs = Counter(
        (one.score.campaign_id, one.score.run_id)
        for one, status in zip(received, statuses, strict=True)
        if status is Status.STALE
    )
    for (campaign, run), records in runs.items():
        try:
            note_stale(campaign, run, records)
        except (ClientError, BotoCoreError) as error:
            logger.warning("stale records not noted", extra={"runId": run, "error": type(error).__name__})
