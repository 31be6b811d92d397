"""`vf forget`: one person taken out of a stack, as far as it can be done."""

from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from expectations.report.wording import many
from local.terminal.console import explained, printable, say, stop
from local.terminal.stack_commands import Stack


def forget(
    fan: Annotated[
        str, typer.Argument(help="fan:<globalUserId>, sid:<memberId> or email:<address>, as in the table.")
    ],
    campaign: Annotated[str | None, typer.Option(help="Only of this campaign; without it, of all.")] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be removed, and do nothing.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Ask nothing.")] = False,
    stack: Stack = None,
) -> None:
    """Remove one person from the table and from the bucket's rejected, staged and kept records.

    Shows keys and counts, nothing else of anybody, and what it does not reach. Safe to repeat.
    """
    from local.forget import NOT_REACHED, Fan, UnclearFanError, traces
    from local.recount import MovingError
    from local.stack.target import find_target

    console = Console()
    with explained():
        try:
            who = Fan.named(fan)
            found = traces(find_target(stack), who, campaign)
        except UnclearFanError as error:
            stop(str(error), 2)
        except MovingError as error:
            stop(str(error), 1)
        for trace in found:
            say(console, Text(f"{many(trace.records, 'record'):>12}  {printable(trace.place)}"))
        if not found:
            say(console, Text("Nothing is kept under this key."))
        elif not dry_run:
            if not yes:
                typer.confirm("Remove?", abort=True)
            for trace in found:
                trace.remove()
            say(console, Text("Removed. Counts fall with the table's items, and the channel is told."))
    say(console, Text("Not reached:"))
    for one in NOT_REACHED:
        say(console, Text(f"  - {one}"))
