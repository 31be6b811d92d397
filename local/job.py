"""The whole job on a laptop: upload, watch until everything has arrived, say what it came to."""

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from local.errors import FailedError
from local.reports import REJECTED_CSV, REPORT, keep_reports
from local.results import JobResult, RunDetail
from local.stack.chaos.faults import Faults
from local.stack.chaos.job import (
    all_came_twice,
    environment_of,
    make_trouble,
    redelivered,
)
from local.stack.chaos.redelivery import Chaos
from local.stack.laptop import Laptop, laptop, markets_of
from local.terminal.live_view import View
from local.watch import RunWatch, execution_of, executions_of
from pipelines.keys import ScoreFileKey
from steps.shared.payloads import Run
from steps.shared.storage import RunFolder, dead_letters_prefix, list_keys

_POLL_SECONDS = 0.4
_STALL_SECONDS = 120.0


class JobError(FailedError):
    """The job could not be followed to its end; the message says how far it came."""


@dataclass(frozen=True)
class Upload:
    """A local file and the key it goes to."""

    file: Path
    key: ScoreFileKey


def run_job(uploads: Sequence[Upload], view: View, chaos: Chaos | None = None) -> JobResult:
    """Do the whole job for some files, side by side, on an embedded AWS of its own.

    Args:
        uploads: the files.
        view: who watches.
        chaos: what is made to go wrong on the way, if anything.

    Raises:
        JobError: where something that should have happened did not.
    """
    started = time.monotonic()
    view.note("Starting the embedded AWS")
    faults = Faults() if chaos is Chaos.faults else None
    with laptop(environment=environment_of(chaos), faults=faults) as system:
        view.deployed(system.stack.name, system.aws.endpoint, system.seconds)
        if faults is not None:
            make_trouble(faults, system)
        watches = [_upload(system, upload, view) for upload in uploads]
        _follow(system, watches, view, chaos)
        result = _result(system, watches, time.monotonic() - started)
        if faults is None:
            return result
        failed = Counter(one.operation for one in faults.fired())
        return result.model_copy(update={"faults": dict(failed)})


def _upload(system: Laptop, upload: Upload, view: View) -> RunWatch:
    markets = markets_of(upload.file) if upload.key.kind == "scrubbed" else []
    if markets:
        campaign = system.fakes.campaigns
        campaign.register(upload.key.campaign_id, campaign.name_of(upload.key.campaign_id), markets)
    view.note(f"Uploading {upload.file.name} to {upload.key.key}")
    before = executions_of(system.aws, system.stack)
    system.aws.client("s3").upload_file(str(upload.file), system.stack.bucket, upload.key.key)
    try:
        arn = execution_of(system.aws, system.stack, upload.key.key, before)
    except TimeoutError as error:
        raise JobError(str(error)) from None
    return RunWatch(system.target, arn, upload.key.campaign_id)


def _follow(system: Laptop, watches: list[RunWatch], view: View, chaos: Chaos | None) -> None:
    """Poll until every run is over, counted, told to Slack and sent to the Entry Service."""
    last: object = None
    moved = time.monotonic()
    while True:
        for watch in watches:
            watch.poll(view)
        missing = _missing(system, watches)
        if not missing and chaos is Chaos.redeliver and not _twice(system, watches):
            missing = "the second deliveries"
        if not missing:
            return
        view.note(f"Waiting for {missing}")
        picture = (
            missing,
            [(w.status, w.output, w.saved, w.counted) for w in watches],
            system.fakes.entries.totals,
            len(redelivered(system)) if chaos else 0,
        )
        if picture != last:
            last, moved = picture, time.monotonic()
        elif time.monotonic() - moved > _STALL_SECONDS:
            raise JobError(f"Nothing has changed for {_STALL_SECONDS:.0f} s while waiting for {missing}.")
        time.sleep(_POLL_SECONDS)


def _missing(system: Laptop, watches: list[RunWatch]) -> str | None:
    """Say what has not happened yet, in words; none where the job is done."""
    running = [watch for watch in watches if not watch.ended]
    if running:
        return "the state machine"
    unsettled = [watch for watch in watches if watch.succeeded and not watch.settled]
    if unsettled:
        return "the counts"
    if len(system.fakes.slack.posts) < len(watches):
        return "the Slack message"
    wanted = sum(_top_ranked(system, watch) for watch in watches if watch.succeeded)
    arrived = system.fakes.entries.totals["entries"] + _dead_letters(system)
    return "the Entry Service" if arrived < wanted else None


def _twice(system: Laptop, watches: list[RunWatch]) -> bool:
    """Whether everything that these runs caused has been delivered twice."""
    scrubbed = [watch for watch in watches if watch.run is not None and watch.run.source == "scrubbed"]
    return all_came_twice(
        system, sum(watch.output for watch in scrubbed), sum(watch.counted for watch in watches)
    )


def _top_ranked(system: Laptop, watch: RunWatch) -> int:
    """How many of a run's fans have a market at rank 0."""
    assert watch.run is not None
    if watch.run.source == "fanlist":
        return 0  # the Entry Service reads scoresStream
    folder = RunFolder.of(watch.run)
    keys = list_keys(system.aws.client("s3"), folder.bucket, f"{folder.records}/")
    records = pl.scan_parquet([folder.uri(key) for key in keys], storage_options=system.aws.storage_options)
    return int(records.select((pl.col("rank") == 0).sum()).collect().item())


def _dead_letters(system: Laptop) -> int:
    """How many calls to the Entry Service became dead letters; any is enough to stop waiting for."""
    keys = list_keys(system.aws.client("s3"), system.stack.bucket, dead_letters_prefix("save-entry-scoring"))
    return 10**9 if any(keys) else 0


def _result(system: Laptop, watches: list[RunWatch], elapsed: float) -> JobResult:
    return JobResult(
        runs=[summary for watch in watches if (summary := watch.summary()) is not None],
        counts={watch.label: system.target.campaign(watch.label).counts() for watch in watches},
        slack=list(system.fakes.slack.posts),
        entry=system.fakes.entries.totals,
        elapsed_seconds=round(elapsed, 2),
        refused=[refusal.reason for refusal in system.fakes.refused],
        redelivered=[(one.records, list(one.again)) for one in redelivered(system)],
        details={watch.run.run_id: _detail(system, watch, watch.run) for watch in watches if watch.run},
    )


def _detail(system: Laptop, watch: RunWatch, run: Run) -> RunDetail:
    kept = keep_reports(system, run)
    return RunDetail(
        name=system.fakes.campaigns.name_of(run.campaign_id),
        # Those seen on the way may be of before the last ones were written.
        saved=watch.count_items(),
        counted=watch.counted,
        report=str(kept / REPORT) if (kept / REPORT).exists() else None,
        rejects=str(kept / REJECTED_CSV) if (kept / REJECTED_CSV).exists() else None,
    )
