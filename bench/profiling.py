"""Where Prepare's time goes: CPU seconds by function, Polars' own threads included.

For the profile Prepare's thread pools work in line: a profiler sees one thread, and what ran beside a
function would count as the function's.
"""

import concurrent.futures
import cProfile
import json
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future
from dataclasses import asdict, dataclass
from pathlib import Path
from types import CodeType
from typing import ParamSpec, TypeVar

from bench.rounds import ROOT, ContestantError

_SHOWN = 24
P = ParamSpec("P")
T = TypeVar("T")
_PIPELINES = str(ROOT / "pipelines")


@dataclass(frozen=True)
class Hot:
    """A function of pipelines/ with what it calls; `share` is of the whole."""

    name: str
    calls: int
    cpu_seconds: float
    share: float


def profile(source: Path, folder: Path) -> list[Hot]:
    """Profiles Prepare over a file in a process of its own, the costliest functions first.

    Raises:
        ContestantError: Prepare failed.
    """
    command = [sys.executable, "-m", "bench.profiling", str(source), str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ContestantError(f"Prepare failed under the profiler: {done.stderr.strip()[-1000:]}")
    return [Hot(**entry) for entry in json.loads(done.stdout.splitlines()[-1])]


def hottest(profiler: cProfile.Profile, whole: float) -> list[Hot]:
    """The functions of pipelines/ by the CPU time that they and what they call took."""
    found = [
        Hot(
            name=f"{Path(entry.code.co_filename).stem}.{entry.code.co_qualname}",
            calls=entry.callcount,
            cpu_seconds=entry.totaltime,
            share=entry.totaltime / whole,
        )
        for entry in profiler.getstats()
        if isinstance(entry.code, CodeType) and entry.code.co_filename.startswith(_PIPELINES)
    ]
    return sorted(found, key=lambda hot: -hot.cpu_seconds)[:_SHOWN]


class InLine(Executor):
    """A pool that does each piece of work at once, in the caller's thread."""

    def __init__(self, max_workers: int | None = None) -> None:
        self.max_workers = max_workers

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Does the work and returns what came of it."""
        future: Future[T] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:  # noqa: BLE001  (it is raised where the result is asked for, as by any pool)
            future.set_exception(error)
        return future


def main(arguments: Sequence[str]) -> None:
    """Runs Prepare under the profiler and prints the functions as JSON."""
    # After Polars, which has a pool of its own, and before the pipelines, which take the pool by its name.
    import polars  # noqa: F401

    concurrent.futures.ThreadPoolExecutor = InLine  # type: ignore[misc, assignment]
    from bench.contestants.prepare import prepare

    profiler = cProfile.Profile(time.process_time)
    used = time.process_time()
    profiler.runcall(prepare, Path(arguments[0]), Path(arguments[1]))
    whole = time.process_time() - used
    print(json.dumps([asdict(hot) for hot in hottest(profiler, whole)]))


if __name__ == "__main__":
    main(sys.argv[1:])
