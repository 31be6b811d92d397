"""The `vf` command.

Exit codes: 0 done; 1 the job ran and failed, or a gate refused; 2 bad usage or bad input.
"""

import signal
import sys
import tempfile
import time
from enum import StrEnum
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

from local.aside.commands import app as aside_app
from local.exits import stop as _stop
from local.recount_command import recount
from local.redelivery import Chaos
from local.rerun_command import rerun
from pipelines.errors import InvalidKeyError

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
_DEFAULT_SEED = 1


class SampleKind(StrEnum):
    """The two kinds of score files."""

    scrubbed = "scrubbed"
    fanlist = "fanlist"


def _say_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"vf {version('verified-fan-score-pipelines')}")
        raise typer.Exit


@app.callback()
def vf(
    _version: Annotated[
        bool, typer.Option("--version", callback=_say_version, is_eager=True, help="Say the version.")
    ] = False,
) -> None:
    """Verified-fan score pipelines: try the whole system on this machine, make samples, look at a stack."""


@app.command()
def demo(
    file: Annotated[Path | None, typer.Option(help="A CSV of your own, with --key.", dir_okay=False)] = None,
    key: Annotated[str | None, typer.Option(help="The S3 key that FILE goes to.")] = None,
    rows: Annotated[int | None, typer.Option(min=1, help="Generate so many rows of each kind.")] = None,
    seed: Annotated[int, typer.Option(help="Seed of the generated rows.")] = _DEFAULT_SEED,
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
    from local.chaos import what_chaos_did
    from local.demo import DemoError, uploads_of
    from local.deploy import DeploymentError
    from local.embedded import EmbeddedAwsError
    from local.job import JobError, run_job
    from local.summary import render_summary
    from local.view import open_view

    human = Console(stderr=as_json)
    with tempfile.TemporaryDirectory(prefix="vf-demo-") as folder:
        try:
            uploads = uploads_of(file, key, rows, seed, Path(folder))
        except DemoError as error:
            _stop(str(error), 2)
        view = open_view(human)
        try:
            result = run_job(uploads, view, chaos)
        except (JobError, EmbeddedAwsError, DeploymentError) as error:
            view.close()
            _stop(str(error), 1)
        finally:
            view.close()
    render_summary(human, result)
    if chaos is not None:
        human.print(what_chaos_did(result), highlight=False)
    if as_json:
        sys.stdout.write(result.to_json() + "\n")
    if not result.succeeded:
        raise typer.Exit(1)


@app.command()
def check(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The CSV, or .csv.gz, to check.")],
    key: Annotated[
        str | None, typer.Option(help="The S3 key that it goes to; by default made of its name.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Keep records, rejected rows and summary here.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
    threshold: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=VALUE",
            help="Another threshold of the gate, named as the template's parameter: ValidShareCritical=0.8.",
        ),
    ] = None,
) -> None:
    """Say what the pipeline would make of a score file, before an upload and without any AWS.

    Ends with 1 where the quality gate would refuse the file, with 2 where the file cannot be read at all.
    Records that are kept carry 'check' as their runId, so that the same file gives the same bytes.
    """
    from local.check import KEPT, CheckError, check_file
    from local.check_progress import watching
    from local.check_report import render_check
    from local.tolerated import ToleratedError, tolerated
    from pipelines.errors import InvalidFileError

    try:
        thresholds = tolerated(threshold or [])
        with watching(Console(stderr=True), file) as watcher:
            checked = check_file(file, key, out, watcher, thresholds=thresholds)
    except InvalidFileError as error:
        _stop(f"{file}: {error}", 2)
    except (CheckError, ToleratedError) as error:
        _stop(str(error), 2)
    if as_json:
        sys.stdout.write(checked.to_json() + "\n")
    else:
        render_check(Console(), checked, [out / name for name in KEPT] if out else [])
    if checked.quality.verdict == "failed":
        raise typer.Exit(1)


@app.command()
def sample(
    kind: Annotated[SampleKind, typer.Option(help="Which of the two files.")],
    rows: Annotated[int, typer.Option(min=1, help="Rows to write.")],
    out: Annotated[Path, typer.Option(help="Where to; a name that ends in .gz is compressed.")],
    seed: Annotated[int, typer.Option(help="Same seed, same bytes.")] = _DEFAULT_SEED,
) -> None:
    """Write realistic input, some of its rows bad in every way that the contract names."""
    from local.sample import SampleError, generate

    with Progress(
        TextColumn("Writing"),
        BarColumn(),
        TextColumn("{task.completed:,}/{task.total:,} rows"),
        console=Console(stderr=True),
        transient=True,
    ) as progress:
        task = progress.add_task("", total=rows)
        try:
            written = generate(
                kind.value, rows, seed, out, progress=lambda done: progress.update(task, completed=done)
            )
        except (SampleError, OSError) as error:
            _stop(str(error), 2)
    typer.echo(f"{written.rows:,} rows, {written.invalid:,} of them to be rejected, in {out}")
    typer.echo(f"It goes to the key {written.key}")


@app.command()
def up() -> None:
    """Run the embedded stack until Ctrl-C, for `vf upload` and `vf status` in another terminal."""
    from local.embedded import CREDENTIALS, REGION
    from local.laptop import laptop
    from local.target import announced

    console = Console(highlight=False, soft_wrap=True)
    console.print("Starting the embedded AWS ...")
    with laptop() as system, announced(system):
        console.print(f"Stack '{system.stack.name}' stands after {system.seconds:.1f} s. Ctrl-C ends it.\n")
        console.print("  In another terminal: vf upload FILE --key KEY; vf status. Or with any AWS tool:")
        for name, value in {
            "AWS_ENDPOINT_URL": system.aws.endpoint,
            "AWS_ACCESS_KEY_ID": CREDENTIALS["aws_access_key_id"],
            "AWS_SECRET_ACCESS_KEY": CREDENTIALS["aws_secret_access_key"],
            "AWS_DEFAULT_REGION": REGION,
        }.items():
            console.print(f"    export {name}={value}")
        console.print(f"\n  Bucket   {system.stack.bucket}")
        console.print(f"  Table    {system.stack.table}")
        for arn in system.stack.state_machines.values():
            console.print(f"  Machine  {arn}")
        console.print(f"  Log      {system.aws.log_path}\n")
        said = 0
        try:
            while True:
                posts = list(system.stand_ins.slack.posts)
                for text in posts[said:]:
                    console.print(f"  Slack: {text}", markup=False)
                said = len(posts)
                time.sleep(0.5)
        except KeyboardInterrupt:
            console.print("Stopping.")


@app.command()
def upload(
    file: Annotated[Path, typer.Argument(help="The CSV to upload.", dir_okay=False)],
    key: Annotated[str | None, typer.Option(help="Its S3 key; by default made of the file's name.")] = None,
    stack: Annotated[str | None, typer.Option(help="A stack in AWS instead of the embedded one.")] = None,
) -> None:
    """Upload a score file, which starts its run."""
    from botocore.exceptions import BotoCoreError, ClientError

    from local.target import NoStackError, find_target
    from pipelines.keys import parse_key

    if not file.is_file():
        _stop(f"There is no file '{file}'.", 2)
    try:
        parsed = parse_key(key or f"scrubbed/{file.name}")
        target = find_target(stack)
    except InvalidKeyError as error:
        hint = "" if key else " A fanlist, or a file of another name, needs --key."
        _stop(f"{error}{hint}", 2)
    except NoStackError as error:
        _stop(str(error), 2)
    columns = (TextColumn("Uploading"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("", total=file.stat().st_size)
        try:
            target.client("s3").upload_file(
                str(file), target.stack.bucket, parsed.key, Callback=lambda sent: progress.advance(task, sent)
            )
        except (BotoCoreError, ClientError, OSError) as error:
            _stop(f"'{file}' could not be uploaded: {error}", 1)
    typer.echo(f"Uploaded to s3://{target.stack.bucket}/{parsed.key}; see `vf status {parsed.campaign_id}`.")


@app.command()
def status(
    campaign: Annotated[str | None, typer.Argument(help="A campaign's id; without it, all.")] = None,
    stack: Annotated[str | None, typer.Option(help="A stack in AWS instead of the embedded one.")] = None,
) -> None:
    """Show campaigns, their counts and their runs."""
    from local.status import UnknownCampaignError, show_status
    from local.target import NoStackError, find_target

    try:
        show_status(find_target(stack), campaign, Console())
    except (NoStackError, UnknownCampaignError) as error:
        _stop(str(error), 2)


app.command()(rerun)
app.command()(recount)
app.add_typer(aside_app, name="aside")


def main() -> None:
    """Entry point. A terminated command unwinds like an interrupted one, so that nothing is left behind."""
    for sign in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(sign, lambda number, _: sys.exit(128 + number))
    app()
