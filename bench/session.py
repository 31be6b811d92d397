"""What every command of `python -m bench` has: its files, its messages, and where its figures go."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console, RenderableType

from bench.files import Files, files
from bench.machine import machine
from bench.measured import ROOT, BenchError
from bench.page import NoMarksError, write_figures

Rounds = Annotated[int, typer.Option(min=1, help="Runs of each way; the median counts.")]
Write = Annotated[bool, typer.Option("--write", help="Put the figures into bench/README.md too.")]
PAGE = ROOT / "bench" / "README.md"


class Session:
    """One command's files, messages and result."""

    def __init__(self, files: Files, say: Callable[[str], None]) -> None:
        self.files = files
        self.say = say
        self._machine = machine()

    def show(self, section: str, *parts: RenderableType, write: bool, page: Path = PAGE) -> None:
        """Print tables and sentences; with `write` put them between the section's marks of the page."""
        console = Console()
        if not console.is_terminal:
            # In a pipe or a log nobody is there to widen the window.
            console = Console(width=150)
        console.print(self._machine, style="dim", soft_wrap=True)
        for part in parts:
            console.print()
            console.print(part)
        if write:
            write_figures(page, section, self._machine, parts)


@contextmanager
def session() -> Iterator[Session]:
    """Lead a command from its start to its end; what went wrong is said in red, with exit code 1."""
    progress = Console(stderr=True)
    try:
        with files() as made, progress.status("Starting") as status:

            def say(text: str) -> None:
                status.update(text)
                if not progress.is_terminal:
                    progress.print(text, style="dim", soft_wrap=True)

            yield Session(made, say)
    except (BenchError, NoMarksError) as error:
        progress.print(str(error), style="red", markup=False, soft_wrap=True)
        raise typer.Exit(1) from None
