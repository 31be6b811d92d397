"""Figures on the terminal: the funnel, the table of rejects, markets, and a run's word."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from rich import box
from rich.console import Group as Stacked
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from expectations.report.model import Group, RecordFacts, Word
from expectations.report.outcomes import SAID, TONES, Tone
from expectations.report.reasons import REASONS, UNKNOWN_REASON
from expectations.report.wording import percent
from pipelines import noticed
from pipelines.keys import Kind

MAX_WIDTH = 110
_BAR = 24
SIGNS: dict[Tone, tuple[str, str]] = {
    "good": ("✔", "bold green"),
    "warn": ("!", "bold yellow"),
    "bad": ("✘", "bold red"),
    "busy": ("▸", "bold cyan"),
}


@dataclass(frozen=True)
class Step:
    """A line of the funnel; `count` is None where nobody looked."""

    name: str
    count: int | None
    style: str


def input_steps(rows: int, invalid: int, duplicate: int, valid: int) -> list[Step]:
    """How rows become records: rows = invalid + duplicate + valid (the contract, section 2)."""
    return [
        Step("Rows read", rows, "cyan"),
        Step("- rejected", invalid, "red"),
        Step("- merged into a better row", duplicate, "yellow"),
        Step("= records", valid, "cyan"),
    ]


def funnel(steps: Sequence[Step], rows: int, width: int) -> Table:
    """Show counts as figures, shares of `rows` and bars; steps that nobody looked at are left out."""
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
    table.add_column(justify="right", no_wrap=True, style="dim")
    table.add_column(no_wrap=True)
    bar = min(_BAR, width - 54)
    for step in steps:
        if step.count is None:
            continue
        share = step.count / rows
        drawn = Text("━" * max(round(bar * share), 1 if step.count and bar > 0 else 0), style=step.style)
        table.add_row(step.name, Text(f"{step.count:,}", "bold"), _plain(percent(share)), drawn)
    return table


def headed(subject: str, *numbers: str) -> Table:
    """Return an empty table: a column of words that takes what room there is, and columns of numbers."""
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, padding=(0, 2, 0, 0), expand=True)
    table.add_column(Text(subject), ratio=1)
    for name in numbers:
        table.add_column(name, justify="right", no_wrap=True)
    return table


def markets(records: RecordFacts, kind: Kind) -> Table:
    """Return a line for each market with its fans by flag; of a fanlist one for each identifier."""
    flags = ("Verified", "Rejected") if kind == "scrubbed" else ()
    table = headed("Fans by market" if flags else "Fans known by", *flags, "Fans")
    fans = sum(one.records for one in records.groups)
    for one in [Group(name="All", records=fans, verified=records.verified), *records.groups]:
        verified = one.verified or 0
        split = (f"{verified:,}", f"{one.records - verified:,}") if flags else ()
        style = "bold" if one.name == "All" else ""
        table.add_row(Text(one.name), *split, f"{one.records:,}", style=style)
    return table


def recognised(rows_by_kind: Mapping[str, int], spans: Mapping[str, Sequence[tuple[int, int]]]) -> Table:
    """Return a line for each kind of thing that was noticed in a file: rows, what it is, in which lines."""
    table = headed("Noticed in this file", "Rows")
    for name, rows in rows_by_kind.items():
        kind = noticed.BY_NAME[name]
        words = Text(f"{kind.words[0].upper()}{kind.words[1:]}. {kind.done}", "yellow" if kind.warns else "")
        where = noticed.places(rows, spans[name])
        table.add_row(Stacked(words, Text(f"{where[0].upper()}{where[1:]}", "dim")), Text(f"{rows:,}"))
    return table


def rejects(rows_by_reason: Iterable[tuple[str, int, RenderableType | None]]) -> Table:
    """Return a line for each reason: its rows, what it means and, below, whatever else is known of it."""
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, padding=(0, 2, 0, 0), expand=True)
    table.add_column("Rejected because", no_wrap=True, style="red")
    table.add_column("Rows", justify="right", no_wrap=True)
    table.add_column("What it means", ratio=1)
    for reason, rows, more in rows_by_reason:
        table.add_row(reason, f"{rows:,}", REASONS.get(reason, UNKNOWN_REASON))
        if more is not None:
            table.add_row("", "", more)
    return table


def came_to(word: Word) -> Text:
    """Say what a run came to: the contract's word and what it means, in one line."""
    mark, style = SIGNS[TONES[word]]
    return Text(f"{mark} {word.capitalize()}: {SAID[word]}.", style)


def pairs() -> Table:
    """Names beside values."""
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(ratio=1)
    return table


def _plain(text: str) -> str:
    # What a terminal prints is searched and copied: no blanks that are not blanks.
    return text.replace("\u00a0", " ")
