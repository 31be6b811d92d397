"""processSavedScores: exact counts from the demand table's stream (SPEC 4)."""

from functools import partial
from typing import Any

from aws_lambda_powertools.utilities.data_classes import DynamoDBStreamEvent
from aws_lambda_powertools.utilities.typing import LambdaContext

from steps.shared import clients
from steps.shared.messages import send
from steps.shared.observability import count, logger, metrics, tracer
from steps.shared.settings import ProcessSavedScoresSettings
from steps.streaming.counting.batch import count_batch
from steps.streaming.counting.ledger import Ledger
from steps.streaming.verdict.looks import Looks


@logger.inject_lambda_context(clear_state=True)
@tracer.capture_lambda_handler(capture_response=False)
@metrics.log_metrics
def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Lambda entry: a batch of the table's stream → `{records, fans, counted, state}`.

    `state` is what a tumbling window asks for; nothing is kept in it, since the position and the counts
    stand in the table. A failure is raised: the shard waits, because counting in order is the promise, and
    so is that whatever was counted is looked at afterwards.
    """
    received = len(event.get("Records") or [])
    count("SavedScoresReceived", received)
    settings = ProcessSavedScoresSettings.load()
    ledger = Ledger(clients.dynamodb(), settings.demand_table)
    queue = partial(send, clients.sqs(), settings.verdict_queue_url)
    looks = Looks(clients.dynamodb(), settings.demand_table, queue, settings.verdict_delay_seconds)
    result = count_batch(DynamoDBStreamEvent(event), ledger, settings.stream_shards)
    # Also for what was counted before: whoever counted it may have died before this.
    for campaign in sorted(result.moved):
        looks.ask(campaign)
    count("SavedScoresCounted", result.counted)
    repeated = result.fans - result.counted
    count("SavedScoresRepeated", repeated)
    return {"records": result.records, "fans": result.fans, "counted": result.counted, "state": {}}
