"""What every command of `python -m bench` has: its files, its messages, and where its figures go."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console, RenderableType

from bench.files import Files, NoRoomError, files
from bench.machine import Machine
from bench.report import NoMarksError, write_figures
from bench.rounds import ROOT, ContestantError
from local.deploy import DeploymentError
from local.embedded import EmbeddedAwsError
from local.job import JobError
from local.packaging import PackagingError

Say = Callable[[str], None]
Rounds = Annotated[int, typer.Option(min=1, help="Runs of each contestant; the median counts.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")]
Write = Annotated[bool, typer.Option("--write", help="Put the figures into docs/performance.md too.")]

_PAGE = ROOT / "docs" / "performance.md"
_FAILURES = (
    ContestantError,
    NoRoomError,
    NoMarksError,
    JobError,
    EmbeddedAwsError,
    DeploymentError,
    PackagingError,
)


class Session:
    """One command's files, messages and result."""

    def __init__(self, files: Files, console: Console, say: Say, machine: Machine, *, as_json: bool) -> None:
        self.files = files
        self.say = say
        self._console = console
        self._machine = machine
        self._as_json = as_json

    def write(self, section: str, *parts: RenderableType, page: Path = _PAGE) -> None:
        """Puts tables into a page, the one on performance if none is given."""
        write_figures(page, section, self._machine.line(), parts)

    def show(self, *parts: RenderableType, **wire: Any) -> None:
        """Prints tables for a person, or the figures as JSON."""
        if self._as_json:
            sys.stdout.write(json.dumps({"machine": self._machine.wire(), **wire}) + "\n")
            return
        self._console.print(self._machine.line(), style="dim", soft_wrap=True)
        for part in parts:
            self._console.print()
            self._console.print(part)


@contextmanager
def session(*, as_json: bool) -> Iterator[Session]:
    """A command from its start to its end; what went wrong is said in red, with exit code 1."""
    console = Console(stderr=as_json)
    if not console.is_terminal:
        # In a pipe or a log nobody is there to widen the window.
        console = Console(stderr=as_json, width=150)
    machine = Machine.look()
    progress = Console(stderr=True)
    said = ""
    try:
        with files() as made, progress.status("Starting") as status:

            def say(text: str) -> None:
                nonlocal said
                status.update(text)
                if text != said and not progress.is_terminal:
                    progress.print(text, style="dim", soft_wrap=True)
                said = text

            yield Session(made, console, say, machine, as_json=as_json)
    except _FAILURES as error:
        Console(stderr=True).print(str(error), style="red", markup=False, soft_wrap=True)
        raise typer.Exit(1) from None
