"""The commands that need nothing but this machine: `vf demo`, `vf check`, `vf sample`, `vf up`."""

import time
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic.alias_generators import to_camel
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from local.errors import UsageError, VfError
from local.stack.chaos.redelivery import Chaos
from local.terminal.console import AsJson, Campaign, Key, KindOf, emit, tell
from local.terminal.view import open_view
from pipelines.errors import PipelineError
from pipelines.keys import Kind, ScoreFileKey, parse_key

DEFAULT_SEED = 1
_KINDS: tuple[Kind, ...] = ("scrubbed", "fanlist")


def demo(
    file: Annotated[Path | None, typer.Option(help="Your own CSV; needs --key.", dir_okay=False)] = None,
    key: Annotated[str | None, typer.Option(help="The S3 key to upload FILE to.")] = None,
    rows: Annotated[int | None, typer.Option(min=1, help="Generate this many rows of each kind.")] = None,
    seed: Annotated[int, typer.Option(help="Seed of the generated rows.")] = DEFAULT_SEED,
    chaos: Annotated[
        Chaos | None,
        typer.Option(
            help="redeliver: deliver every batch twice. faults: make calls to AWS and the services fail."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Do the whole job on an embedded AWS: from the upload to the Slack message.

    Runs a scrubbed file and a fanlist side by side, or FILE alone; KEY decides its kind.
    """
    from local.job import run_job
    from local.terminal.summary import render_summary, what_chaos_did
    from pipelines.scratch import scratch_folder

    human = Console(stderr=as_json)
    with scratch_folder("vf-demo-") as folder:
        uploads = _uploads(file, key, rows, seed, folder)
        with closing(open_view(human)) as view:
            result = run_job(uploads, view, chaos)
    render_summary(human, result)
    if chaos is not None:
        human.print(what_chaos_did(result), highlight=False)
    if as_json:
        emit(result.wire())
    if not result.succeeded:
        raise typer.Exit(1)


def _uploads(
    file: Path | None, key: str | None, rows: int | None, seed: int, folder: Path
) -> dict[Path, ScoreFileKey]:
    """Say what the arguments ask for: both samples, both kinds generated into `folder`, or one file."""
    from local.sample.generate import generate, suggested_key
    from local.stack.packaging import ROOT

    if (file is None) != (key is None):
        raise UsageError("--file and --key go together: the file, and the S3 key it is uploaded to.")
    if file is not None and rows is not None:
        raise UsageError("--rows generates files and --file names one: give only one of them.")
    if file is not None and key is not None:
        if not file.is_file():
            raise UsageError(f"There is no file '{file}'.")
        return {file: parse_key(key)}
    if rows is not None:
        made = [generate(kind, rows, seed, folder / f"{kind}.csv") for kind in _KINDS]
        return {sample.path: parse_key(sample.key) for sample in made}
    samples = ROOT / "samples"
    return {samples / f"{kind}.csv": parse_key(suggested_key(kind)) for kind in _KINDS}


def check(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE...", help="CSV files, or .csv.gz; - reads stdin.")
    ],
    key: Key = None,
    kind: KindOf = None,
    campaign: Campaign = None,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Keep records, rejected rows and summary here.")
    ] = None,
    against: Annotated[
        Path | None,
        typer.Option(
            metavar="OLD", help="An older file of the campaign: say which fans are new, gone or changed."
        ),
    ] = None,
    as_json: AsJson = False,
    threshold: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=VALUE",
            help="Change a threshold of the gate, by its parameter's name: ValidShareCritical=0.8.",
        ),
    ] = None,
) -> None:
    """Say what the pipeline would make of score files, before an upload and without any AWS.

    Ends with 1 where a file would be quarantined, with 2 where one would be refused or cannot be read.

    With --out the records have the runId 'check'. Each of several files has a folder of its name in DIR.
    """
    from local.check.file import CHANGES, KEPT
    from local.check.result import tolerated
    from local.terminal.check import checked_file, render_check

    thresholds, several = tolerated(threshold or []), len(files) > 1
    if several and key is not None:
        raise UsageError("--key is for one file: for several files give --kind and --campaign.")
    code, found = 0, list[dict[str, Any]]()
    for file in files:
        kept = out / file.name if out and several else out
        try:
            checked = checked_file(file, key, kind, campaign, kept, against, thresholds)
        except (VfError, PipelineError) as error:
            if not several:
                raise
            code = 2
            found.append({"file": {"name": str(file)}, "error": tell(error)})
            continue
        code = max(code, int(checked.facts.verdict == "failed"))
        found.append(checked.wire())
        if not as_json:
            names = (*KEPT, CHANGES) if against else KEPT
            render_check(Console(), checked, [kept / name for name in names] if kept else [])
    if as_json:
        emit({"files": found} if several else found[0])
    if code:
        raise typer.Exit(code)


def sample(
    kind: Annotated[Kind, typer.Option(help="The kind of file.")],
    rows: Annotated[int, typer.Option(min=1, help="Rows to write.")],
    out: Annotated[Path, typer.Option(help="The file to write; compressed if its name ends in .gz.")],
    campaign: Annotated[
        str | None, typer.Option(help="The campaign's id in the rows and in the key.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Same seed, same bytes.")] = DEFAULT_SEED,
    as_json: AsJson = False,
) -> None:
    """Write realistic input; some rows are bad, for every reason in the contract but a totals row."""
    from local.sample.generate import generate

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
                kind, rows, seed, out, campaign, progress=lambda done: progress.update(task, completed=done)
            )
        except OSError as error:
            raise UsageError(str(error)) from error
    if as_json:
        emit({to_camel(name): value for name, value in asdict(written).items()} | {"path": str(out)})
        return
    typer.echo(f"{written.rows:,} rows, {written.invalid:,} of them will be rejected, in {out}")
    typer.echo(f"Its key: {written.key}")


def up(as_json: AsJson = False) -> None:
    """Run the embedded stack until Ctrl-C, for `vf upload` and `vf status` in another terminal."""
    from local.stack.embedded import CREDENTIALS, REGION
    from local.stack.laptop import laptop
    from local.stack.target import announced

    console = Console(highlight=False, soft_wrap=True, stderr=as_json)
    console.print("Starting the embedded AWS ...")
    with laptop() as system, announced(system.target):
        console.print(
            f"Stack '{system.stack.name}' is ready after {system.seconds:.1f} s. Ctrl-C stops it.\n"
        )
        console.print("  In another terminal: vf upload FILE --key KEY; vf status. Or with any AWS tool:")
        environment = {
            "AWS_ENDPOINT_URL": system.aws.endpoint,
            "AWS_ACCESS_KEY_ID": CREDENTIALS["aws_access_key_id"],
            "AWS_SECRET_ACCESS_KEY": CREDENTIALS["aws_secret_access_key"],
            "AWS_DEFAULT_REGION": REGION,
        }
        for name, value in environment.items():
            console.print(f"    export {name}={value}")
        if as_json:
            emit({"stack": system.stack.name, "bucket": system.stack.bucket, "environment": environment})
        console.print(f"\n  Bucket   {system.stack.bucket}")
        console.print(f"  Table    {system.stack.table}")
        for arn in system.stack.state_machines.values():
            console.print(f"  Machine  {arn}")
        console.print(f"  Log      {system.aws.log_path}\n")
        said = 0
        try:
            while True:
                posts = list(system.fakes.slack.posts)
                for text in posts[said:]:
                    console.print(f"  Slack: {text}", markup=False)
                said = len(posts)
                time.sleep(0.5)
        except KeyboardInterrupt:
            console.print("Stopping.")
