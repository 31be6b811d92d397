"""`vf upload`."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

from local.file_key import UnclearKeyError, key_of
from local.terminal.exits import explained, stop


def upload(
    file: Annotated[Path, typer.Argument(help="The CSV to upload.", dir_okay=False)],
    key: Annotated[str | None, typer.Option(help="Its S3 key; by default made of the file's name.")] = None,
    stack: Annotated[str | None, typer.Option(help="A stack in AWS instead of the embedded one.")] = None,
) -> None:
    """Upload a score file, which starts its run."""
    from boto3.exceptions import S3UploadFailedError

    from local.stack.target import find_target

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
                str(file), target.stack.bucket, parsed.key, Callback=lambda sent: progress.advance(task, sent)
            )
        except (S3UploadFailedError, OSError) as error:
            stop(f"'{file}' could not be uploaded: {error}", 1)
    named = f" --stack {stack}" if stack else ""
    typer.echo(
        f"Uploaded to s3://{target.stack.bucket}/{parsed.key}; see `vf status {parsed.campaign_id}{named}`."
    )
