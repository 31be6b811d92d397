"""What is kept aside, and what became of it, on a terminal. Everything is a `Text`: nothing is markup."""

from collections import Counter
from collections.abc import Callable, Sequence

from rich.console import Console
from rich.text import Text

from expectations.report.wording import many
from local.aside.kept import Kept, Outcome, Replayed
from local.terminal.console import printable, say

_STYLES = {Outcome.REPLAYED: "green", Outcome.OUTDATED: "yellow", Outcome.KEPT: "red"}


def render_kept(console: Console, kept: Sequence[Kept], campaign: str | None) -> None:
    """Print a few lines for each thing, and a line for each keeper."""
    _render(console, kept, campaign, lambda one: Text(printable(one.reason), "yellow"))
    things, records = Counter[str](), Counter[str]()
    for one in kept:
        things[one.keeper] += 1
        records[one.keeper] += one.records
    totals = (f"{name}: {count:,} ({many(records[name], 'record')})" for name, count in things.items())
    if kept:
        say(console, Text("\nKept aside by " + ", ".join(totals) + ". Replay with `vf aside replay`."))


def render_plan(console: Console, kept: Sequence[Kept], campaign: str | None) -> None:
    """Say what a replay would do with each thing."""
    _render(console, kept, campaign, lambda one: Text(printable(one.plan()), "cyan"))


def render_outcome(console: Console, one: Kept, result: Replayed) -> None:
    """One line, as it happens."""
    say(console, Text.assemble((f"{result.outcome.value:<10}", _STYLES[result.outcome]), " ", _line(one)))
    say(console, Text(f"    {printable(result.said)}"))


def _render(
    console: Console, kept: Sequence[Kept], campaign: str | None, said: Callable[[Kept], Text]
) -> None:
    if not kept:
        about = f" of campaign '{campaign}'" if campaign else ""
        say(console, Text(f"Nothing{about} is kept aside."))
    for one in kept:
        say(console, _line(one))
        say(console, Text.assemble("    ", said(one)))
        say(console, Text(f"    {printable(one.place)}", "dim"))


def _line(one: Kept) -> Text:
    campaigns = printable(", ".join(sorted(one.campaigns)) or "no campaign named")
    return Text.assemble(
        (str(one.keeper), "bold"), f"  {campaigns}  {many(one.records, 'record')}  since {one.since}"
    )
