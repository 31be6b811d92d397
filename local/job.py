"""The whole job on a laptop: upload, watch until everything has arrived, say what it came to."""

import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import polars as pl
from pydantic import Field

from local.errors import FailedError
from local.reports import REJECTED_CSV, REPORT, keep_reports
from local.stack.chaos.faults import Faults
from local.stack.chaos.job import all_came_twice, make_trouble, redelivered
from local.stack.chaos.redelivery import VARIABLE, Chaos, Redelivered
from local.stack.laptop import Laptop, laptop, markets_of
from local.terminal.view import View
from local.watch import RunWatch, execution_of, executions_of, follow
from pipelines.keys import ScoreFileKey
from steps.shared.payloads import Run, RunSummary
from steps.shared.storage import RunFolder, dead_letters_prefix, list_keys
from steps.shared.wire import Payload
from steps.streaming.counting.changes import Tally

_STALL_SECONDS = 120.0


class RunDetail(Payload):
    """What is known of a run beside its summary; None where nobody looked.

    `name` is the Campaign Service's name of the campaign, `saved` the fans in the demand table with
    this run's id, `counted` those that processSavedScores has tallied; `report` and `rejects` say
    where a reader finds them.
    """

    name: str | None = None
    saved: int | None = None
    counted: int | None = None
    report: str | None = None
    rejects: str | None = None


class JobResult(Payload):
    """A whole job: every run's summary and what the outside world saw of it.

    `counts` goes by campaign id, `slack` has the posted texts in order, `entry` the Entry Service's
    summed counts. `details` goes by run id, `refused` has the sentences with which a service outside
    turned something down, `redelivered` the batches that were delivered twice, `faults` the calls to AWS
    that were made to fail, by operation. These stay out of the JSON.
    """

    runs: list[RunSummary]
    counts: dict[str, Tally] = Field(default_factory=dict)
    slack: list[str] = Field(default_factory=list)
    entry: dict[str, int] = Field(default_factory=dict)
    elapsed_seconds: float
    details: dict[str, RunDetail] = Field(default_factory=dict, exclude=True)
    refused: list[str] = Field(default_factory=list, exclude=True)
    redelivered: list[Redelivered] = Field(default_factory=list, exclude=True)
    faults: dict[str, int] = Field(default_factory=dict, exclude=True)

    @property
    def succeeded(self) -> bool:
        """Whether there was a run, every one of them succeeded and no service refused anything."""
        return bool(self.runs) and not self.refused and all(run.status == "succeeded" for run in self.runs)


def run_job(uploads: Mapping[Path, ScoreFileKey], view: View, chaos: Chaos | None = None) -> JobResult:
    """Do the whole job for some files, by their keys, side by side, on an embedded AWS of its own.

    Raises:
        FailedError: something that should have happened did not; the message says how far it came.
    """
    started = time.monotonic()
    view.note("Starting the embedded AWS")
    faults = Faults() if chaos is Chaos.faults else None
    environment = {VARIABLE: chaos.value} if chaos is not None else {}
    with laptop(environment=environment, faults=faults) as system:
        view.deployed(system.stack.name, system.aws.endpoint, system.seconds)
        if faults is not None:
            make_trouble(faults, system)
        watches = [_upload(system, file, key, view) for file, key in uploads.items()]
        _follow(system, watches, view, chaos)
        return JobResult(
            runs=[summary for watch in watches if (summary := watch.summary()) is not None],
            counts={watch.label: system.target.counts(watch.label) for watch in watches},
            slack=list(system.fakes.slack.posts),
            entry=system.fakes.entries.totals,
            elapsed_seconds=round(time.monotonic() - started, 2),
            details={watch.run.run_id: _detail(system, watch, watch.run) for watch in watches if watch.run},
            refused=[refusal.reason for refusal in system.fakes.refused],
            redelivered=redelivered(system),
            faults=Counter(faults.fired()) if faults is not None else {},
        )


def _upload(system: Laptop, file: Path, key: ScoreFileKey, view: View) -> RunWatch:
    target = system.target
    if key.kind == "scrubbed" and (markets := markets_of(file)):
        campaigns = system.fakes.campaigns
        campaigns.register(key.campaign_id, campaigns.name_of(key.campaign_id), markets)
    view.note(f"Uploading {file.name} to {key.key}")
    before = executions_of(target)
    target.client("s3").upload_file(str(file), system.stack.bucket, key.key)
    return RunWatch(target, execution_of(target, key.key, before), key.campaign_id)


def _follow(system: Laptop, watches: list[RunWatch], view: View, chaos: Chaos | None) -> None:
    """Poll until every run is over, counted, told to Slack and sent to the Entry Service."""

    def missing() -> str | None:
        wanted = _missing(system, watches)
        if not wanted and chaos is Chaos.redeliver and not _twice(system, watches):
            return "the second deliveries"
        return wanted

    def moving() -> object:
        return system.fakes.entries.totals, len(redelivered(system)) if chaos else 0

    if wanted := follow(watches, view, missing, moving, _STALL_SECONDS):
        raise FailedError(f"Nothing has changed for {_STALL_SECONDS:.0f} s while waiting for {wanted}.")


def _missing(system: Laptop, watches: list[RunWatch]) -> str | None:
    """Say what has not happened yet, in words; none where the job is done."""
    if wanted := next((watch.missing for watch in watches if watch.missing), None):
        return wanted
    if len(system.fakes.slack.posts) < len(watches):
        return "the Slack message"
    sent = system.fakes.entries.totals["entries"]
    if sent >= sum(_top_ranked(system, watch) for watch in watches if watch.succeeded):
        return None
    # What the Entry Service did not take comes no more.
    kept = list_keys(system.aws.client("s3"), system.stack.bucket, dead_letters_prefix("save-entry-scoring"))
    return None if any(kept) else "the Entry Service"


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
