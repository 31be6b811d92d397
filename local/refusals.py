"""Uploads and starts by hand that became no run: Resolve refused them, or failed.

They are in no table, only among the state machines' executions, which AWS keeps for 90 days.
"""

import json
import shlex
from typing import Any

from expectations.report.model import Word
from expectations.report.outcomes import bad_end
from local.stack.target import Target
from pipelines.errors import InvalidKeyError
from pipelines.keys import Kind, parse_key
from steps.shared.attributes import read_text
from steps.shared.clock import to_iso
from steps.shared.meta_items import RUN
from steps.shared.wire import Payload

# Of each state machine: who asks wants to see what went wrong lately.
_NEWEST = 10


class NotStarted(Payload):
    """One execution without a run; `key` and `campaign_id` where its input names them."""

    execution: str
    source: Kind
    word: Word
    started_at: str
    key: str | None
    campaign_id: str | None
    error: str
    cause: str
    next: str | None


def not_started(target: Target, campaign: str | None) -> list[NotStarted]:
    """Give the newest executions that became no run, of one campaign or of all, the newest first."""
    steps = target.client("stepfunctions")
    found = []
    for kind, machine in target.stack.state_machines.items():
        failed = steps.list_executions(stateMachineArn=machine, statusFilter="FAILED", maxResults=_NEWEST)
        for one in failed["executions"]:
            described = steps.describe_execution(executionArn=one["executionArn"])
            known = _read(kind, described)
            if campaign in (None, known.campaign_id) and not _has_run(target, known.campaign_id, described):
                found.append(known)
    return sorted(found, key=lambda one: one.started_at, reverse=True)


def _read(kind: Kind, described: dict[str, Any]) -> NotStarted:
    given = json.loads(described.get("input") or "{}")
    key = _text(given, "key") or _text(given, "detail", "object", "key")
    try:
        campaign = parse_key(key).campaign_id if key else _text(given, "campaignId")
    except InvalidKeyError:
        campaign = None
    error = described.get("error") or "Unknown"
    return NotStarted(
        execution=described["name"],
        source=kind,
        word=bad_end(error),
        started_at=to_iso(described["startDate"]),
        key=key,
        campaign_id=campaign,
        error=error,
        cause=described.get("cause") or "see the execution's history",
        next=_next(error, kind, key, campaign),
    )


def _text(given: Any, *path: str) -> str | None:
    """Return the text at a place of an input; somebody may have typed anything there."""
    for name in path:
        given = given.get(name) if isinstance(given, dict) else None
    return given if isinstance(given, str) else None


def _has_run(target: Target, campaign: str | None, described: dict[str, Any]) -> bool:
    if campaign is None:
        return False
    runs = target.campaign(campaign).beginning_with(RUN).values()
    return any(read_text(run, "executionArn") == described["executionArn"] for run in runs)


def _next(error: str, kind: Kind, key: str | None, campaign: str | None) -> str | None:
    """Give the command that goes on; words in capitals are for the reader to fill in."""
    if error in ("InvalidKey", "InvalidInput") or campaign is None:
        return f"vf upload FILE --kind {kind} --campaign {campaign or 'CAMPAIGN'}"
    if error == "OutdatedFile":
        return None
    return f"vf rerun {campaign}" + (f" --key {shlex.quote(key)}" if key else "")
