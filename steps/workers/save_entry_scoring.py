"""saveEntryScoring: sends top-ranked fans to the Entry Service (SPEC 4)."""

from typing import Any

from aws_lambda_powertools.utilities.data_classes import KinesisStreamEvent
from aws_lambda_powertools.utilities.typing import LambdaContext

from steps.shared import clients
from steps.shared.observability import count, logger, metrics, tracer
from steps.shared.services import campaigns_of, entries_of
from steps.shared.settings import SaveEntryScoringSettings
from steps.streaming.dead_letters import DeadLetters
from steps.streaming.entries import EntrySender

WORKER = "save-entry-scoring"


@logger.inject_lambda_context(clear_state=True)
@tracer.capture_lambda_handler(capture_response=False)
@metrics.log_metrics
def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, int]:
    """Lambda entry: a Kinesis batch → the Entry Service's counts, summed, and its dead letters."""
    received = len(event.get("Records") or [])
    count("EntriesReceived", received)
    settings = SaveEntryScoringSettings.load()
    dead_letters = DeadLetters(clients.s3(), settings.pipeline_bucket, WORKER)
    sender = EntrySender(campaigns_of(settings), entries_of(settings), dead_letters)
    counts = sender.send_batch(KinesisStreamEvent(event).records)
    for name in ("entries", "inserted", "updated", "unknownMarket", "deadLetters"):
        count(f"Entries{name[0].upper()}{name[1:]}", counts[name])
    return counts
