"""The commands that speak to a stack, the embedded one that `vf up` runs or one in AWS."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn
from rich.text import Text

from local.dead_letters.letter import Keeper
from local.file_key import UnclearKeyError, key_of
from local.terminal.console import explained, say, stop
from pipelines.keys import Kind

if TYPE_CHECKING:
    from steps.streaming.counting.changes import Tally

Stack = Annotated[str | None, typer.Option(help="A stack in AWS instead of the embedded one.")]
Replace = Annotated[
    bool, typer.Option("--replace", help="Withdraw the fans of the files before it who are not in it.")
]
_Campaign = Annotated[str | None, typer.Argument(help="A campaign's id; without it, all.")]
_Worker = Annotated[Keeper | None, typer.Option(help="Only what this one could not deliver.")]

dead_letters = typer.Typer(
    help="Look at what could not be delivered, and replay it. Shows keys, reasons and counts, never a row.",
    no_args_is_help=True,
)


def upload(
    file: Annotated[Path, typer.Argument(help="The CSV to upload.", dir_okay=False)],
    key: Annotated[str | None, typer.Option(help="Its S3 key; by default made of the file's name.")] = None,
    replace: Replace = False,
    stack: Stack = None,
) -> None:
    """Upload a score file, which starts its run."""
    from boto3.exceptions import S3UploadFailedError

    from local.stack.target import find_target
    from steps.shared.payloads import REPLACE

    if not file.is_file():
        stop(f"There is no file '{file}'.", 2)
    try:
        parsed = key_of(file, key)
    except UnclearKeyError as error:
        stop(str(error), 2)
    columns = (TextColumn("Uploading"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with explained(), Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        target = find_target(stack)
        task = progress.add_task("", total=file.stat().st_size)
        try:
            target.client("s3").upload_file(
                str(file),
                target.stack.bucket,
                parsed.key,
                ExtraArgs={"Metadata": {REPLACE: "true"}} if replace else None,
                Callback=lambda sent: progress.advance(task, sent),
            )
        except (S3UploadFailedError, OSError) as error:
            stop(f"'{file}' could not be uploaded: {error}", 1)
    named = f" --stack {stack}" if stack else ""
    typer.echo(
        f"Uploaded to s3://{target.stack.bucket}/{parsed.key}; see `vf status {parsed.campaign_id}{named}`."
    )


def status(
    campaign: Annotated[str | None, typer.Argument(help="A campaign's id; without it, all.")] = None,
    stack: Stack = None,
) -> None:
    """Show campaigns, their counts and their runs."""
    from local.stack.target import find_target
    from local.terminal.status import UnknownCampaignError, show_status

    with explained():
        try:
            show_status(find_target(stack), campaign, Console())
        except UnknownCampaignError as error:
            stop(str(error), 2)


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
    replace: Replace = False,
    stack: Stack = None,
) -> None:
    """Run a campaign again, from the file scored last or from one of its files.

    Ends with 1 where the run failed, was refused or was quarantined.
    """
    from local.rerun import UnclearError, order_of, run_again
    from local.stack.target import find_target
    from local.terminal.live_view import open_view
    from local.terminal.rerun import render_rerun

    with explained():
        target = find_target(stack)
        try:
            flags = {"acceptQuality": accept_quality, "force": force, "replace": replace}
            order = order_of(target, campaign, key, kind, **flags)
        except UnclearError as error:
            stop(str(error), 2)
        view = open_view(Console(stderr=True))
        try:
            done = run_again(target, order, view)
        finally:
            view.close()
    render_rerun(Console(), done)
    if not done.succeeded:
        raise typer.Exit(1)


def recount(
    campaign: Annotated[str, typer.Argument(help="The campaign's id.")],
    yes: Annotated[bool, typer.Option("--yes", help="Ask nothing.")] = False,
    stack: Stack = None,
) -> None:
    """Set a campaign's counts from its fans, after changes were lost uncounted; otherwise they are exact.

    Scans the whole table. Only for when nothing is being counted: see docs/operations.md.
    """
    from local.recount import MovingError, ask_for_look, set_counts
    from local.recount import recount as counted
    from local.stack.target import find_target

    with explained():
        target = find_target(stack)
        try:
            result = counted(target, campaign)
            typer.echo(f"stored  {_line(result.stored)}")
            typer.echo(f"found   {_line(result.found)}, of {result.fans:,} fans")
            if result.stored == result.found:
                # Also then: whoever set them may have come no further.
                ask_for_look(target, campaign)
                typer.echo("They are the same; nothing is to be set.")
                return
            if not yes:
                typer.confirm("Store what was found?", abort=True)
            set_counts(target, campaign, result)
            ask_for_look(target, campaign)
        except MovingError as error:
            stop(str(error), 1)
    typer.echo("Stored. The channel is told within minutes.")


def _line(tally: "Tally") -> str:
    return f"{tally.verified:,} verified, {tally.rejected:,} rejected, {tally.selected:,} selected"


@dead_letters.command("list")
def list_(campaign: _Campaign = None, worker: _Worker = None, stack: Stack = None) -> None:
    """Show what could not be delivered: documents, failed partitions, messages in queues."""
    from local.dead_letters.everything import gathered
    from local.stack.target import find_target
    from local.terminal.dead_letters import render_kept

    with explained(), gathered(find_target(stack), campaign, worker) as kept:
        render_kept(Console(), kept, campaign)


@dead_letters.command()
def replay(
    campaign: _Campaign = None,
    worker: _Worker = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Ask nothing.")] = False,
    stack: Stack = None,
) -> None:
    """Deliver the dead letters again. Safe to repeat; what is outdated changes nothing.

    Ends with 1 where something is still kept afterwards.
    """
    from local.dead_letters.everything import gathered, replay_all
    from local.stack.target import find_target
    from local.terminal.dead_letters import render_outcome, render_plan

    console = Console()
    with explained():
        target = find_target(stack)
        with gathered(target, campaign, worker) as kept:
            if dry_run or not kept or not yes:
                render_plan(console, kept, campaign)
            if dry_run or not kept:
                return
            if not yes:
                typer.confirm("Replay?", abort=True)
            done, said = replay_all(target, kept, partial(render_outcome, console))
        for sentence in said:
            say(console, Text(sentence))
    if not done:
        raise typer.Exit(1)
