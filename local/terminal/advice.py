"""For a run that went wrong: the cause in one sentence, and what to do about it."""

import json

from expectations.report import wording
from expectations.report.advice import REMEDIES, remedy
from steps.shared.payloads import RunSummary

_GATE = "The file did not meet what is expected of it, so it was kept back."


def advice(run: RunSummary) -> tuple[str, str]:
    """Give the cause and the remedy, a sentence or two each, in words for a campaign manager."""
    if run.status == "quarantined":
        # What did not hold stands in a list of its own; the cause would only say it again.
        named = run.quality is not None and run.quality.failed
        return _GATE if named else sentence(run.cause) or _GATE, REMEDIES["QualityGateFailed"]
    cause = sentence(run.cause) or f"The run ended with {run.error or 'an unknown error'}."
    return cause, remedy(run.error)


def sentence(text: str | None) -> str:
    """Make a sentence of a cause's first line, out of Lambda's JSON where it is in one; empty for none."""
    lines = _message(text or "").strip().splitlines()
    return wording.sentence(lines[0]) if lines else ""


def _message(cause: str) -> str:
    """Lambda wraps an exception as `{errorMessage, errorType, ...}`."""
    try:
        return str(json.loads(cause)["errorMessage"])
    except (ValueError, KeyError, TypeError):
        return cause
