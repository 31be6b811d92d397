"""How long a function's code takes to be imported, as in a new execution environment.

Each start is a process of its own that imports one handler's module and ends: the interpreter's start is in
its time, Lambda's own work (fetching the zip or the image, starting the sandbox) is not. Workers run from
their zip's content with the libraries of Lambda's runtime beside it, steps from what the Dockerfile makes.
Byte code is never written, as Lambda's folders are read-only; files are in the operating system's cache.
"""

import os
import shutil
import statistics
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.rounds import ContestantError
from local.deploy import template
from local.image import build, size_of
from local.managed_runtime import install
from local.packaging import built_worker, unpacked_as_deployed, zip_as_deployed

NOTHING, BOTO3 = "an empty program", "import boto3"


@dataclass
class Start:
    """One way to start: `module` is imported by `interpreter` in `folder`, round after round."""

    label: str
    interpreter: Path
    folder: Path
    module: str | None
    zip_bytes: int | None = None
    runs: list[tuple[float, float]] = field(default_factory=list)

    @property
    def seconds(self) -> float:
        """Median wall-clock seconds."""
        return statistics.median(seconds for seconds, _ in self.runs)

    @property
    def cpu_seconds(self) -> float:
        """Median CPU seconds."""
        return statistics.median(cpu for _, cpu in self.runs)

    def wire(self) -> dict[str, Any]:
        """The figures for `--json`."""
        return {
            "name": self.label,
            "zipBytes": self.zip_bytes,
            "rounds": len(self.runs),
            "seconds": round(self.seconds, 3),
            "cpuSeconds": round(self.cpu_seconds, 3),
        }


@dataclass(frozen=True)
class Starts:
    """Starts of one kind of package, the floors first; `unpacked_bytes` is what one package holds."""

    title: str
    unpacked_bytes: int
    starts: list[Start]

    @property
    def floor(self) -> Start:
        """The start that imports nothing but boto3, which no function does without."""
        return next(start for start in self.starts if start.label == BOTO3)

    def wire(self) -> dict[str, Any]:
        """The figures for `--json`."""
        return {
            "title": self.title,
            "unpackedBytes": self.unpacked_bytes,
            "starts": [start.wire() for start in self.starts],
        }


def workers(folder: Path, rounds: int, say: Callable[[str], None], only: str = "") -> Starts:
    """The streaming workers, or the one named; and the first once more without byte code.

    Raises:
        local.packaging.PackagingError: a zip or the runtime could not be made.
        ContestantError: an import failed.
    """
    say("Installing what Lambda's runtime brings")
    interpreter = install(folder / "runtime")
    starts = _floors(interpreter, folder)
    for name, handler in _handlers("Handler").items():
        if only in name:
            say(f"Building {name}")
            built = built_worker(name, folder / "built" / name)
            task = unpacked_as_deployed(built, folder / name)
            size = len(zip_as_deployed(built))
            starts.append(Start(_short(name), interpreter, task, handler, size))
    first = starts[2]
    starts.append(_without_byte_code(first, folder))
    unpacked = size_of(first.folder)
    _measure(starts, rounds, say)
    return Starts("Workers", unpacked, starts)


def steps(folder: Path, rounds: int, say: Callable[[str], None]) -> Starts:
    """The steps of the image.

    Raises:
        local.packaging.PackagingError: the Dockerfile could not be carried out.
        ContestantError: an import failed.
    """
    say("Carrying out the Dockerfile: a minute or two")
    image = build(folder)
    interpreter = image.python / "bin" / "python"
    starts = _floors(interpreter, image.folder)
    starts += [
        Start(_short(name), interpreter, image.folder, handler)
        for name, handler in _handlers("ImageConfig").items()
    ]
    _measure(starts, rounds, say)
    return Starts("Steps", image.size, starts)


def _floors(interpreter: Path, folder: Path) -> list[Start]:
    return [Start(NOTHING, interpreter, folder, None), Start(BOTO3, interpreter, folder, "boto3")]


def _handlers(kind: str) -> dict[str, str]:
    """Modules by function, of functions with a `Handler` (zips) or an `ImageConfig`."""
    functions = {
        name: resource["Properties"][kind]
        for name, resource in template()["Resources"].items()
        if resource["Type"] == "AWS::Serverless::Function" and kind in resource["Properties"]
    }
    named = {name: one if isinstance(one, str) else one["Command"][0] for name, one in functions.items()}
    return {name: handler.rpartition(".")[0] for name, handler in named.items()}


def _short(function: str) -> str:
    return function.removesuffix("Function")


def _without_byte_code(start: Start, folder: Path) -> Start:
    bare = folder / "bare"
    shutil.copytree(start.folder, bare, ignore=shutil.ignore_patterns("__pycache__"))
    size = len(zip_as_deployed(bare))
    return Start(f"{start.label} without byte code", start.interpreter, bare, start.module, size)


def _measure(starts: list[Start], rounds: int, say: Callable[[str], None]) -> None:
    # One round that does not count: the files are to be in the operating system's cache for all alike.
    for number in range(rounds + 1):
        for start in starts:
            say(f"Round {number} of {rounds}: {start.label}")
            run = _once(start)
            if number:
                start.runs.append(run)


def _once(start: Start) -> tuple[float, float]:
    """Seconds on the clock and of CPU time."""
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONDONTWRITEBYTECODE": "1",
        # As on Lambda, where X-Ray's library would otherwise look for its sampling rules.
        "LAMBDA_TASK_ROOT": str(start.folder),
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    program = f"import {start.module}" if start.module else "pass"
    began = time.perf_counter()
    process = subprocess.Popen([start.interpreter, "-c", program], cwd=start.folder, env=environment)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise ContestantError(f"{start.label}: `{program}` failed.")
    return seconds, usage.ru_utime + usage.ru_stime
