"""`vf check`."""

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from local.terminal.exits import stop


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
    from local.check.file import KEPT, CheckError, check_file
    from local.check.thresholds import ToleratedError, tolerated
    from local.terminal.check import render_check
    from local.terminal.progress import watching
    from pipelines.errors import InvalidFileError

    try:
        thresholds = tolerated(threshold or [])
        with watching(Console(stderr=True), file) as watcher:
            checked = check_file(file, key, out, watcher, thresholds=thresholds)
    except InvalidFileError as error:
        stop(f"{file}: {error}", 2)
    except (CheckError, ToleratedError) as error:
        stop(str(error), 2)
    if as_json:
        sys.stdout.write(checked.to_json() + "\n")
    else:
        render_check(Console(), checked, [out / name for name in KEPT] if out else [])
    if checked.quality.verdict == "failed":
        raise typer.Exit(1)
