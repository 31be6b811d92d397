"""`vf sample`."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from local.terminal.exits import stop
from pipelines.keys import Kind

DEFAULT_SEED = 1


def sample(
    kind: Annotated[Kind, typer.Option(help="Which of the two files.")],
    rows: Annotated[int, typer.Option(min=1, help="Rows to write.")],
    out: Annotated[Path, typer.Option(help="Where to; a name that ends in .gz is compressed.")],
    campaign: Annotated[str | None, typer.Option(help="The campaign's id that rows and key name.")] = None,
    seed: Annotated[int, typer.Option(help="Same seed, same bytes.")] = DEFAULT_SEED,
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
                kind, rows, seed, out, campaign, progress=lambda done: progress.update(task, completed=done)
            )
        except (SampleError, OSError) as error:
            stop(str(error), 2)
    typer.echo(f"{written.rows:,} rows, {written.invalid:,} of them to be rejected, in {out}")
    typer.echo(f"It goes to the key {written.key}")
