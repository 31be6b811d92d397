"""The commands that change a stack, the embedded one that `vf up` runs or one in AWS."""

from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

from local.errors import UsageError
from local.file_key import key_of, made_key
from local.terminal.console import AsJson, Campaign, Key, KindOf, Stack, Yes, emit, expect_yes
from local.terminal.view import open_view
from pipelines.keys import Kind
from steps.shared.payloads import REPLACE

if TYPE_CHECKING:
    from local.stack.target import Target
    from steps.streaming.counting.changes import Tally

_REPLACE = "Withdraw the fans of earlier files who are not in this one."
_Replace = Annotated[bool, typer.Option("--replace", help=_REPLACE)]
_VERDICT_SECONDS = 120.0


def upload(  # noqa: PLR0913, PLR0917 (each option is one)
    file: Annotated[Path, typer.Argument(help="The CSV to upload.", dir_okay=False)],
    key: Key = None,
    kind: KindOf = None,
    campaign: Campaign = None,
    check: Annotated[
        bool, typer.Option("--check", help="Check the file first; upload it only if it would pass.")
    ] = False,
    wait: Annotated[bool, typer.Option("--wait", help="Watch the run until its verdict.")] = False,
    replace: _Replace = False,
    as_json: AsJson = False,
    stack: Stack = None,
) -> None:
    """Upload a score file, which starts its run.

    Ends with 1 where the file would be quarantined, or where the run it waits for was not published.
    """
    from local.rerun import watched
    from local.stack.target import find_target
    from local.terminal.check import checked_first
    from local.terminal.rerun import render_rerun
    from local.watch import RunWatch, execution_of, executions_of

    if not file.is_file():
        raise UsageError(f"There is no file '{file}'.")
    parsed = key_of(file, made_key(file, key, kind, campaign))
    target = find_target(stack)
    bucket, campaign_id = target.stack.bucket, parsed.campaign_id
    said: dict[str, Any] = {"bucket": bucket, "key": parsed.key, "campaignId": campaign_id}
    if check:
        said["check"] = checked_first(file, parsed.key, None if as_json else Console()).wire()
    known = executions_of(target) if wait else ()
    before = target.counts(campaign_id)
    _send(target, file, parsed.key, replace=replace)
    if not as_json:
        named = f" --stack {stack}" if stack else ""
        see = "" if wait else f"; see `vf status {campaign_id}{named}`"
        typer.echo(f"Uploaded to s3://{bucket}/{parsed.key}{see}.")
    if not wait:
        if as_json:
            emit(said)
        return
    with closing(open_view(Console(stderr=True))) as view:
        watch = RunWatch(target, execution_of(target, parsed.key, known), campaign_id, scans=False)
        done = watched(watch, before, view, _VERDICT_SECONDS)
    emit(said | done.wire()) if as_json else render_rerun(Console(), done)
    if not done.succeeded:
        raise typer.Exit(1)


def _send(target: "Target", file: Path, key: str, *, replace: bool) -> None:
    columns = (TextColumn("Uploading"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("", total=file.stat().st_size)
        target.client("s3").upload_file(
            str(file),
            target.stack.bucket,
            key,
            ExtraArgs={"Metadata": {REPLACE: "true"}} if replace else None,
            Callback=lambda sent: progress.advance(task, sent),
        )


def rerun(
    campaign: Annotated[str, typer.Argument(help="The campaign's id.")],
    key: Annotated[
        str | None, typer.Option(help="The file's S3 key; by default the file scored last.")
    ] = None,
    kind: Annotated[Kind | None, typer.Option(help="The kind of file, if the campaign has both.")] = None,
    accept_quality: Annotated[
        bool, typer.Option("--accept-quality", help="Publish although the quality gate failed.")
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Publish a file older than the newest run, as if scored now.")
    ] = False,
    replace: Annotated[
        bool | None,
        typer.Option("--replace/--no-replace", help=f"{_REPLACE} By default as the file's upload said."),
    ] = None,
    as_json: AsJson = False,
    stack: Stack = None,
) -> None:
    """Run a campaign again, from the file scored last or from one of its files.

    Ends with 1 where the run was quarantined, was refused or failed.
    """
    from local.rerun import order_of, run_again
    from local.stack.target import find_target
    from local.terminal.rerun import render_rerun

    target = find_target(stack)
    flags = {"acceptQuality": accept_quality or None, "force": force or None, "replace": replace}
    meant, given = order_of(target, campaign, key, kind, **flags)
    with closing(open_view(Console(stderr=True))) as view:
        done = run_again(target, campaign, meant, given, view)
    emit(done.wire()) if as_json else render_rerun(Console(), done)
    if not done.succeeded:
        raise typer.Exit(1)


def recount(
    campaign: Annotated[str, typer.Argument(help="The campaign's id.")],
    yes: Yes = False,
    as_json: AsJson = False,
    stack: Stack = None,
) -> None:
    """Recompute a campaign's counts from the table, if changes were lost before they were counted.

    Scans the whole table. Use it only while nothing is being counted: see docs/operations.md.
    """
    from local.recount import ask_for_look, set_counts
    from local.recount import recount as counted
    from local.stack.target import find_target

    expect_yes(yes, as_json)
    target = find_target(stack)
    result = counted(target, campaign)
    same = result.stored == result.found
    if not as_json:
        typer.echo(f"stored  {_line(result.stored)}")
        typer.echo(f"found   {_line(result.found)}, of {result.fans:,} fans")
    if not same:
        if not yes:
            typer.confirm("Store what was found?", abort=True)
        set_counts(target, campaign, result)
    # Also where they are the same: whoever set them may have come no further.
    ask_for_look(target, campaign)
    if as_json:
        emit(asdict(result) | {"changed": not same})
        return
    typer.echo(
        "They are the same: nothing to change." if same else "Stored. The channel is told within minutes."
    )


def _line(tally: "Tally") -> str:
    return f"{tally.verified:,} verified, {tally.rejected:,} rejected, {tally.selected:,} selected"
