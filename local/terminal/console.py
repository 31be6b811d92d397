"""What every `vf` command does alike.

It ends with a sentence where it cannot go on, prints no orders to a terminal, and moves only on one.
"""

import contextlib
from collections.abc import Iterator
from typing import NoReturn

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, Task, TextColumn, TimeElapsedColumn
from rich.text import Text

from local.check.result import READING, Told


def stop(message: str, code: int) -> NoReturn:
    """End the command."""
    Console(stderr=True).print(message, style="red", markup=False, highlight=False, soft_wrap=True)
    raise typer.Exit(code)


@contextlib.contextmanager
def explained() -> Iterator[None]:
    """End the command with a sentence where there is no stack, or AWS refuses something."""
    from botocore.exceptions import BotoCoreError, ClientError

    from local.stack.target import NoStackError

    try:
        yield
    except NoStackError as error:
        stop(str(error), 2)
    except (BotoCoreError, ClientError) as error:
        stop(f"AWS did not do what was asked: {error}", 1)


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
