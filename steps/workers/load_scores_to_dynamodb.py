"""loadScoresToDynamoDB: upserts scoresStream's records into the demand table (SPEC 4).

What a record comes to, `stale` or `updated` say, is decided by `demand_table.upserts.Upsert.read`.
"""

from typing import Any

from aws_lambda_powertools.utilities.data_classes import KinesisStreamEvent
from aws_lambda_powertools.utilities.typing import LambdaContext

from steps.shared import clients
from steps.shared.observability import count, logger, metrics, tracer
from steps.shared.runs import RunRegistry
from steps.shared.settings import LoadScoresSettings
from steps.streaming.dead_letters import DeadLetters
from steps.streaming.demand_table.writer import DemandTable
from steps.streaming.scores.batch import BatchFailedError, save_scores

WORKER = "load-scores-to-dynamodb"


@logger.inject_lambda_context(clear_state=True)
@tracer.capture_lambda_handler(capture_response=False)
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, int]:
    """Lambda entry: a Kinesis batch → records by status.

    Raises:
        BatchFailedError: some records were not written after all retries. The whole batch comes again,
            which changes nothing for those that were (SPEC 4).
    """
    received = len(event.get("Records") or [])
    count("ScoresReceived", received)
    settings = LoadScoresSettings.load()
    table = DemandTable(
        clients.dynamodb(),
        settings.demand_table,
        fan_days=settings.fan_days,
        time_left=lambda: context.get_remaining_time_in_millis() / 1000,
    )
    dead_letters = DeadLetters(clients.s3(), settings.pipeline_bucket, WORKER)
    runs = RunRegistry(clients.dynamodb(), settings.demand_table)
    counts = save_scores(KinesisStreamEvent(event).records, table, dead_letters, runs.add_stale)
    for name, records in counts.items():
        count(f"Scores{name.capitalize()}", records)
    if counts["failed"]:
        raise BatchFailedError(f"{counts['failed']} of {received} records were not written.")
    return counts
