"""What a running job looks like: plain lines or, on a terminal, a panel for each run with states and bars."""

import threading
import time
from collections.abc import Callable
from typing import Literal

from rich.columns import Columns
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.panel import Panel
from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Column
from rich.text import Text

from local.terminal.console import may_move

Status = Literal["pending", "running", "done", "failed"]

# The machine's states that do the work, in order, and those that a run comes to when all is not as usual.
STATES = ("Resolve", "Prepare", "CheckQuality", "FanOut", "Finish")
UNUSUAL_STATES = ("AlreadyProcessed", "ReportFailure", "ReportQuarantine")
BARS = ("published", "upserted", "counted")
MARKS: dict[Status, str] = {"pending": "·", "running": "▸", "done": "✔", "failed": "✘"}

# A bar's next plain line comes after so long, where something moved, and at its end.
_PLAIN_SECONDS = 5.0
_STYLES: dict[Status, str] = {"pending": "dim", "running": "bold cyan", "done": "green", "failed": "bold red"}
# Widths from which on there is room for the counts, and for rate and time.
_WITH_COUNTS = 48
_WITH_RATES = 64
_MAX_WIDTH = 120


def is_news(state_name: str, status: Status) -> bool:
    """Whether a watcher wants to hear of a state: a choice or an end is none, unless the run fails there."""
    return state_name in STATES or state_name in UNUSUAL_STATES or status == "failed"


class PlainView:
    """A line for each change, for logs and pipes: no control codes, no line over and over."""

    def __init__(self, console: Console, clock: Callable[[], float] = time.monotonic) -> None:
        self._console = console
        self._clock = clock
        self._started = clock()
        self._states: dict[tuple[str, str], Status] = {}
        self._lines: dict[tuple[str, str], tuple[float, int]] = {}
        self._note = ""

    def deployed(self, stack: str, endpoint: str, seconds: float) -> None:
        """Print a line."""
        self._say(f"deployed {stack} to {endpoint} in {seconds:.1f} s")

    def state(self, run_label: str, state_name: str, status: Status) -> None:
        """Print a line where the status is news."""
        if is_news(state_name, status) and self._states.get((run_label, state_name)) != status:
            self._states[run_label, state_name] = status
            self._say(f"{run_label}: {state_name} {status}")

    def progress(self, run_label: str, name: str, done: int, total: int) -> None:
        """Print a line every few seconds where something moved, and one at the end."""
        now = self._clock()
        at, last = self._lines.setdefault((run_label, name), (now, -1))
        # Nothing done yet is no news: before FanOut nothing may have begun.
        if done == last or not (done >= total or (done and now - at >= _PLAIN_SECONDS)):
            return
        self._lines[run_label, name] = (now, done)
        of = f" of {total:,} ({int(done / total * 100)} %)" if total else ""
        self._say(f"{run_label}: {name} {done:,}{of}")

    def note(self, text: str) -> None:
        """Print a line, where it is not what was said last."""
        if text != self._note:
            self._note = text
            self._say(text)

    def close(self) -> None:
        """Nothing is held open."""

    def _say(self, line: str) -> None:
        minutes, seconds = divmod(self._clock() - self._started, 60)
        stamped = f"[{int(minutes):02}:{seconds:04.1f}] {line}"
        # A Text without a style: nothing in the line is taken for markup, and FORCE_COLOR adds nothing.
        self._console.print(Text(stamped), soft_wrap=True, highlight=False)


class LiveView:
    """Rich's Live over all runs; the latest note stands beside the spinner."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._lock = threading.RLock()
        self._runs: dict[str, _Run] = {}
        self._closed = False
        note = Column(ratio=1, no_wrap=True, overflow="ellipsis")
        self._doing = Progress(
            SpinnerColumn(style="cyan"),
            TextColumn("{task.description}", markup=False, table_column=note),
            TimeElapsedColumn(),
        )
        self._noted = self._doing.add_task("Starting", total=None)
        self._live = Live(console=console, get_renderable=self.picture, refresh_per_second=10)
        self._live.start()

    def deployed(self, stack: str, endpoint: str, seconds: float) -> None:
        """Print a line that stays above the picture."""
        line = (("✔ ", "green"), "Deployed ", (stack, "bold"), f" to {endpoint} in {seconds:.1f} s")
        self._console.print(Text.assemble(*line))
        self.note("Working")

    def state(self, run_label: str, state_name: str, status: Status) -> None:
        """Set a mark; states that are no news (`is_news`) have none."""
        with self._lock:
            run = self._run(run_label)
            if is_news(state_name, status):
                run.states[state_name] = status

    def progress(self, run_label: str, name: str, done: int, total: int) -> None:
        """Move a bar."""
        with self._lock:
            self._run(run_label).move(name, done, total)

    def note(self, text: str) -> None:
        """Show what is being done or waited for, beside the spinner."""
        self._doing.update(self._noted, description=text)

    def close(self) -> None:
        """Draw the last picture, without the spinner, and give the terminal back."""
        with self._lock:
            self._closed = True
        self._live.stop()

    def picture(self) -> RenderableType:
        """Give what stands on the terminal at this moment."""
        with self._lock:
            width = min(self._console.width, _MAX_WIDTH)
            parts: list[RenderableType] = [run.panel(width) for run in self._runs.values()]
            if not self._closed:
                line = self._doing.make_tasks_table(self._doing.tasks)
                line.width = width
                parts.append(line)
            return Group(*parts)

    def _run(self, label: str) -> "_Run":
        return self._runs.setdefault(label, _Run(label, self._console))


# Calls are cheap, may repeat themselves and come from any thread; closing twice is harmless.
View = PlainView | LiveView


class _Run:
    """One run: its states with their marks, and its bars, which count time from their first record on."""

    def __init__(self, label: str, console: Console) -> None:
        self._label = label
        self.states: dict[str, Status] = dict.fromkeys(STATES, "pending")
        self._progress = Progress(console=console, auto_refresh=False, speed_estimate_period=5)
        self._bars: dict[str, TaskID] = {}

    def move(self, name: str, done: int, total: int) -> None:
        if not self._bars:
            for bar in BARS:
                self._bars[bar] = self._progress.add_task(bar, start=False, total=None, share="…", count="0")
        if done or total == 0:
            self._progress.start_task(self._bars[name])
        share = int(min(done / total, 1) * 100) if total else 100
        count = f"[bold]{done:,}[/][dim] / {total:,}[/]"
        self._progress.update(self._bars[name], completed=done, total=total, share=f"{share} %", count=count)

    def panel(self, width: int) -> Panel:
        """Draw it no wider than `width`; a narrow one drops the rates, then the counts."""
        marks = [Text(f"{MARKS[status]} {name}", _STYLES[status]) for name, status in self.states.items()]
        parts: list[RenderableType] = [Columns(marks, padding=(0, 2))]
        if self._bars:
            columns: list[ProgressColumn] = [TextColumn("{task.description}", markup=False), BarColumn(None)]
            columns += [TextColumn("{task.fields[share]}", justify="right")]
            columns += [TextColumn("{task.fields[count]}", justify="right")] if width >= _WITH_COUNTS else []
            columns += [_Rate(), TimeElapsedColumn()] if width >= _WITH_RATES else []
            self._progress.columns = tuple(columns)
            bars = self._progress.make_tasks_table(self._progress.tasks)
            bars.expand = True
            parts += [Text(), bars]
        title = Text(self._label, style="bold")
        return Panel(Group(*parts), title=title, title_align="left", border_style=self._border, width=width)

    @property
    def _border(self) -> str:
        if "failed" in self.states.values():
            return "red"
        finished = self.states["Finish"] == "done" and self._progress.finished
        return "green" if finished or "AlreadyProcessed" in self.states else "cyan"


class _Rate(ProgressColumn):
    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text(f"{speed:,.0f}/s" if speed else "", style="magenta", justify="right")


def open_view(console: Console) -> "View":
    """Open the live view on a terminal, plain lines anywhere else.

    Give a console on stderr where stdout belongs to `--json`.
    """
    return LiveView(console) if may_move(console) else PlainView(console)
