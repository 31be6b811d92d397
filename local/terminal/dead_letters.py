"""Dead letters, and what became of them, on a terminal. Everything is a `Text`: nothing is markup."""

from collections import Counter
from collections.abc import Callable, Sequence

from rich.console import Console
from rich.text import Text

from expectations.report.wording import many
from local.dead_letters.letter import DeadLetter, Outcome, Replayed
from local.terminal.console import printable, say

_STYLES = {Outcome.REPLAYED: "green", Outcome.OUTDATED: "yellow", Outcome.KEPT: "red"}


def render_kept(console: Console, kept: Sequence[DeadLetter], campaign: str | None) -> None:
    """Print a few lines for each thing, and a line for each keeper."""
    _render(console, kept, campaign, lambda one: Text(printable(one.reason), "yellow"))
    things, records = Counter[str](), Counter[str]()
    for one in kept:
        things[one.keeper] += 1
        records[one.keeper] += one.records
    totals = (f"{name}: {count:,} ({many(records[name], 'record')})" for name, count in things.items())
    if kept:
        say(
            console,
            Text("\nDead letters of " + ", ".join(totals) + ". Replay with `vf dead-letters replay`."),
        )


def render_plan(console: Console, kept: Sequence[DeadLetter], campaign: str | None) -> None:
    """Say what a replay would do with each thing."""
    _render(console, kept, campaign, lambda one: Text(printable(one.plan()), "cyan"))


def render_outcome(console: Console, one: DeadLetter, result: Replayed) -> None:
    """One line, as it happens."""
    say(console, Text.assemble((f"{result.outcome.value:<10}", _STYLES[result.outcome]), " ", _line(one)))
    say(console, Text(f"    {printable(result.said)}"))


def _render(
    console: Console, kept: Sequence[DeadLetter], campaign: str | None, said: Callable[[DeadLetter], Text]
) -> None:
    if not kept:
        about = f" of campaign '{campaign}'" if campaign else ""
        say(console, Text(f"No dead letters{about}."))
    for one in kept:
        say(console, _line(one))
        say(console, Text.assemble("    ", said(one)))
        say(console, Text(f"    {printable(one.place)}", "dim"))


def _line(one: DeadLetter) -> Text:
    campaigns = printable(", ".join(sorted(one.campaigns)) or "no campaign named")
    return Text.assemble(
        (str(one.keeper), "bold"), f"  {campaigns}  {many(one.records, 'record')}  since {one.since}"
    )
