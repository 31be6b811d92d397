"""What `vf check` prints for a person: rows, lines and reasons, never a row's values."""

import contextlib
import shutil
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.console import Console, Group, RenderableType
from rich.filesize import decimal
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from expectations.report.model import Outcome, RejectReason
from expectations.report.outcomes import TONES, word_of
from expectations.report.verdict import would
from expectations.report.wording import many, rows_at, shown
from expectations.thresholds import MOST_WITHDRAWN, Thresholds
from local.check.file import check_file
from local.check.result import Against, Changes, Checked
from local.errors import FailedError
from local.file_key import made_key
from local.terminal import figures
from local.terminal.console import say, watching
from pipelines.errors import InvalidFileError
from pipelines.keys import Kind
from pipelines.scratch import scratch_folder

_MOST_NAMED = 12
_GZIP = b"\x1f\x8b"


def checked_file(
    file: Path,
    key: str | None,
    kind: Kind | None,
    campaign: str | None,
    out: Path | None,
    old: Path | None = None,
    thresholds: Thresholds | None = None,
) -> Checked:
    """Check a file, or stdin in the name of `-`, while a terminal shows how far that has come.

    Raises:
        VfError, InvalidFileError: it cannot be checked, or is refused whole; the text names it.
    """
    with contextlib.ExitStack() as open_:
        told = open_.enter_context(watching(Console(stderr=True)))
        place = open_.enter_context(_stored_stdin()) if str(file) == "-" else file
        try:
            made = made_key(place, key, kind, campaign)
            return check_file(place, made, out, told, old=old, thresholds=thresholds)
        except InvalidFileError as error:
            raise InvalidFileError(f"{file}: {error}") from error


@contextlib.contextmanager
def _stored_stdin() -> Iterator[Path]:
    with scratch_folder("vf-stdin-") as folder:
        first = sys.stdin.buffer.read(2)
        path = folder / ("stdin.csv.gz" if first == _GZIP else "stdin.csv")
        with path.open("wb") as copy:
            copy.write(first)
            shutil.copyfileobj(sys.stdin.buffer, copy)
        yield path


def checked_first(file: Path, key: str, console: Console | None) -> Checked:
    """Check a file before its upload, and print what was found, where there is a console.

    Raises:
        FailedError: it would be quarantined.
    """
    checked = checked_file(file, key, None, None, None)
    if console is not None:
        render_check(console, checked, [])
    if checked.facts.verdict == "failed":
        raise FailedError("Nothing was uploaded: " + " ".join(checked.failed))
    return checked


def render_check(console: Console, checked: Checked, kept: Sequence[Path]) -> None:
    """Print the file, the gate's word, the funnel, the reasons, the time and what was kept where."""
    width, facts = min(console.width, figures.MAX_WIDTH), checked.facts
    counts = facts.counts
    parts: list[RenderableType] = [_facts(checked), Text(), _gate(checked)]
    steps = figures.input_steps(counts.in_, counts.invalid, counts.duplicate, counts.valid)
    parts += [Text(), figures.funnel(steps, counts.in_, width)]
    if facts.records.groups:
        parts += [Text(), figures.markets(facts.records, checked.key.kind)]
    if facts.rejects:
        reasons = ((found.reason, found.rows, _where(found)) for found in facts.rejects)
        parts += [Text(), figures.rejects(reasons), Text(), _notes(facts.rejects)]
    if facts.recognised:
        parts += [Text(), figures.recognised(facts.recognised, facts.recognised_lines)]
    if checked.against is not None:
        parts += [Text(), _changes(checked.against)]
    parts += [Text(), _time(checked)]
    if not kept and counts.invalid:
        parts.append(Text("Nothing was kept: --out DIR keeps the records and the rejected rows.", "dim"))
    name = Text(facts.about.campaign_name, style="bold")
    console.print(Rule(name, align="left", style="dim"), width=width)
    console.print(Padding(Group(*parts), (0, 0, 0, 1)), width=width, highlight=False)
    for path in kept:
        say(console, Text.assemble(" ", (f"{'Kept':<11}", "dim"), str(path)))


def _facts(checked: Checked) -> Table:
    facts = figures.pairs()
    facts.add_row("Campaign", Text(checked.key.campaign_id))
    facts.add_row("File", Text(checked.name, overflow="fold"))
    facts.add_row("Goes to", Text(checked.key.key, overflow="fold"))
    facts.add_row("Scored at", Text(checked.key.scored_at))
    if ignored := checked.facts.unknown_columns:
        named = ", ".join(ignored[:_MOST_NAMED]) + (", ..." if len(ignored) > _MOST_NAMED else "")
        facts.add_row("Ignored", Text(f"{many(len(ignored), 'unknown column')}: {named}"))
    return facts


def _gate(checked: Checked) -> Text:
    """Say what the run would come to, and each check that failed, with what was seen."""
    word = word_of(checked.facts, Outcome(status="checked"))
    mark, style = figures.SIGNS[TONES[word]]
    lines = [Text(f"{mark} {would(word, len(checked.failed) - checked.critical)}.", style)]
    for number, sentence in enumerate(checked.failed):
        mark, style = ("✘", "red") if number < checked.critical else ("!", "yellow")
        lines.append(Text(f"  {mark} {sentence}", style))
    return Text("\n").join(lines)


def _where(found: RejectReason) -> Text:
    """Which rows to look at, and the lines where they begin."""
    rows = rows_at(found.examples, found.lines, ", ..." if found.applies > len(found.examples) else "")
    rows = f"{rows[0].upper()}{rows[1:]}"
    if found.applies > found.rows:
        earlier = f"{found.applies - found.rows:,} of {found.applies:,} counted at an earlier reason"
        return Text(f"{rows}; {earlier}", "dim")
    return Text(rows, "dim")


def _notes(reasons: Sequence[RejectReason]) -> Text:
    """Say what a row number means, and why rows and examples may differ."""
    notes = "Row 1 is the first below the header; blank lines are no rows. Lines are the file's own."
    if any(found.applies > found.rows for found in reasons):
        notes += " A row with several reasons is counted at the first of them, in the contract's order."
    return Text(notes, "dim")


def _changes(against: Against) -> Table:
    """Say how many fans differ from the older file's, in all and in the markets with most changes."""
    names = ("New", "Gone", "To verified", "To rejected", "Score only")
    table = figures.headed(f"Fans beside {shown(against.file)}", *names)
    markets = against.markets if len(against.markets) > 1 else []
    for name, each in [("All", against), *((one.name, one) for one in markets[:_MOST_NAMED])]:
        counts = (getattr(each, field) for field in Changes.model_fields)
        style = "bold" if each is against else ""
        table.add_row(Text(name), *(f"{count:,}" for count in counts), style=style)
    if against.fans_gone > MOST_WITHDRAWN * against.fans:
        share = f"{MOST_WITHDRAWN:.0%}"
        table.caption = f"More than {share} are gone: with --replace, this file would be quarantined."
    return table


def _time(checked: Checked) -> Table:
    rows, seconds = checked.facts.counts.in_, checked.prepare_seconds
    size, took = decimal(checked.facts.about.file_bytes), figures.pairs()
    read = f"{many(rows, 'row')} ({size}) in {_seconds(seconds)}, {rows / seconds:,.0f} rows/s"
    took.add_row(f"{'Prepare':<9}", Text(read))
    took.add_row("Gate", Text(_seconds(checked.gate_seconds)))
    return took


def _seconds(seconds: float) -> str:
    return f"{seconds:,.1f} s" if seconds >= 1 else f"{seconds:.2f} s"
