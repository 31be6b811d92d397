"""`vf dead-letters`: what could not be delivered, and what became of it. All is `Text`: no markup."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from expectations.report.wording import many
from local.dead_letters.letter import DeadLetter, Keeper, Outcome, Replayed
from local.terminal.console import AsJson, DryRun, Stack, Yes, emit, expect_yes, printable, say

_Campaign = Annotated[str | None, typer.Argument(help="A campaign's id; by default all.")]
_Worker = Annotated[Keeper | None, typer.Option(help="Only what this worker or state could not deliver.")]
_STYLES = {Outcome.REPLAYED: "green", Outcome.OUTDATED: "yellow", Outcome.KEPT: "red"}

dead_letters = typer.Typer(
    help="List what could not be delivered, and replay it. Shows keys, reasons and counts, never a row.",
    no_args_is_help=True,
)


@dead_letters.command("list", epilog="Example: vf dead-letters list campaign-123")
def list_(
    campaign: _Campaign = None, worker: _Worker = None, as_json: AsJson = False, stack: Stack = None
) -> None:
    """Show what could not be delivered: documents, failed partitions, messages in queues."""
    from local.dead_letters.everything import gathered
    from local.stack.target import find_target

    with gathered(find_target(stack), campaign, worker) as kept:
        if as_json:
            emit({"deadLetters": [_wire(one) for one in kept]})
        else:
            render_kept(Console(), kept, campaign)


@dead_letters.command(epilog="Example: vf dead-letters replay campaign-123 --dry-run")
def replay(
    campaign: _Campaign = None,
    worker: _Worker = None,
    dry_run: DryRun = False,
    yes: Yes = False,
    as_json: AsJson = False,
    stack: Stack = None,
) -> None:
    """Deliver the dead letters again. Safe to repeat; what is outdated changes nothing.

    Ends with 1 where something is still kept afterwards.
    """
    from local.dead_letters.everything import gathered, replay_all
    from local.stack.target import find_target

    expect_yes(yes or dry_run, as_json)
    # Of JSON, nothing but the object goes to stdout.
    console, told = Console(quiet=as_json), list[dict[str, Any]]()
    target = find_target(stack)
    with gathered(target, campaign, worker) as kept:
        if dry_run or not kept or not yes:
            _render(console, kept, campaign, lambda one: Text(printable(one.plan()), "cyan"))
        if not kept or dry_run:
            if as_json:
                emit({"deadLetters": [_wire(one) for one in kept]})
            return
        if not yes:
            typer.confirm("Replay?", abort=True)

        def say_outcome(one: DeadLetter, result: Replayed) -> None:
            told.append(_wire(one) | {"outcome": result.outcome, "said": result.said})
            render_outcome(console, one, result)

        done, said = replay_all(target, kept, say_outcome)
    for sentence in said:
        say(console, Text(sentence))
    if as_json:
        emit({"replayed": told, "runs": said, "done": done})
    if not done:
        raise typer.Exit(1)


def render_kept(console: Console, kept: Sequence[DeadLetter], campaign: str | None) -> None:
    """Print a few lines for each thing, and a line for each keeper."""
    _render(console, kept, campaign, lambda one: Text(printable(one.reason), "yellow"))
    things, records = Counter[str](), Counter[str]()
    for one in kept:
        things[one.keeper] += 1
        records[one.keeper] += one.records
    totals = (f"{name}: {count:,} ({many(records[name], 'record')})" for name, count in things.items())
    if kept:
        named = ", ".join(totals)
        say(console, Text(f"\nDead letters of {named}. Replay with `vf dead-letters replay`."))


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


def _wire(one: DeadLetter) -> dict[str, Any]:
    found = {name: getattr(one, name) for name in ("keeper", "place", "reason", "records", "since")}
    return found | {"campaigns": sorted(one.campaigns)}
