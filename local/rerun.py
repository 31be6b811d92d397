"""Runs a campaign again with the contract's input (section 3), watches it, and says what it came to."""

import json
import time
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.text import Text

from expectations.report.outcomes import bad_end
from expectations.report.wording import many
from local.errors import VfError
from local.stack.target import Target
from local.status import report_of, word_of
from local.terminal.console import printable, say
from local.terminal.figures import came_to
from local.terminal.view import View
from local.watch import RunWatch, follow, until
from pipelines.errors import InvalidKeyError
from pipelines.keys import Kind, fanlist_prefix, parse_key, scrubbed_prefix
from steps.shared.payloads import RunSummary
from steps.shared.wire import Payload
from steps.streaming.counting.changes import Tally

# So long nothing moves before the counting is left to itself; the run is over by then.
_STILL_SECONDS = 60.0
_PREFIXES: dict[Kind, Callable[[str], str]] = {"scrubbed": scrubbed_prefix, "fanlist": fanlist_prefix}
# What a person may answer to a refusal, where there is an answer.
ANSWERS = {
    "OutdatedFile": (
        "Usually nothing: newer data is published. Only if you mean this older file, --force "
        "publishes it in the newer one's place, as scored now."
    ),
    "QualityGateFailed": (
        "Read the report, and have the file corrected and uploaded again. Only where the campaign's owner "
        "says that it is right, --accept-quality, beside this run's own options, publishes it all the same, "
        "and the run's summary says so."
    ),
}
# What became of a run's message to the channel.
_VERDICTS = {
    "posted": "posted to the channel",
    "unchanged": "no figure has changed, so nothing was posted",
    "warned": "not all records were counted in time; the channel was told",
    "overtaken": "a newer run of the campaign reports instead",
}


class UnclearError(VfError):
    """What to run is not clear, or is not there; the message says what to give."""


def order_of(
    target: Target, campaign: str, key: str | None, kind: Kind | None, **flags: bool | None
) -> tuple[Kind, dict[str, Any]]:
    """Give a re-run's kind and input; `flags` are the contract's by its names, None where nobody gave one.

    Raises:
        UnclearError: the key is another campaign's or none, or the campaign has no file, or files of
            both kinds and nobody said which.
    """
    meant = {name: given for name, given in flags.items() if given is not None}
    if key is not None:
        return _kind_of(campaign, key, kind), {"bucket": target.stack.bucket, "key": key, **meant}
    return kind or _only_kind(target, campaign), {"campaignId": campaign, **meant}


def _kind_of(campaign: str, key: str, kind: Kind | None) -> Kind:
    try:
        parsed = parse_key(key)
    except InvalidKeyError as error:
        raise UnclearError(str(error)) from None
    if parsed.campaign_id != campaign:
        raise UnclearError(
            f"'{key}' is a file of campaign '{parsed.campaign_id}', not of '{campaign}': correct one of them."
        )
    if kind not in (None, parsed.kind):
        raise UnclearError(f"'{key}' is a {parsed.kind} file, not a {kind} one: correct --kind or --key.")
    return parsed.kind


def _only_kind(target: Target, campaign: str) -> Kind:
    found = [kind for kind, prefix in _PREFIXES.items() if any(target.objects(prefix(campaign)))]
    if not found:
        place = f"s3://{target.stack.bucket}"
        raise UnclearError(f"Campaign '{campaign}' has no file in {place}; upload one with `vf upload`.")
    if len(found) > 1:
        raise UnclearError(
            f"Campaign '{campaign}' has scrubbed files and fanlists: choose with --kind, or name one file "
            "with --key."
        )
    return found[0]


class Done(Payload):
    """What a run came to that somebody waited for.

    `error` and `cause` are the execution's. `summary` is none where the input was refused before it became a
    run. `counted` is how many of the run's records had been counted when the watching ended, `before` and
    `after` are the campaign's; `verdict` is what became of the message to the channel, where that was waited
    for.
    """

    execution: str
    succeeded: bool
    error: str | None
    cause: str | None
    summary: RunSummary | None
    counted: int
    before: Tally
    after: Tally
    verdict: str | None = None

    def wire(self) -> dict[str, Any]:
        """Return the value as JSON-ready types, the error as every command's."""
        found = super().wire()
        name, cause = found.pop("error"), found.pop("cause")
        return found if self.succeeded else {"error": {"name": name, "message": cause}, **found}


def run_again(target: Target, campaign: str, kind: Kind, given: dict[str, Any], view: View) -> Done:
    """Start the machine and watch until the run is over and its records are counted."""
    before = target.counts(campaign)
    started = target.client("stepfunctions").start_execution(
        stateMachineArn=target.stack.state_machines[kind], input=json.dumps(given)
    )
    watch = RunWatch(target, started["executionArn"], campaign, scans=False)
    return watched(watch, before, view)


def watched(watch: RunWatch, before: Tally, view: View, verdict_seconds: float = 0) -> Done:
    """Watch until the run is over and its records are counted and, for some seconds more, for its verdict.

    Counting goes on without a watcher: where nothing moves for a minute, this does not wait for it.
    """
    # A run may take hours without a sign: its own timeout ends it.
    follow([watch], view, lambda: watch.missing, lambda: watch.ended or time.monotonic(), _STILL_SECONDS)
    verdict = None
    if watch.settled and verdict_seconds:
        view.note("Waiting for the verdict")
        verdict = until(watch.verdict, verdict_seconds)
    ended = watch.target.client("stepfunctions").describe_execution(executionArn=watch.execution_arn)
    return Done(
        execution=watch.execution_arn.rpartition(":")[2],
        succeeded=watch.succeeded,
        error=ended.get("error"),
        cause=ended.get("cause"),
        summary=watch.summary(),
        counted=watch.counted,
        verdict=verdict,
        before=before,
        after=watch.target.counts(watch.label),
    )


def render_rerun(console: Console, done: Done) -> None:
    """Print it."""
    say(console, _head(done))
    if not done.succeeded:
        _pair(console, "Error", done.error or "the run was stopped")
        _pair(console, "Cause", done.cause or "see the execution's history")
        if answer := ANSWERS.get(done.error or ""):
            _pair(console, "What to do", answer)
    _pair(console, "Execution", done.execution)
    if done.summary is not None:
        _run(console, done.summary, done.counted if done.succeeded else None)
    if figures := _campaign(done):
        _pair(console, "Campaign", figures)
    if done.verdict:
        _pair(console, "Verdict", _VERDICTS.get(done.verdict, done.verdict))


def _head(done: Done) -> Text:
    if done.summary is None and done.succeeded:
        return Text("✔ Nothing to do: this upload has had its run.", "bold green")
    return came_to(word_of(done.summary) if done.summary else bad_end(done.error))


def _run(console: Console, run: RunSummary, counted: int | None) -> None:
    counts, rows = run.counts, run.rows
    _pair(console, "Run", run.run_id)
    _pair(console, "File", f"{run.file.key}, scored at {run.scored_at}")
    if rows.in_:
        _pair(
            console,
            "Rows",
            f"{rows.in_:,} read: {rows.invalid:,} rejected, {rows.duplicate:,} merged, "
            f"{many(rows.valid, 'record')}",
        )
    sent = counts.output + counts.withdrawn
    # Of what was held back or refused nothing was to be written.
    if run.status != "quarantined" and sent + counts.failed:
        _pair(console, "Records", f"{counts.output:,} written, {counts.failed:,} not")
    if counts.withdrawn:
        _pair(console, "Withdrawn", many(counts.withdrawn, "fan"))
    if run.failed_partitions and run.status != "quarantined":
        missing = ", ".join(map(str, run.failed_partitions))
        _pair(console, "", f"partitions that failed: {missing}; see `vf dead-letters list {run.campaign_id}`")
    if counted is not None and counted < sent:
        _pair(console, "Counted", f"{counted:,} of {sent:,} so far; see `vf status {run.campaign_id}`")
    if run.quality is not None and run.status == "succeeded":
        for number, sentence in enumerate(run.quality.failed):
            _pair(console, "" if number else "Not held", sentence)
    _pair(console, "Report", report_of(run))


def _campaign(done: Done) -> str:
    """Give the campaign's counts, and what this run changed of them; the verdict speaks of the same.

    A fanlist's fans have no flag to be counted by: of such a run it is how many are on the list.
    """
    run, said = done.summary, list[str]()
    if run is not None and run.source == "fanlist" and done.succeeded:
        said.append(f"{run.counts.output:,} on the fanlist")
    if not (done.before.is_zero and done.after.is_zero):
        said.append(_changes(done.before, done.after))
    return "; ".join(said)


def _changes(before: Tally, after: Tally) -> str:
    was, now = asdict(before), asdict(after)
    parts = [
        f"{count:,} {name}" + (f" ({count - was[name]:+,})" if count != was[name] else "")
        for name, count in now.items()
    ]
    return ", ".join(parts) + ("; no count has changed" if was == now else "")


def _pair(console: Console, name: str, value: str) -> None:
    say(console, Text.assemble((f"  {name:<11}", "dim"), printable(value)))
