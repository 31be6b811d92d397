"""`vf aside list` and `vf aside replay`."""

from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from local.aside.kept import Keeper
from local.terminal.exits import explained

if TYPE_CHECKING:
    from local.aside.kept import Kept, Replayed

app = typer.Typer(
    help="Look at what could not be delivered, and replay it. Shows keys, reasons and counts, never a row.",
    no_args_is_help=True,
)
_Campaign = Annotated[str | None, typer.Argument(help="A campaign's id; without it, all.")]
_Worker = Annotated[Keeper | None, typer.Option(help="Only what this one could not deliver.")]
_Stack = Annotated[str | None, typer.Option(help="A stack in AWS instead of the embedded one.")]


@app.command("list")
def list_(campaign: _Campaign = None, worker: _Worker = None, stack: _Stack = None) -> None:
    """Show what is kept aside: documents, failed partitions, queues of failures, dead letters."""
    from local.aside.everything import gathered
    from local.aside.system import System
    from local.stack.target import find_target
    from local.terminal.aside import render_kept

    with explained(), gathered(System.of(find_target(stack)), campaign, worker) as kept:
        render_kept(Console(), kept, campaign)


@app.command()
def replay(
    campaign: _Campaign = None,
    worker: _Worker = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Ask nothing.")] = False,
    stack: _Stack = None,
) -> None:
    """Deliver again what is kept aside. Safe to repeat; what is outdated changes nothing.

    Ends with 1 where something is still kept afterwards.
    """
    from local.aside.everything import gathered, replay_all
    from local.aside.system import System
    from local.stack.target import find_target
    from local.terminal.aside import render_kept, render_outcome, render_plan

    console = Console()
    with explained():
        system = System.of(find_target(stack))
        with gathered(system, campaign, worker) as kept:
            if dry_run:
                render_plan(console, kept, campaign)
                return
            if not kept:
                render_kept(console, kept, campaign)
                return
            if not yes:
                render_plan(console, kept, campaign)
                typer.confirm("Replay?", abort=True)

            def told(one: "Kept", result: "Replayed") -> None:
                render_outcome(console, one, result)

            done, said = replay_all(system, kept, told)
        for sentence in said:
            console.print(sentence, markup=False, highlight=False, soft_wrap=True)
    if not done:
        raise typer.Exit(1)
