"""The moving picture on a terminal: a panel for each run with its states and its bars."""

import threading
import time
from collections.abc import Iterator

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.panel import Panel
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TaskID
from rich.spinner import Spinner
from rich.table import Column, Table
from rich.text import Text

from local.terminal.view import BARS, MARKS, STATES, Status, is_news

_STYLES: dict[Status, str] = {"pending": "dim", "running": "bold cyan", "done": "green", "failed": "bold red"}
# Inner widths from which on there is room for the counts, and for rate and time.
_WITH_COUNTS = 44
_WITH_RATES = 60
_MAX_WIDTH = 120
_MEASURABLE_SECONDS = 0.5
_REFRESH_PER_SECOND = 10


class LiveView:
    """Rich's Live over all runs. Notes scroll by above it; the latest one stands beside the spinner."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._started = time.monotonic()
        self._lock = threading.RLock()
        self._runs: dict[str, _RunPanel] = {}
        self._note = "Starting"
        self._closed = False
        self._spinner = Spinner("dots", style="cyan")
        self._live = Live(
            console=console,
            get_renderable=self.picture,
            refresh_per_second=_REFRESH_PER_SECOND,
        )
        self._live.start()

    def deployed(self, stack: str, endpoint: str, seconds: float) -> None:
        """A line that stays above the picture."""
        line = Text.assemble(
            ("✔ ", "green"), "Deployed ", (stack, "bold"), f" to {endpoint} in {seconds:.1f} s"
        )
        self._console.print(line)
        with self._lock:
            self._note = ""

    def state(self, run_label: str, state_name: str, status: Status) -> None:
        """Sets a mark; states that are no news (`is_news`) have none."""
        with self._lock:
            run = self._run(run_label)
            if is_news(state_name, status):
                run.states[state_name] = status

    def progress(self, run_label: str, name: str, done: int, total: int | None) -> None:
        """Moves a bar."""
        with self._lock:
            self._run(run_label).bars.move(name, done, total)

    def note(self, text: str) -> None:
        """Shows what is being done or waited for, beside the spinner."""
        with self._lock:
            self._note = text

    def close(self) -> None:
        """Draws the last picture, without the spinner, and gives the terminal back."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
        self._live.stop()

    def picture(self) -> RenderableType:
        """What stands on the terminal at this moment."""
        with self._lock:
            width = min(self._console.width, _MAX_WIDTH)
            parts: list[RenderableType] = [run.panel(width) for run in self._runs.values()]
            if not self._closed:
                parts.append(self._status_line(width))
            return Group(*parts)

    def _status_line(self, width: int) -> RenderableType:
        elapsed = Text(_clock(time.monotonic() - self._started), style="dim")
        line = Table.grid(padding=(0, 1), expand=False)
        line.width = width
        line.add_column(width=1)
        line.add_column(ratio=1, no_wrap=True, overflow="ellipsis")
        line.add_column(justify="right", no_wrap=True)
        line.add_row(self._spinner, Text(self._note or "Working"), elapsed)
        return line

    def _run(self, label: str) -> "_RunPanel":
        return self._runs.setdefault(label, _RunPanel(label, self._console))


class _RunPanel:
    """One run: its states with their marks, and its bars."""

    def __init__(self, label: str, console: Console) -> None:
        self._label = label
        self.states: dict[str, Status] = dict.fromkeys(STATES, "pending")
        self.bars = _Bars(console)

    def panel(self, width: int) -> Panel:
        """The panel, no wider than `width`; a narrow one drops the rates, then the counts."""
        parts: list[RenderableType] = [self._states_row(width - 4)]
        if self.bars.any:
            parts += [Text(), self.bars.table(width - 4)]
        return Panel(
            Group(*parts),
            title=Text(self._label, style="bold"),
            title_align="left",
            border_style=self._border,
            padding=(0, 1),
            width=width,
        )

    @property
    def _border(self) -> str:
        statuses = set(self.states.values())
        if "failed" in statuses:
            return "red"
        finished = self.states["Finish"] == "done" and self.bars.all_finished
        return "green" if finished or "AlreadyProcessed" in self.states else "cyan"

    def _states_row(self, width: int) -> RenderableType:
        cells = [
            Text(f"{MARKS[status]} {name}", style=_STYLES[status], no_wrap=True)
            for name, status in self.states.items()
        ]
        if sum(cell.cell_len for cell in cells) + 3 * (len(cells) - 1) <= width:
            return Text("   ").join(cells)
        return Group(*(Text("   ").join(row) for row in _rows(cells, width)))


def _rows(cells: list[Text], width: int) -> Iterator[list[Text]]:
    """The cells in as many rows as `width` asks for, broken between cells only."""
    row: list[Text] = []
    for cell in cells:
        if row and sum(c.cell_len + 3 for c in row) + cell.cell_len > width:
            yield row
            row = []
        row.append(cell)
    yield row


class _Right(ProgressColumn):
    def get_table_column(self) -> Column:
        return Column(justify="right", no_wrap=True)


class _Count(_Right):
    def render(self, task: Task) -> Text:
        done = f"{int(task.completed):,}"
        if task.total is None:
            return Text(done, style="bold")
        return Text.assemble((done, "bold"), (f" / {int(task.total):,}", "dim"))


class _Share(_Right):
    def render(self, task: Task) -> Text:
        if task.total is None:
            return Text("…", style="dim")
        share = task.completed / task.total if task.total else 1.0
        return Text(f"{int(min(share, 1.0) * 100)} %")


class _Speed(_Right):
    """Records a second: over the last seconds while it moves, over the whole way at the end."""

    def render(self, task: Task) -> Text:
        speed = task.speed
        if task.finished:
            # What was over when it was first looked at has no rate worth telling.
            seconds = task.finished_time or 0.0
            speed = task.completed / seconds if seconds >= _MEASURABLE_SECONDS else None
        return Text(f"{speed:,.0f}/s" if speed else "", style="magenta")


class _Clock(_Right):
    def render(self, task: Task) -> Text:
        seconds = task.finished_time if task.finished else task.elapsed
        return Text(_clock(seconds or 0.0), style="dim")


class _Name(ProgressColumn):
    def render(self, task: Task) -> Text:
        return Text(task.description, style="green" if task.finished else "default")


class _Bars:
    """The bars of one run. They begin to count time with their first record."""

    def __init__(self, console: Console) -> None:
        self._progress = Progress(console=console, auto_refresh=False, speed_estimate_period=5)
        self._bar = BarColumn(None, complete_style="cyan", finished_style="green", pulse_style="cyan")
        self._tasks: dict[str, TaskID] = {}

    @property
    def any(self) -> bool:
        return bool(self._tasks)

    @property
    def all_finished(self) -> bool:
        return self._progress.finished

    def move(self, name: str, done: int, total: int | None) -> None:
        if not self._tasks:
            for bar in BARS:
                self._tasks[bar] = self._progress.add_task(bar, start=False, total=None)
        if name not in self._tasks:
            self._tasks[name] = self._progress.add_task(name, start=False, total=None)
        task = self._tasks[name]
        if done or total == 0:
            self._progress.start_task(task)
        self._progress.update(task, completed=done, total=total)

    def table(self, width: int) -> Table:
        columns: list[ProgressColumn] = [_Name(), self._bar, _Share()]
        if width >= _WITH_COUNTS:
            columns.append(_Count())
        if width >= _WITH_RATES:
            columns += [_Speed(), _Clock()]
        self._progress.columns = tuple(columns)
        table = self._progress.make_tasks_table(self._progress.tasks)
        table.expand = True
        return table


def _clock(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes}:{rest:02}"
