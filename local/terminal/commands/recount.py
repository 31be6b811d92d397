"""`vf recount`."""

from typing import TYPE_CHECKING, Annotated

import typer

from local.terminal.exits import explained, stop

if TYPE_CHECKING:
    from steps.streaming.counts import Tally


def recount(
    campaign: Annotated[str, typer.Argument(help="The campaign's id.")],
    yes: Annotated[bool, typer.Option("--yes", help="Ask nothing.")] = False,
    stack: Annotated[str | None, typer.Option(help="A stack in AWS instead of the embedded one.")] = None,
) -> None:
    """Set a campaign's counts from its fans, after changes were lost uncounted; otherwise they are exact.

    Scans the whole table. Only for when nothing is being counted: see docs/operations.md.
    """
    from local.recount import MovingError, set_counts
    from local.recount import recount as counted
    from local.stack.target import find_target

    with explained():
        target = find_target(stack)
        try:
            result = counted(target, campaign)
            typer.echo(f"stored  {_line(result.stored)}")
            typer.echo(f"found   {_line(result.found)}, of {result.fans:,} fans")
            if result.stored == result.found:
                typer.echo("They are the same; nothing is to be set.")
                return
            if not yes:
                typer.confirm("Store what was found?", abort=True)
            set_counts(target, campaign, result)
        except MovingError as error:
            stop(str(error), 1)
    typer.echo("Stored. Run the campaign again to have it said.")


def _line(tally: "Tally") -> str:
    return f"{tally.verified:,} verified, {tally.rejected:,} rejected, {tally.selected:,} selected"
