"""What a running job looks like: its states and bars, and the plain lines."""

import time
from collections.abc import Callable
from typing import Literal

from rich.console import Console
from rich.text import Text

Status = Literal["pending", "running", "done", "failed"]

# The machine's states that do the work, in order, and those that a run comes to when all is not as usual.
STATES = ("Resolve", "Prepare", "CheckQuality", "FanOut", "Finish")
UNUSUAL_STATES = ("AlreadyProcessed", "ReportFailure", "ReportQuarantine")
BARS = ("published", "upserted", "counted")
MARKS: dict[Status, str] = {"pending": "·", "running": "▸", "done": "✔", "failed": "✘"}

# A bar's next plain line comes after so long, where something moved, and at its end.
_PLAIN_SECONDS = 5.0


def is_news(state_name: str, status: Status) -> bool:
    """Whether a watcher wants to hear of a state: a choice or an end is none, unless the run fails there."""
    return state_name in STATES or state_name in UNUSUAL_STATES or status == "failed"


class PlainView:
    """A line for each change, for logs and pipes: no control codes, no line over and over.

    Args:
        console: where the lines go.
        clock: seconds from any fixed moment on.
    """

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
        """Print a line where the status is news and more than `pending`."""
        if self._states.get((run_label, state_name)) == status:
            return
        self._states[run_label, state_name] = status
        if status != "pending" and is_news(state_name, status):
            self._say(f"{run_label}: {state_name} {status}")

    def progress(self, run_label: str, name: str, done: int, total: int | None) -> None:
        """Print a line every few seconds where something moved, and one at the end."""
        now = self._clock()
        at, last = self._lines.setdefault((run_label, name), (now, -1))
        finished = total is not None and done >= total
        # Nothing done yet is no news: before FanOut nothing may have begun.
        if done == last or not (finished or (done and now - at >= _PLAIN_SECONDS)):
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
