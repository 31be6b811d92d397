"""What a stack knows about its campaigns: counts, and runs with end, reason and next command."""

import json
import shlex
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from pydantic import Field

from expectations.report.model import Status, Word
from expectations.report.outcomes import bad_end, word_for
from local.errors import VfError
from local.stack.target import Target
from pipelines.errors import InvalidKeyError
from pipelines.keys import Kind, parse_key
from steps.outcomes.reports import seconds_between
from steps.shared.attributes import Item, read_int, read_text
from steps.shared.clock import to_iso
from steps.shared.meta_items import META, RUN, SAID
from steps.shared.payloads import RunSummary
from steps.shared.storage import RunFolder
from steps.shared.wire import Payload
from steps.streaming.counting.changes import Tally

# Runs of every campaign, and of one that was asked for.
_FEW, _MANY = 3, 10
# Failed executions of each state machine: who asks wants to see what went wrong lately.
_NEWEST = 10


class UnknownCampaignError(VfError):
    """Nothing was ever run for this campaign here."""


class RunState(Payload):
    """One run. `rows` and `rejected` are none before it has ended; `counted` grows to `records + withdrawn`.

    `word` is what it came to (the contract, section 6), `verdict` what became of its message to the channel,
    `next` the command to give after a bad end; none where usually nothing is to be done (`OutdatedFile`).
    """

    run_id: str
    source: str = ""
    status: Status = "running"
    file_key: str = ""
    scored_at: str = ""
    started_at: str = ""
    seconds: float | None = None
    rows: int | None = None
    rejected: int | None = None
    records: int | None = None
    withdrawn: int = 0
    counted: int = 0
    word: Word
    verdict: str | None = None
    error: str | None = None
    cause: str | None = None
    next: str | None = None
    report: str | None = None


class CampaignState(Payload):
    """A campaign: its fans by state, its newest runs, and how many older ones there are."""

    campaign_id: str
    name: str | None = None
    counts: Tally
    runs: list[RunState] = Field(default_factory=list)
    older_runs: int = 0


class NotStarted(Payload):
    """An upload or a start by hand that became no run: Resolve refused it, or failed.

    `key` and `campaign_id` stand where its input names them.
    """

    execution: str
    source: Kind
    word: Word
    started_at: str
    key: str | None
    campaign_id: str | None
    error: str
    cause: str
    next: str | None


class StackState(Payload):
    """What `vf status` shows: campaigns, and what became no run."""

    campaigns: list[CampaignState] = Field(default_factory=list)
    not_started: list[NotStarted] = Field(default_factory=list)


def state_of(target: Target, campaign: str | None) -> StackState:
    """Give one campaign, or all that have a run, and the newest uploads that became no run.

    Raises:
        UnknownCampaignError: for a campaign of which there is neither.
    """
    not_started = sorted(_not_started(target, campaign), key=lambda one: one.started_at, reverse=True)
    found = StackState(campaigns=list(_campaigns(target, campaign)), not_started=not_started)
    if campaign and not found.campaigns and not found.not_started:
        raise UnknownCampaignError(f"Campaign '{campaign}' has no run here: `vf status` lists the campaigns.")
    return found


def campaigns_of(target: Target) -> list[str]:
    """Give the campaigns that have a run under way or ended: by a listing of folders, not a table scan."""
    return sorted({*target.folders("staging/"), *target.folders("runs/")})


def _campaigns(target: Target, campaign: str | None) -> Iterator[CampaignState]:
    for campaign_id in [campaign] if campaign else campaigns_of(target):
        if state := _campaign(target, campaign_id, _MANY if campaign else _FEW):
            yield state


def _campaign(target: Target, campaign_id: str, most: int) -> CampaignState | None:
    items = target.own_items(campaign_id, META)
    runs = sorted((key for key in items if key.startswith(RUN)), reverse=True)
    if not runs:
        # Summaries stay in the bucket when the table has forgotten their runs.
        return None
    shown = [key.removeprefix(RUN) for key in runs[:most]]
    with ThreadPoolExecutor(most) as pool:
        summaries = list(pool.map(partial(read_summary, target, campaign_id), shown))
    # As the channel knows it; before it was told anything, as the newest file does.
    names = [read_text(items.get(SAID, {}), "name"), *(one.campaign_name for one in summaries if one)]
    return CampaignState(
        campaign_id=campaign_id,
        # A key that was made of the campaign's id has no better name.
        name=next((name for name in names if name and name != campaign_id), None),
        counts=target.counts(campaign_id),
        runs=[
            _run(run_id, items[f"{RUN}{run_id}"], summary)
            for run_id, summary in zip(shown, summaries, strict=True)
        ],
        older_runs=len(runs) - len(shown),
    )


def read_summary(target: Target, campaign_id: str, run_id: str) -> RunSummary | None:
    """Read a run's summary; none of one that is under way, was stopped by hand or was refused by Resolve."""
    found = target.document(RunFolder(target.stack.bucket, campaign_id, run_id).summary)
    return None if found is None else RunSummary.model_validate(found)


def _run(run_id: str, item: Item, summary: RunSummary | None) -> RunState:
    # The item's names are the wire's.
    known: dict[str, Any] = {name: value["S"] for name, value in item.items() if "S" in value}
    started, finished = known.get("startedAt"), known.get("finishedAt")
    known |= {
        "runId": run_id,
        "seconds": seconds_between(started, finished) if started and finished else None,
        "records": read_int(item, "output") if "output" in item else None,
        "counted": read_int(item, "counted"),
        "word": word_for(known.get("status", "running"), None, 0, None),
    }
    if summary is not None:
        known |= {
            "word": word_of(summary),
            "rows": summary.rows.in_,
            "rejected": summary.rows.invalid,
            "records": summary.counts.output,
            "withdrawn": summary.counts.withdrawn,
            "error": summary.error,
            "cause": summary.cause,
            "next": next_command(summary),
            "report": report_of(summary),
        }
    return RunState.model_validate(known)


def word_of(run: RunSummary) -> Word:
    """Return what a run came to, in the contract's word."""
    verdict = run.quality.verdict if run.quality else None
    return word_for(run.status, verdict, run.counts.failed, run.error)


def report_of(run: RunSummary) -> str:
    """Return the s3:// URI of a run's report; every run that has ended has one, a refused one too."""
    folder = RunFolder.of(run)
    return folder.uri(folder.report)


def next_command(run: RunSummary) -> str | None:
    """Give the command that goes on from a run's bad end, or gets what it left behind."""
    key = shlex.quote(run.file.key)
    if run.error == "InvalidFile":
        return f"vf upload FILE --check --key {key}"
    if run.error == "OutdatedFile":
        return None
    if run.status == "quarantined":
        return f"vf open {run.run_id}"
    if run.counts.failed and run.counts.output:
        return f"vf dead-letters replay {run.campaign_id}"
    return f"vf rerun {run.campaign_id} --key {key}" if run.status == "failed" else None


def _not_started(target: Target, campaign: str | None) -> Iterator[NotStarted]:
    """Give the newest executions that became no run: no table has them, AWS keeps them for 90 days."""
    steps = target.client("stepfunctions")
    for kind, machine in target.stack.state_machines.items():
        failed = steps.list_executions(stateMachineArn=machine, statusFilter="FAILED", maxResults=_NEWEST)
        for one in failed["executions"]:
            described = steps.describe_execution(executionArn=one["executionArn"])
            known = _refused(kind, described)
            if campaign in (None, known.campaign_id) and not _has_run(target, known.campaign_id, described):
                yield known


def _refused(kind: Kind, described: dict[str, Any]) -> NotStarted:
    given = json.loads(described.get("input") or "{}")
    key = _text(given, "key") or _text(given, "detail", "object", "key")
    try:
        campaign = parse_key(key).campaign_id if key else _text(given, "campaignId")
    except InvalidKeyError:
        campaign = None
    error = described.get("error") or "Unknown"
    # Words in capitals are for the reader to fill in.
    go_on = f"vf rerun {campaign}" + (f" --key {shlex.quote(key)}" if key else "")
    if error in ("InvalidKey", "InvalidInput") or campaign is None:
        go_on = f"vf upload FILE --kind {kind} --campaign {campaign or 'CAMPAIGN'}"
    return NotStarted(
        execution=described["name"],
        source=kind,
        word=bad_end(error),
        started_at=to_iso(described["startDate"]),
        key=key,
        campaign_id=campaign,
        error=error,
        cause=described.get("cause") or "see the execution's history",
        next=None if error == "OutdatedFile" and campaign else go_on,
    )


def _text(given: Any, *path: str) -> str | None:
    """Return the text at a place of an input; somebody may have typed anything there."""
    for name in path:
        given = given.get(name) if isinstance(given, dict) else None
    return given if isinstance(given, str) else None


def _has_run(target: Target, campaign: str | None, described: dict[str, Any]) -> bool:
    runs = target.own_items(campaign, RUN).values() if campaign else ()
    return any(read_text(run, "executionArn") == described["executionArn"] for run in runs)
