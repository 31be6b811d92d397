"""What every `vf` command does alike.

It ends with a sentence where it cannot go on, prints no orders to a terminal, and moves only on one.
"""

import contextlib
import json
import sys
from collections.abc import Iterator
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, Task, TextColumn, TimeElapsedColumn
from rich.text import Text
from typer._click.exceptions import ClickException
from typer.core import TyperGroup

from local.check.result import READING, Told
from local.errors import UsageError, VfError
from pipelines.errors import PipelineError
from pipelines.keys import Kind

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout, also for a refusal.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would be done; change nothing.")]
Stack = Annotated[
    str | None, typer.Option(envvar="VF_STACK", help="A stack in AWS instead of the embedded one.")
]
Key = Annotated[str | None, typer.Option(help="Its S3 key; by default made from the file's name.")]
KindOf = Annotated[Kind | None, typer.Option(help="The kind of file; with --campaign, in place of --key.")]
Campaign = Annotated[str | None, typer.Option(help="The file's campaign; with --kind, in place of --key.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]
Wanted = Annotated[str, typer.Argument(metavar="RUN", help="A run's id, as `vf status` shows it.")]


class Commands(TyperGroup):
    """Commands that end alike: with a sentence on stderr and, given --json, an object on stdout as well."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Note whether JSON is wanted: a command that cannot be parsed must know it too."""
        ctx.obj = "--json" in args
        return super().parse_args(ctx, args)

    def invoke(self, ctx: Any) -> Any:
        """Carry out a command, or say why not."""
        try:
            return super().invoke(ctx)
        except (typer.Exit, typer.Abort):
            raise
        except Exception as error:
            name, message, code = _named(error)
            if ctx.obj:
                emit({"error": {"name": name, "message": message}})
            if code is None:
                raise
            tell(error)
            raise typer.Exit(code) from error


def tell(error: Exception) -> dict[str, str]:
    """Say on stderr why something cannot go on, and give it as JSON has it."""
    name, message, _ = _named(error)
    Console(stderr=True).print(message, style="red", markup=False, highlight=False, soft_wrap=True)
    return {"name": name, "message": message}


def _named(error: Exception) -> tuple[str, str, int | None]:
    """Give an error's name, its sentence, and how the command ends; None where others say it on stderr."""
    from boto3.exceptions import Boto3Error
    from botocore.exceptions import BotoCoreError, ClientError

    name = type(error).__name__.removesuffix("Error")
    if isinstance(error, VfError):
        return name, str(error), error.exit_code
    if isinstance(error, PipelineError):
        return error.code, str(error), 2
    if isinstance(error, BotoCoreError | Boto3Error | ClientError):
        code = error.response["Error"]["Code"] if isinstance(error, ClientError) else name
        return code, f"AWS refused the call: {error}", 1
    if isinstance(error, ClickException):
        return "Usage", error.format_message(), None
    return name, str(error), None


def emit(value: dict[str, Any]) -> None:
    """Print one JSON object on a line of stdout."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def expect_yes(yes: bool, as_json: bool) -> None:
    """Refuse to ask where nobody would see the question.

    Raises:
        UsageError: the answer is missing.
    """
    if as_json and not yes:
        raise UsageError("--json cannot ask for a confirmation: add --yes.")


def printable(text: str) -> str:
    """Replace each control character of a text: terminals take orders of them."""
    return "".join(
        character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text
    )


def say(console: Console, text: Text) -> None:
    """Print a line in one piece, so that keys, paths and addresses can be copied."""
    console.print(text, highlight=False, soft_wrap=True)


def may_move(console: Console) -> bool:
    """Whether a picture may move. FORCE_COLOR makes rich take a log for a terminal, too."""
    return console.is_interactive and console.file.isatty()


@contextlib.contextmanager
def watching(console: Console) -> Iterator[Told]:
    """Show what is going on while the context lasts, where the console is a terminal."""
    if not may_move(console):
        yield lambda _doing, _rows: None
        return
    columns = (SpinnerColumn(), TextColumn("{task.description:<8}"), _Rows(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task(READING, total=None)
        yield lambda doing, rows: progress.update(task, description=doing, completed=rows)


class _Rows(TextColumn):
    """Rows so far and, while they are read, rows a second; nothing before the first ones."""

    def __init__(self) -> None:
        super().__init__("")

    def render(self, task: Task) -> Text:
        if not task.completed:
            return Text()
        rate = f"  {task.speed:,.0f}/s" if task.speed and task.description == READING else ""
        return Text.assemble(f"{int(task.completed):,} rows", (rate, "magenta"))
