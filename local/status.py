"""What a stack knows about its campaigns: counts, and each run with its end, reason and next command."""

import shlex
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import cast

from pydantic import Field

from expectations.report.model import Status, Word
from expectations.report.outcomes import word_for
from local.errors import VfError
from local.refusals import NotStarted, not_started
from local.results import CampaignCounts, report_of, word_of
from local.stack.target import Target
from steps.outcomes.reports import seconds_between
from steps.shared.attributes import Item, read_int, read_text
from steps.shared.meta_items import META, RUN, SAID
from steps.shared.payloads import RunSummary
from steps.shared.storage import RunFolder
from steps.shared.wire import Payload

# Of every campaign, and of one that was asked for.
_FEW, _MANY = 3, 10


class UnknownCampaignError(VfError):
    """Nothing was ever run for this campaign here."""


class RunState(Payload):
    """One run. `rows` and `rejected` are none before it has ended; `counted` grows to `records + withdrawn`.

    `word` is what it came to (the contract, section 6), `verdict` what became of its message to the channel,
    `next` the command to give after a bad end; none where usually nothing is to be done (`OutdatedFile`).
    """

    run_id: str
    source: str
    status: str
    file_key: str
    scored_at: str
    started_at: str
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


class StackState(Payload):
    """What `vf status` shows: campaigns, and what became no run."""

    campaigns: list["CampaignState"] = Field(default_factory=list)
    not_started: list[NotStarted] = Field(default_factory=list)


class CampaignState(Payload):
    """A campaign: its fans by state, its newest runs, and how many older ones there are."""

    campaign_id: str
    name: str | None = None
    counts: CampaignCounts
    runs: list[RunState] = Field(default_factory=list)
    older_runs: int = 0


def state_of(target: Target, campaign: str | None) -> StackState:
    """Give one campaign, or all that have a run, and the newest uploads that became no run.

    Raises:
        UnknownCampaignError: for a campaign of which there is neither.
    """
    found = StackState(
        campaigns=list(_campaigns(target, campaign)), not_started=not_started(target, campaign)
    )
    if campaign and not found.campaigns and not found.not_started:
        raise UnknownCampaignError(f"Campaign '{campaign}' has no run here: `vf status` lists the campaigns.")
    return found


def _campaigns(target: Target, campaign: str | None) -> Iterator[CampaignState]:
    # From the folders of runs that are under way and that have ended: a listing, not a table scan.
    known = [campaign] if campaign else sorted({*target.folders("staging/"), *target.folders("runs/")})
    for campaign_id in known:
        if state := _campaign(target, campaign_id, _MANY if campaign else _FEW):
            yield state


def _campaign(target: Target, campaign_id: str, most: int) -> CampaignState | None:
    items = target.campaign(campaign_id).beginning_with(META)
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
        counts=target.campaign(campaign_id).counts(),
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
    started, finished = read_text(item, "startedAt") or "", read_text(item, "finishedAt")
    status = cast("Status", read_text(item, "status") or "running")
    known = RunState(
        run_id=run_id,
        source=read_text(item, "source") or "",
        status=status,
        word=word_for(status, None, 0, None),
        file_key=read_text(item, "fileKey") or "",
        scored_at=read_text(item, "scoredAt") or "",
        started_at=started,
        seconds=seconds_between(started, finished) if started and finished else None,
        records=read_int(item, "output") if "output" in item else None,
        counted=read_int(item, "counted"),
        verdict=read_text(item, "verdict"),
    )
    if summary is None:
        return known
    return known.model_copy(
        update={
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
    )


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
