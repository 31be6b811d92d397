"""What a campaign manager reads when the job is over."""

import contextlib
import json
from pathlib import Path

from rich import box
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.rule import Rule
from rich.text import Text

from expectations.report.outcomes import REMEDIES, remedy
from expectations.report.wording import fans_gone, many, sentence
from local.job import JobResult, RunDetail
from local.status import word_of
from local.terminal.console import say
from local.terminal.figures import MAX_WIDTH, Step, came_to, funnel, input_steps, pairs, recognised, rejects
from steps.shared.counts import FanlistCounts
from steps.shared.payloads import RunSummary
from steps.shared.storage import RunFolder
from steps.streaming.counting.changes import Tally

_MOST_REFUSALS = 5
_GATE = "A critical check failed."


def render_summary(console: Console, result: JobResult) -> None:
    """Print the job: a section for each run, what Slack said, what the Entry Service got, the time."""
    width = min(console.width, MAX_WIDTH)
    if not result.runs:
        _print(console, Text("✘ No run was started.", style="bold red"), width)
    for run in result.runs:
        detail = result.details.get(run.run_id, RunDetail())
        style = "bold green" if run.status == "succeeded" else "bold red"
        name = Text(detail.name or run.campaign_name or run.campaign_id, style)
        _print(console, Group(Text(), Rule(name, align="left", style="dim")), width)
        _print(console, _run(run, detail, result.counts.get(run.campaign_id), width), width)
        _places(console, run, detail)
    _print(console, _outside(result), width)


def _print(console: Console, renderable: RenderableType, width: int) -> None:
    console.print(renderable, width=width, highlight=False)


def _run(run: RunSummary, detail: RunDetail, counts: Tally | None, width: int) -> RenderableType:
    parts: list[RenderableType] = [_facts(run), Text(), _verdict(run)]
    if run.status in ("failed", "quarantined"):
        parts += [Text(), _trouble(run)]
    elif run.quality is not None and run.quality.failed:
        parts.append(_not_held(run.quality.failed))
    if run.quality is not None and run.quality.fans_gone:
        parts.append(Text(f"! {fans_gone(run.quality.fans_gone)}.", "bold yellow"))
    if run.rows.in_:
        parts += [Text(), _funnel(run, detail, width)]
    if run.invalid_by:
        most_first = sorted(run.invalid_by.items(), key=lambda item: -item[1])
        parts += [Text(), rejects((reason, rows, None) for reason, rows in most_first)]
    if run.recognised:
        parts += [Text(), recognised(run.recognised, run.recognised_lines)]
    if counts is not None and run.source == "scrubbed":
        parts += [Text(), _fans(counts)]
    return Padding(Group(*parts), (0, 0, 0, 1))


def _facts(run: RunSummary) -> RenderableType:
    grid = pairs()
    grid.add_row("Campaign", Text(run.campaign_id))
    grid.add_row("File", Text(run.file.key, overflow="fold"))
    if run.unknown_columns:
        ignored = ", ".join(run.unknown_columns)
        grid.add_row("Ignored", Text(f"{many(len(run.unknown_columns), 'unknown column')}: {ignored}"))
    grid.add_row("Run", Text(run.run_id, style="dim"))
    return grid


def _verdict(run: RunSummary) -> Text:
    """Say what became of the run, and how many records are missing."""
    line = came_to(word_of(run))
    if run.status == "succeeded" and run.counts.failed:
        missing = many(run.counts.failed, "record")
        line.append(f"\n  {missing} could not be written and kept for a re-run.")
    return line


def _trouble(run: RunSummary) -> RenderableType:
    """Give the cause in a sentence and what to do, and which expectations did not hold."""
    cause, what_to_do = advice(run)
    grid = pairs()
    grid.add_row("Cause", Text(cause))
    if run.quality is not None and run.quality.failed:
        grid.add_row("Not held", _not_held(run.quality.failed))
    grid.add_row("What to do", Text(what_to_do))
    return Panel(grid, border_style="red", box=box.ROUNDED)


def advice(run: RunSummary) -> tuple[str, str]:
    """Give the cause of a run that went wrong and the remedy, a sentence or two each."""
    # Lambda wraps an exception as `{errorMessage, errorType, ...}`.
    said = run.cause or ""
    with contextlib.suppress(ValueError, KeyError, TypeError):
        said = str(json.loads(said)["errorMessage"])
    cause = sentence(said.strip().partition("\n")[0])
    if run.status == "quarantined":
        # What did not hold stands in a list of its own; the cause would only say it again.
        named = run.quality is not None and run.quality.failed
        return _GATE if named else cause or _GATE, REMEDIES["QualityGateFailed"]
    return cause or f"The run ended with {run.error or 'an unknown error'}.", remedy(run.error)


def _not_held(names: list[str]) -> Text:
    return Text("\n").join(Text(name, "yellow") for name in names)


def _funnel(run: RunSummary, detail: RunDetail, width: int) -> RenderableType:
    """From rows read to fans counted; steps that nobody looked at are left out."""
    counts, rows = run.counts, run.rows
    # A fanlist is saved first, and published where it was saved.
    published = counts.stream.out if isinstance(counts, FanlistCounts) else counts.output
    steps = [
        *input_steps(rows.in_, rows.invalid, rows.duplicate, rows.valid),
        Step("published", published, _reached(published, counts.output)),
        Step("saved", detail.saved, _reached(detail.saved, counts.output)),
        Step("counted", detail.counted, _reached(detail.counted, counts.output)),
    ]
    return funnel(steps, rows.in_, width)


def _reached(count: int | None, published: int) -> str:
    """Give the colour of a step behind the publishing: yellow where records are still on their way."""
    return "yellow" if count is not None and count < published else "green"


def _fans(counts: Tally) -> Text:
    """Give the campaign's fans by state, as they stand after this job and those before it."""
    line = Text("Fans of this campaign now: ")
    line.append(f"{counts.verified:,} verified", "bold green").append(", ")
    line.append(f"{counts.rejected:,} rejected", "bold red").append(", ")
    line.append(f"{counts.selected:,} selected", "bold cyan").append(".")
    return line.append(" (A rejected fan is in good order, but scoring did not verify them.)", "dim")


def _places(console: Console, run: RunSummary, detail: RunDetail) -> None:
    """Where to read on. Long as they are, addresses stay in one piece, to be copied."""
    report = detail.report or (run.quality.report if run.quality else None)
    folder = RunFolder.of(run)
    rejected = detail.rejects or folder.uri(folder.rejected_csv)
    given = {"Quality report": report, "Rejected rows": rejected if run.rows.invalid else None}
    places = {name: address for name, address in given.items() if address}
    if places:
        console.print()
    for name, address in places.items():
        say(console, Text.assemble(" ", (f"{name:<16}", "dim"), _from_here(address)))


def _from_here(address: str) -> str:
    """Give a file below the current folder by its way from there; everything else as it is."""
    with contextlib.suppress(ValueError):
        return str(Path(address).relative_to(Path.cwd()))
    return address


def _outside(result: JobResult) -> RenderableType:
    """Show what left the system: the Slack texts and the entries; then the time it all took."""
    parts: list[RenderableType] = [Text()]
    texts = [Text(text) for text in result.slack] or [Text("Nothing was posted.", style="dim")]
    slack = Panel(Group(*texts), title="Posted to Slack", title_align="left", border_style="magenta")
    parts.append(slack)
    sent = result.entry
    if sent.get("entries"):
        inserted, updated = sent.get("inserted", 0), sent.get("updated", 0)
        parts.append(
            Text(
                f"Entry Service: {many(sent['entries'], 'first-choice fan')} sent, "
                f"{inserted:,} inserted, {updated:,} updated."
            )
        )
    if result.refused:
        sentences = Group(*(Text(refusal) for refusal in result.refused[:_MOST_REFUSALS]))
        title = f"Refused by the services outside: {many(len(result.refused), 'call')}"
        parts.append(Panel(sentences, title=title, title_align="left", border_style="red"))
    ended = "Done in" if result.succeeded else "Ended after"
    parts.append(Text(f"{ended} {result.elapsed_seconds:,.1f} s.", style="dim"))
    return Group(*parts)


def what_chaos_did(result: JobResult) -> str:
    """One sentence for the reader of a summary."""
    if result.faults:
        calls = ", ".join(f"{operation} {times}" for operation, times in sorted(result.faults.items()))
        return f"Chaos: calls to AWS that failed or lost their answer: {calls}. All services refused twice."
    records = sum(one.records for one in result.redelivered)
    again = sum(len(one.again) for one in result.redelivered)
    return (
        f"Chaos: {records:,} records in {len(result.redelivered)} batches were delivered a second time, "
        f"cut into {again} others."
    )
