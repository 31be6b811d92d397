"""Finish: sums the counts, writes the run summary, asks for the verdict, finishes the report."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from expectations.report.wording import fans_gone, fans_withdrawn
from steps.outcomes.reports import publish_again, publish_end
from steps.outcomes.run_summary import store, summarise
from steps.shared import clients
from steps.shared.aws_types import S3Client, SQSClient
from steps.shared.messages import SettledRun, VerdictMessage, send
from steps.shared.observability import count, logger, metrics, redact_errors
from steps.shared.payloads import Quality, Run, RunSummary
from steps.shared.runs import RunRegistry
from steps.shared.settings import FinishSettings
from steps.shared.storage import RunFolder
from steps.streaming.verdict.store import VerdictStore

# More would push the post's own sentence out of sight; the report holds them all.
_MOST_WARNINGS = 5


def gate_warnings(quality: Quality) -> list[str]:
    """Return what the gate has to say beside a verdict: each warning, and that a refusal was overruled.

    First comes what its counts cannot show: fans of the last file who are not in this one.
    """
    gone = [fans_gone(quality.fans_gone)] if quality.fans_gone else []
    if quality.withdrawn:
        gone = [fans_withdrawn(quality.withdrawn)]
    overruled = ["Accepted: published although a critical check failed; somebody chose acceptQuality."]
    said = quality.failed[:_MOST_WARNINGS]
    more = len(quality.failed) - len(said)
    rest = [f"And {more} more in the data-quality report."] if more else []
    return gone + (overruled if quality.accepted else []) + said + rest


def news_of(run: Run, quality: Quality) -> str | None:
    """Name what the counts may not show, alike for each run of one file; None where no fan is missing."""
    if not (quality.fans_gone or quality.withdrawn):
        return None
    return f"{run.scored_at}: {quality.fans_gone} gone, {quality.withdrawn} withdrawn"


def finish(
    s3: S3Client,
    sqs: SQSClient,
    registry: RunRegistry,
    verdicts: VerdictStore,
    queue_url: str,
    run: Run,
    quality: Quality,
) -> tuple[RunSummary, str]:
    """End a run that was published.

    Safe to repeat: the verdict is said once, however often it is asked for.
    """
    summary = summarise(s3, run, "succeeded", quality)
    uri = store(s3, run, summary)
    message = VerdictMessage(
        campaign_id=run.campaign_id,
        campaign_name=run.campaign_name,
        run_id=run.run_id,
        source=run.source,
        count=summary.counts.output,
        withdrawn=summary.counts.withdrawn,
        failed=summary.counts.failed,
        report=quality.report,
        warnings=gate_warnings(quality),
        news=news_of(run, quality),
    )
    # Before the message, since it takes back what became of an earlier one.
    registry.end(run.campaign_id, run.run_id, "succeeded", message.expected)
    # And so is the page, which is written again when the verdict has been said.
    publish_end(s3, verdicts, summary)
    send(sqs, queue_url, message)
    return summary, uri


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
@redact_errors
def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Lambda entry: `{run, quality}` → `{runId, campaignId, status, counts, summary}`.

    Or verdictReporter's `{settled: {bucket, campaignId, runId}}`: the run's report is written again.
    """
    settings = FinishSettings.load()
    verdicts = VerdictStore(clients.dynamodb(), settings.demand_table)
    if "settled" in event:
        settled = SettledRun.model_validate(event["settled"])
        logger.append_keys(run_id=settled.run_id, campaign_id=settled.campaign_id)
        folder = RunFolder(settled.bucket, settled.campaign_id, settled.run_id)
        return {"report": publish_again(clients.s3(), verdicts, folder)}
    run, quality = Run.model_validate(event["run"]), Quality.model_validate(event["quality"])
    logger.append_keys(run_id=run.run_id, campaign_id=run.campaign_id)
    registry, queue_url = RunRegistry(clients.dynamodb(), settings.demand_table), settings.verdict_queue_url
    summary, uri = finish(clients.s3(), clients.sqs(), registry, verdicts, queue_url, run, quality)
    # What is missing from a run that ended well is nobody's failure but this alarm's.
    count("RecordsNotWritten", summary.counts.failed)
    logger.info("finished", extra={"counts": summary.counts.wire()})
    return {
        "runId": run.run_id,
        "campaignId": run.campaign_id,
        "status": summary.status,
        "counts": summary.counts.wire(),
        "summary": uri,
    }
