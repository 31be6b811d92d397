"""What a run came to that somebody waited for, as `vf rerun` and `vf upload --wait` show it."""

from dataclasses import asdict

from rich.console import Console
from rich.text import Text

from expectations.report.outcomes import bad_end
from expectations.report.wording import many
from local.rerun import Done
from local.status import report_of, word_of
from local.terminal.console import printable, say
from local.terminal.figures import came_to
from steps.shared.payloads import RunSummary
from steps.streaming.counting.changes import Tally

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
