"""ReportFailure: alerts the campaign's channel, marks the run, names the cause for the execution (section 3).

It serves every bad end: a state that failed, a gate that refused, and, started by EventBridge, an execution
that ended past both. What stands in the alert is the cause's own sentence where the cause is a refusal of
ours; of anything unexpected only the type, since a library's message may quote a row.
"""

from typing import Any, Self

from aws_lambda_powertools.utilities.typing import LambdaContext

from expectations.report.outcomes import bad_end
from steps.outcomes.ended import Ended
from steps.outcomes.reports import publish_end
from steps.outcomes.run_summary import store, summarise
from steps.shared import clients
from steps.shared.aws_types import S3Client
from steps.shared.observability import count, logger, metrics, redact_errors
from steps.shared.payloads import Quality, Refusal, Run, RunStatus
from steps.shared.runs import RunRegistry
from steps.shared.settings import ReportFailureSettings
from steps.shared.slack import SlackChannel, webhook_url
from steps.streaming.verdict.store import VerdictStore

_TOO_MANY_PARTITIONS = "States.ExceedToleratedFailureThreshold"
_MOST_RULES = 5
_ENDS = {
    "TIMED_OUT": ("ExecutionTimedOut", "it took longer than a run may"),
    "ABORTED": ("ExecutionAborted", "its execution was stopped by hand"),
}


class Failure(Refusal):
    """Why a run ended badly: `error` as the execution is marked with it, `cause` in one sentence."""

    status: RunStatus = "failed"

    @classmethod
    def of(cls, state: dict[str, Any]) -> Self:
        """Read the failed state's own output: a Catch's error, a refusal, or the gate's word."""
        if "error" in state:
            name = str(state["error"].get("Error", "Unknown"))
            if name == _TOO_MANY_PARTITIONS:
                cause = "more partitions could not be published than is tolerated"
                return cls(error="TooManyPartitionsFailed", cause=cause)
            return cls.unexpected(name)
        for given in (state, state.get("prepared"), state.get("quality")):
            if given and given.get("refusal"):
                return cls.model_validate(given["refusal"])
        cause = _quality_cause(Quality.model_validate(state["quality"]))
        return cls(error="QualityGateFailed", cause=cause, status="quarantined")

    @classmethod
    def of_end(cls, ended: Ended) -> Self:
        """Read an execution's end that no state of its own reported."""
        if ended.knows_why:
            return cls.of(ended.state)
        if ended.status not in _ENDS:
            return cls.unexpected(ended.error)
        error, cause = _ENDS[ended.status]
        return cls(error=error, cause=cause)

    @classmethod
    def unexpected(cls, name: str) -> Self:
        """Make a cause of an error that is told by its name alone."""
        cause = f"an unexpected error ({name}); its details are in the execution's history"
        return cls(error=name, cause=cause)


def _quality_cause(quality: Quality) -> str:
    # An execution that began before `critical` was told has none.
    critical = quality.failed[: quality.critical] or quality.failed
    named = " ".join(critical[:_MOST_RULES])
    more = len(critical) - _MOST_RULES
    return f"the file is not fit to publish: {named}" + (f" And {more} more." if more > 0 else "")


def alert_text(
    failure: Failure, run: Run | None, key: str | None, source: str, name: str | None = None
) -> str:
    """Put the alert into words: which campaign or file, why, the error's name, which run.

    `name` is the campaign's as the channel knows it; where it has heard of none, the file's stands there.
    """
    if run is None:
        about = f"Upload '{key}'" if key else f"A {source} run"
        verb = "refused" if bad_end(failure.error) == "refused" else "not started"
        return f"{about} was {verb}: {failure.cause} ({failure.error})"
    named = f"{failure.error}, campaign {run.campaign_id}, run {run.run_id}"
    verb = "quarantined" if failure.status == "quarantined" else bad_end(failure.error)
    return f"Campaign '{name or run.campaign_name}' scoring {verb}: {failure.cause} ({named})"


def report_failure(
    s3: S3Client,
    registry: RunRegistry,
    verdicts: VerdictStore,
    slack: SlackChannel,
    state: dict[str, Any],
    source: str,
    failure: Failure | None = None,
) -> Failure:
    """Mark the run, then alert: an alert that fails is tried again without marking anything twice."""
    failure = failure or Failure.of(state)
    run = Run.model_validate(state["run"]) if state.get("run") else None
    link = name = None
    if run is not None:
        quality = Quality.model_validate(state["quality"]) if "quality" in state else None
        summary = summarise(s3, run, failure.status, quality, failure.error, failure.cause)
        store(s3, run, summary)
        counts = summary.counts
        registry.end(run.campaign_id, run.run_id, failure.status, counts.output + counts.withdrawn)
        link = publish_end(s3, verdicts, summary) or (quality.report if quality else None)
        name = verdicts.last_posts(run.campaign_id).name
    slack.post(alert_text(failure, run, _key_of(state), source, name), link=link)
    if run is not None:
        registry.note_alert(run.campaign_id, run.run_id)
    return failure


def report_end(
    s3: S3Client, registry: RunRegistry, verdicts: VerdictStore, slack: SlackChannel, ended: Ended
) -> Failure | None:
    """Report an execution's end where nobody has; None where it was reported or all was done by then."""
    run = ended.state.get("run")
    if ended.was_reported or (run and registry.is_settled(run["campaignId"], run["runId"])):
        return None
    return report_failure(s3, registry, verdicts, slack, ended.state, ended.source, Failure.of_end(ended))


def _key_of(state: dict[str, Any]) -> str | None:
    """Return the key that the input names where Resolve itself failed: the input is still there."""
    try:
        return str(state["detail"]["object"]["key"])
    except (KeyError, TypeError):
        return state.get("key")


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
@redact_errors
def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any] | None:
    """Lambda entry: `{source, state, executionArn}` → `{error, cause}` for the Fail state.

    Or EventBridge's event of an execution's end: the same where it had not been reported, else None.
    """
    settings = ReportFailureSettings.load()
    ended = Ended.read(clients.stepfunctions(), event) if "detail-type" in event else None
    state = ended.state if ended else event["state"]
    run = state.get("run") or {}
    logger.append_keys(run_id=run.get("runId"), campaign_id=run.get("campaignId"))
    s3, dynamodb, table = clients.s3(), clients.dynamodb(), settings.demand_table
    registry, verdicts = RunRegistry(dynamodb, table), VerdictStore(dynamodb, table)
    slack = SlackChannel(webhook_url(settings))
    failure = (
        report_end(s3, registry, verdicts, slack, ended)
        if ended
        else report_failure(s3, registry, verdicts, slack, state, event["source"])
    )
    if failure is None:
        logger.info("nothing to report", extra={"execution": ended.arn if ended else None})
        return None
    quarantined = int(failure.status == "quarantined")
    count("RunsQuarantined", quarantined)
    logger.error(
        "run ended badly",
        extra={
            "error": failure.error,
            "status": failure.status,
            "execution": ended.arn if ended else event["executionArn"],
        },
    )
    return {"error": failure.error, "cause": failure.cause}
