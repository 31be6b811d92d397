"""ReportFailure: alerts the campaign's channel, marks the run, names the cause for the execution (section 3).

It serves both bad ends: a state that failed, and a gate that refused. What stands in the alert is the
cause's own sentence where the cause is a refusal of ours; of anything unexpected only the type, since a
library's message may quote a row.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from aws_lambda_powertools.metrics import MetricUnit

from steps.reports import publish_end
from steps.run_summary import store, summarise
from steps.shared import clients
from steps.shared.observability import discreet, logger, metrics
from steps.shared.payloads import Quality, Refusal, Run, RunStatus
from steps.shared.runs import RunRegistry
from steps.shared.settings import ReportFailureSettings
from steps.shared.slack import SlackChannel, webhook_url

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext
    from mypy_boto3_s3 import S3Client

_TOO_MANY_PARTITIONS = "States.ExceedToleratedFailureThreshold"
_MOST_RULES = 5


@dataclass(frozen=True)
class Failure:
    """Why a run ended badly: `error` as the execution is marked with it, `cause` in one sentence."""

    error: str
    cause: str
    status: RunStatus = "failed"

    @classmethod
    def of(cls, state: dict[str, Any]) -> Self:
        """Reads the failed state's own output: a Catch's error, a refusal, or the gate's word."""
        if "error" in state:
            name = str(state["error"].get("Error", "Unknown"))
            if name == _TOO_MANY_PARTITIONS:
                return cls(
                    "TooManyPartitionsFailed", "more partitions could not be published than is tolerated"
                )
            return cls(name, f"an unexpected error ({name}); its details are in the execution's history")
        refused = state.get("refusal") or state.get("prepared", {}).get("refusal")
        if refused:
            refusal = Refusal.model_validate(refused)
            return cls(refusal.error, refusal.cause)
        quality = Quality.model_validate(state["quality"])
        return cls("QualityGateFailed", _quality_cause(quality), "quarantined")


def _quality_cause(quality: Quality) -> str:
    # An execution that began before `critical` was told has none.
    critical = quality.failed[: quality.critical] or quality.failed
    named = " ".join(critical[:_MOST_RULES])
    more = len(critical) - _MOST_RULES
    return f"the file is not fit to publish: {named}" + (f" And {more} more." if more > 0 else "")


def alert_text(failure: Failure, run: Run | None, key: str | None, source: str) -> str:
    """The alert's text: which campaign or file, why, the error's name, which run."""
    if run is None:
        about = f"Upload '{key}'" if key else f"A {source} run"
        return f"{about} was not started: {failure.cause} ({failure.error})"
    named = f"{failure.error}, campaign {run.campaign_id}, run {run.run_id}"
    verb = "quarantined" if failure.status == "quarantined" else "failed"
    return f"Campaign '{run.campaign_name}' scoring {verb}: {failure.cause} ({named})"


def report_failure(
    s3: "S3Client", registry: RunRegistry, slack: SlackChannel, state: dict[str, Any], source: str
) -> Failure:
    """Marks the run, then alerts: an alert that fails is tried again without marking anything twice."""
    failure = Failure.of(state)
    run = Run.model_validate(state["run"]) if state.get("run") else None
    link = None
    if run is not None:
        quality = Quality.model_validate(state["quality"]) if "quality" in state else None
        summary = summarise(s3, run, failure.status, quality, failure.error, failure.cause)
        store(s3, run, summary)
        registry.end(run.campaign_id, run.run_id, failure.status, summary.counts.output)
        link = publish_end(s3, registry, run, summary) or (quality.report if quality else None)
    slack.post(alert_text(failure, run, _key_of(state), source), link=link)
    return failure


def _key_of(state: dict[str, Any]) -> str | None:
    """The key that the input names where Resolve itself failed, so that the input is still there."""
    try:
        return str(state["detail"]["object"]["key"])
    except (KeyError, TypeError):
        return state.get("key")


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
@discreet
def handler(event: dict[str, Any], _context: "LambdaContext") -> dict[str, Any]:
    """Lambda entry: `{source, state, executionArn}` → `{error, cause}` for the Fail state."""
    settings = ReportFailureSettings.load()
    run = event["state"].get("run") or {}
    logger.append_keys(run_id=run.get("runId"), campaign_id=run.get("campaignId"))
    failure = report_failure(
        clients.s3(),
        RunRegistry(clients.dynamodb(), settings.demand_table),
        SlackChannel(webhook_url(settings.slack_secret_id)),
        event["state"],
        event["source"],
    )
    quarantined = int(failure.status == "quarantined")
    metrics.add_metric(name="RunsQuarantined", unit=MetricUnit.Count, value=quarantined)
    logger.error(
        "run ended badly",
        extra={"error": failure.error, "status": failure.status, "execution": event["executionArn"]},
    )
    return {"error": failure.error, "cause": failure.cause}
