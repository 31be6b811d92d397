"""verdictReporter: says a campaign's verdict to Slack, once (SPEC 4)."""

from functools import partial
from typing import Any

from aws_lambda_powertools.utilities.data_classes import SQSEvent
from aws_lambda_powertools.utilities.typing import LambdaContext

from steps.shared import clients
from steps.shared.messages import CountsLook, ask_for_report, send
from steps.shared.observability import count, logger, metrics, tracer
from steps.shared.runs import RunRegistry
from steps.shared.services import campaigns_of
from steps.shared.settings import VerdictReporterSettings
from steps.shared.slack import SlackChannel, webhook_url
from steps.streaming.verdict.batch import Message, report_batch
from steps.streaming.verdict.looks import Looks
from steps.streaming.verdict.reporters import CountsReporter, Outcome, RunReporter
from steps.streaming.verdict.store import VerdictStore


@logger.inject_lambda_context(clear_state=True)
@tracer.capture_lambda_handler(capture_response=False)
@metrics.log_metrics
def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Lambda entry: verdict messages → messages by outcome, with `batchItemFailures` for the queue."""
    received = len(event.get("Records") or [])
    count("VerdictsReceived", received)
    settings = VerdictReporterSettings.load()
    table, dynamodb = settings.demand_table, clients.dynamodb()
    queue = partial(send, clients.sqs(), settings.verdict_queue_url)
    shared: dict[str, Any] = {
        "store": VerdictStore(dynamodb, table),
        "channel": SlackChannel(webhook_url(settings)),
        # A name that is slow to come is done without: the post has to be out before the function ends.
        "campaigns": campaigns_of(settings, attempts=2),
        "delay_seconds": settings.verdict_delay_seconds,
        "max_attempts": settings.verdict_max_attempts,
    }
    runs = RunReporter(
        registry=RunRegistry(dynamodb, table),
        send=queue,
        write_again=partial(ask_for_report, clients.functions(), settings.finish_function),
        **shared,
    )
    counts = CountsReporter(looks=Looks(dynamodb, table, queue, settings.verdict_delay_seconds), **shared)

    def handle(message: Message, message_id: str) -> Outcome:
        if isinstance(message, CountsLook):
            return counts.handle(message)
        return runs.handle(message, message_id)

    result = report_batch(SQSEvent(event).records, handle)
    for name in ("posted", "requeued", "warned", "failed"):
        count(f"Verdicts{name.capitalize()}", result[name])
    return result
