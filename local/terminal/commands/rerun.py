"""`vf rerun`."""

from typing import Annotated

import typer
from rich.console import Console

from local.terminal.exits import explained, stop
from pipelines.keys import Kind


def rerun(
    campaign: Annotated[str, typer.Argument(help="The campaign's id.")],
    key: Annotated[str | None, typer.Option(help="This file; by default the one scored last.")] = None,
    kind: Annotated[
        Kind | None, typer.Option(help="Which kind of file, where the campaign has both.")
    ] = None,
    accept_quality: Annotated[
        bool, typer.Option("--accept-quality", help="Publish in spite of a failed quality gate.")
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Publish a file older than the newest run, as scored now.")
    ] = False,
    stack: Annotated[str | None, typer.Option(help="A stack in AWS instead of the embedded one.")] = None,
) -> None:
    """Run a campaign again, from the file scored last or from one of its files.

    Ends with 1 where the run failed, was refused or was quarantined.
    """
    from local.rerun import Asked, UnclearError, run_again
    from local.stack.target import find_target
    from local.terminal.rerun import render_rerun
    from local.terminal.view import open_view

    with explained():
        target = find_target(stack)
        try:
            asked = Asked.of(target, campaign, key, kind, accept_quality=accept_quality, force=force)
        except UnclearError as error:
            stop(str(error), 2)
        view = open_view(Console(stderr=True))
        try:
            done = run_again(target, asked, view)
        finally:
            view.close()
    render_rerun(Console(), done)
    if not done.succeeded:
        raise typer.Exit(1)
