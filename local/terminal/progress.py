"""How far a check has come, on a terminal's stderr; nowhere else."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, Task, TextColumn, TimeElapsedColumn
from rich.text import Text

from local.check.file import READING, Told


@contextmanager
def watching(console: Console) -> Iterator[Told]:
    """Show what is going on while the context lasts, where the console is a terminal."""
    # FORCE_COLOR makes rich believe in a terminal; in a log, its moving picture would be noise.
    if not (console.is_interactive and console.file.isatty()):
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
