"""One measured run: a program of its own that says on its last line what it took."""

import gc
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent


class BenchError(Exception):
    """A run did not come to its end; the text has the end of what it said."""


@dataclass(frozen=True)
class Measured:
    """One run as its own process saw it; `found` is what the program gives to be compared.

    Seconds on the clock, CPU seconds over all threads, and the most bytes held at once. The start of the
    interpreter and imports are in none of them.
    """

    seconds: float
    cpu_seconds: float
    peak_bytes: int
    found: Any = None


def report(work: Callable[[], Any]) -> None:
    """Do the work, and say on stderr what it took: stdout is for logs, which nobody reads here."""
    # What was imported so far is nobody's doing: a collection of it would fall on one of them by chance.
    gc.collect()
    gc.freeze()
    started, used = time.perf_counter(), time.process_time()
    found = work()
    seconds, cpu_seconds = time.perf_counter() - started, time.process_time() - used
    gc.unfreeze()  # DuckDB calls what is still frozen at the end a leak
    measured = Measured(seconds, cpu_seconds, peak_bytes(), found)
    sys.stderr.write(json.dumps(asdict(measured)) + "\n")


def run(module: str, *arguments: object, environment: Mapping[str, str] | None = None) -> Measured:
    """Run a module that calls `report`, in a process of its own.

    Raises:
        BenchError: it failed.
    """
    done = subprocess.run(
        [sys.executable, "-m", module, *map(str, arguments)],
        cwd=ROOT,
        env={**os.environ, **(environment or {})},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode:
        raise BenchError(f"{module} failed: {done.stderr.strip()[-1000:]}")
    return Measured(**json.loads(done.stderr.splitlines()[-1]))


def peak_bytes() -> int:
    """Tell the most memory that this process has held at once.

    `ru_maxrss` starts from what the parent held when it started us, so Linux's own figure for this
    program alone comes first where there is one.
    """
    status = Path("/proc/self/status")
    if status.exists():
        for line in status.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
