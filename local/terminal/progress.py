"""How far a check has come, on a terminal's stderr; nowhere else."""

import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, Task, TextColumn, TimeElapsedColumn
from rich.text import Text

from local.check.file import Watcher

_SAMPLE_BYTES = 1 << 20
# From this share of the estimated rows on, what is left to do is merging them, which tells no progress.
_NEARLY_ALL = 0.97
_READING = "Reading"


class _Rows(TextColumn):
    """Rows so far and rows a second."""

    def __init__(self) -> None:
        super().__init__("")

    def render(self, task: Task) -> Text:
        """Nothing before the first rows."""
        if not task.completed:
            return Text()
        rate = f"  {task.speed:,.0f}/s" if task.speed and task.description == _READING else ""
        return Text.assemble(f"{int(task.completed):,} rows", (rate, "magenta"))


class _Bar:
    """A `local.check.file.Watcher` that draws."""

    def __init__(self, progress: Progress, rows: int | None) -> None:
        self._progress = progress
        self._rows = rows
        self._task = progress.add_task(_READING, total=rows)

    def prepared(self, rows: int) -> None:
        """Move the bar; behind the last rows it only says that there is something to do."""
        if self._rows is None or rows < self._rows * _NEARLY_ALL:
            self._progress.update(self._task, completed=rows)
        else:
            self._progress.update(self._task, completed=rows, total=None, description="Merging")

    def checking(self) -> None:
        """Says what the seconds at the end are for."""
        self._progress.update(self._task, total=None, description="Checking")


class Silence:
    """A `local.check.file.Watcher` that says nothing."""

    def prepared(self, rows: int) -> None:
        """Nothing."""

    def checking(self) -> None:
        """Nothing."""


@contextmanager
def watching(console: Console, file: Path) -> Iterator[Watcher]:
    """Give a bar over the rows of a file while the context lasts, where the console is a terminal."""
    # FORCE_COLOR makes rich believe in a terminal; in a log, its moving picture would be noise.
    if not (console.is_interactive and console.file.isatty()):
        yield Silence()
        return
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description:<8}"),
        BarColumn(30),
        _Rows(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        yield _Bar(progress, estimated_rows(file))


def estimated_rows(file: Path) -> int | None:
    """About how many rows a file has, by the lines at its beginning; None where that tells nothing."""
    if not file.is_file():  # to open a pipe would be to wait for it
        return None
    try:
        with file.open("rb") as stored:
            is_gzip = stored.read(2) == b"\x1f\x8b"
            stored.seek(0)
            sample = (
                gzip.GzipFile(fileobj=stored).read(_SAMPLE_BYTES) if is_gzip else stored.read(_SAMPLE_BYTES)
            )
            share = stored.tell() / file.stat().st_size
    except (OSError, EOFError, zlib.error, ZeroDivisionError):
        return None
    return round(sample.count(b"\n") / share) or None
