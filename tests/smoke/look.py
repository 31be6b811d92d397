"""What a sample's run has to leave on a stack, looked up where a person would."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from local.dead_letters.everything import gathered
from local.dead_letters.letter import Keeper
from local.errors import FailedError
from local.sample.generate import SampleSummary
from local.stack.deploy import template
from local.stack.target import Target
from local.terminal.run_commands import LogLine, fetch_report, log_lines
from local.terminal.view import View
from local.watch import RunWatch, execution_of, executions_of, follow, until
from steps.shared.payloads import RunSummary

# A new stack's mappings begin to read some minutes after it stands.
_PATIENCE = 900.0
_STARTS_WITHIN = 120.0
# What a function logs can be read some seconds after it has answered.
_LOGGED_WITHIN = 120.0
# Whose logs name the run; the workers' lines are of batches, whatever runs are in them.
_STEPS = {
    "scrubbed": {"resolve", "prepare", "check-quality", "publish-partition", "finish"},
    "fanlist": {"resolve", "prepare", "check-quality", "save-fanlist-partition", "finish"},
}


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at: what was found, and what was expected."""

    what: str
    found: Any
    wanted: Any

    @property
    def good(self) -> bool:
        """Whether it is as expected."""
        return bool(self.found == self.wanted)

    def __str__(self) -> str:
        """Say it on a line."""
        wanted = "" if self.good else f" instead of {self.wanted}"
        return f"{'ok ' if self.good else 'NOT'} {self.what}: {self.found}{wanted}"


def tried(
    target: Target, sample: SampleSummary, view: View, *, posts: bool, entries: bool
) -> Iterator[Finding]:
    """Upload a sample, wait until its run is told and give what it left.

    `posts` says whether Slack answers, `entries` whether the services do that entries need.

    Raises:
        FailedError: no run started, or none that got far enough to leave anything.
    """
    watch = _run_of(target, sample, view, posts=posts)
    summary, label = watch.summary(), sample.kind
    if watch.run is None or summary is None:
        raise FailedError(f"The {label} sample's run left no summary: {watch.cause or watch.status}.")
    counts, read, run_id = summary.counts, summary.rows, summary.run_id
    rows = (read.in_, read.invalid, read.duplicate, read.valid)
    yield Finding(f"{label}, the run", watch.status, "SUCCEEDED")
    yield Finding(
        f"{label}, rows read, rejected, merged and valid",
        rows,
        (sample.rows, sample.invalid, sample.duplicate, sample.valid),
    )
    yield Finding(f"{label}, records written, and not", (counts.output, counts.failed), (sample.valid, 0))
    yield Finding(f"{label}, records on the stream", len(_streamed(target, summary)), sample.valid)
    yield Finding(f"{label}, items in the table", watch.count_items(), sample.valid)
    yield Finding(f"{label}, records counted", watch.counted, sample.valid)
    if label == "scrubbed":
        told = target.counts(sample.campaign_id)
        yield Finding(f"{label}, fans verified or rejected", told.verified + told.rejected, sample.valid)
    if posts:
        yield Finding(f"{label}, the verdict", watch.verdict(), "posted")
    with TemporaryDirectory() as folder:
        fetch_report(target, run_id, page := Path(folder) / "report.html")
        yield Finding(f"{label}, the report names the run", run_id in page.read_text("utf-8"), wanted=True)
    rejects = [
        one["Key"].rpartition(".")[2] for one in target.objects(f"rejected/{sample.campaign_id}/{run_id}.")
    ]
    yield Finding(f"{label}, rejected rows", sorted(rejects), ["csv", "parquet"])
    lines = logged(lambda: log_lines(target, run_id), _STEPS[label])
    yield Finding(
        f"{label}, steps that logged the run", {one.function for one in lines} & _STEPS[label], _STEPS[label]
    )
    yield Finding(f"{label}, errors logged", errors_of(lines, posts=posts, entries=entries), [])


def logged(read: Callable[[], list[LogLine]], steps: set[str], every: float = 2.0) -> list[LogLine]:
    """Read a run's lines `every` few seconds until each step has one, or two minutes are over."""
    lines: list[LogLine] = []

    def complete() -> bool:
        lines[:] = read()
        return steps <= {one.function for one in lines}

    until(complete, _LOGGED_WITHIN, every)
    return lines


def errors_of(lines: Iterable[LogLine], *, posts: bool, entries: bool) -> list[dict[str, Any]]:
    """Give the errors among lines, but those of a worker that nobody answers, and that has to say so."""
    answered = {"verdictReporter": posts, "saveEntryScoring": entries}
    return [
        one.event for one in lines if one.event.get("level") == "ERROR" and answered.get(one.function, True)
    ]


def left(target: Target, campaign: str | None, *, entries: bool) -> Iterator[Finding]:
    """Give what nobody took, of a campaign or of all, and what rings.

    `entries` says whether the services answer that entries need; else their worker keeps dead letters.
    """
    excused = set() if entries else {Keeper.save_entry_scoring}
    with gathered(target, campaign, None) as kept:
        yield Finding("who keeps dead letters", sorted({one.keeper for one in kept} - excused), [])
    excused_too = set() if entries else {"EntriesDeadLetters", "EntriesFallenBehind"}
    yield Finding("alarms that ring", sorted(set(_ringing(target)) - excused_too), [])


def _run_of(target: Target, sample: SampleSummary, view: View, *, posts: bool) -> RunWatch:
    known = executions_of(target)
    target.client("s3").upload_file(str(sample.path), target.stack.bucket, sample.key)
    watch = RunWatch(
        target, execution_of(target, sample.key, known, _STARTS_WITHIN), sample.campaign_id, scans=False
    )

    def missing() -> str | None:
        if watch.missing or not posts or not watch.succeeded or watch.verdict():
            return watch.missing
        return "the verdict"

    follow([watch], view, missing, lambda: None, _PATIENCE)
    return watch


def _streamed(target: Target, run: RunSummary) -> set[str]:
    """Give the partition keys of a run's records: a record may be on the stream twice."""
    stream = target.stack.scores_stream if run.source == "scrubbed" else target.stack.campaign_data_stream
    return {
        record["PartitionKey"]
        for shard in target.client("kinesis").list_shards(StreamName=stream)["Shards"]
        for record in target.shard_records(
            StreamName=stream, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
        )
        if run.run_id.encode() in record["Data"]
    }


def _ringing(target: Target) -> Iterator[str]:
    """Give the template's names of the stack's alarms that are in alarm."""
    alarms = [n for n, one in template()["Resources"].items() if one["Type"] == "AWS::CloudWatch::Alarm"]
    named = {target.resources[name]: name for name in alarms}
    pages = target.client("cloudwatch").get_paginator("describe_alarms").paginate(AlarmNames=list(named))
    for page in pages:
        yield from (
            named[alarm["AlarmName"]] for alarm in page["MetricAlarms"] if alarm["StateValue"] == "ALARM"
        )
