"""`vf demo`."""

import sys
import tempfile
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from local.stack.chaos.redelivery import Chaos
from local.terminal.commands.sample import DEFAULT_SEED
from local.terminal.exits import stop


def demo(
    file: Annotated[Path | None, typer.Option(help="A CSV of your own, with --key.", dir_okay=False)] = None,
    key: Annotated[str | None, typer.Option(help="The S3 key that FILE goes to.")] = None,
    rows: Annotated[int | None, typer.Option(min=1, help="Generate so many rows of each kind.")] = None,
    seed: Annotated[int, typer.Option(help="Seed of the generated rows.")] = DEFAULT_SEED,
    chaos: Annotated[
        Chaos | None,
        typer.Option(
            help="Deliver every batch twice, cut differently; or let calls to AWS and services fail."
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    """Do the whole job on an embedded AWS: from the upload to the Slack message.

    On a scrubbed file and a fanlist side by side, or on FILE alone, whose kind KEY decides.
    """
    from local.demo import DemoError, uploads_of
    from local.job import JobError, run_job
    from local.stack.chaos.job import what_chaos_did
    from local.stack.deploy import DeploymentError
    from local.stack.embedded import EmbeddedAwsError
    from local.terminal.summary import render_summary
    from local.terminal.view import open_view

    human = Console(stderr=as_json)
    with tempfile.TemporaryDirectory(prefix="vf-demo-") as folder:
        try:
            uploads = uploads_of(file, key, rows, seed, Path(folder))
        except DemoError as error:
            stop(str(error), 2)
        view = open_view(human)
        try:
            result = run_job(uploads, view, chaos)
        except (JobError, EmbeddedAwsError, DeploymentError) as error:
            view.close()
            stop(str(error), 1)
        finally:
            view.close()
    render_summary(human, result)
    if chaos is not None:
        human.print(what_chaos_did(result), highlight=False)
    if as_json:
        sys.stdout.write(result.to_json() + "\n")
    if not result.succeeded:
        raise typer.Exit(1)
