"""saveEntryScoring: sends top-ranked fans to the Entry Service (SPEC 4)."""

from functools import cache
from typing import Any

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.data_classes import KinesisStreamEvent
from aws_lambda_powertools.utilities.typing import LambdaContext

from steps.shared import clients
from steps.shared.observability import logger, metrics, tracer
from steps.shared.services import CampaignService, EntryService, Token
from steps.shared.settings import SaveEntryScoringSettings
from steps.streaming.dead_letters import DeadLetters
from steps.streaming.entries.batch import EntrySender

WORKER = "save-entry-scoring"


@cache
def _services(
    campaigns_url: str, campaigns_token: Token, entries_url: str, entries_token: Token
) -> tuple[CampaignService, EntryService]:
    """One pair a process, for the sake of their connections and cache."""
    return CampaignService(campaigns_url, campaigns_token), EntryService(entries_url, entries_token)


@logger.inject_lambda_context(clear_state=True)
@tracer.capture_lambda_handler(capture_response=False)
@metrics.log_metrics
def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, int]:
    """Lambda entry: a Kinesis batch → the Entry Service's counts, summed, and its dead letters."""
    received = len(event.get("Records") or [])
    metrics.add_metric(name="EntriesReceived", unit=MetricUnit.Count, value=received)
    settings = SaveEntryScoringSettings.load()
    campaigns, entries = _services(
        settings.campaign_service_url,
        Token(settings.campaign_secret_id, settings.credential_header),
        settings.entry_service_url,
        Token(settings.entry_secret_id, settings.credential_header),
    )
    sender = EntrySender(campaigns, entries, DeadLetters(clients.s3(), settings.pipeline_bucket, WORKER))
    counts = sender.send_batch(KinesisStreamEvent(event).records)
    for name in ("entries", "inserted", "updated", "unknownMarket", "deadLetters"):
        metrics.add_metric(
            name=f"Entries{name[0].upper()}{name[1:]}", unit=MetricUnit.Count, value=counts[name]
        )
    return counts
