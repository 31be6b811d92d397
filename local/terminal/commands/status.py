"""`vf status`."""

from typing import Annotated

import typer
from rich.console import Console

from local.terminal.exits import explained, stop


def status(
    campaign: Annotated[str | None, typer.Argument(help="A campaign's id; without it, all.")] = None,
    stack: Annotated[str | None, typer.Option(help="A stack in AWS instead of the embedded one.")] = None,
) -> None:
    """Show campaigns, their counts and their runs."""
    from local.stack.target import find_target
    from local.terminal.status import UnknownCampaignError, show_status

    with explained():
        try:
            show_status(find_target(stack), campaign, Console())
        except UnknownCampaignError as error:
            stop(str(error), 2)
