"""How long a function's code takes to be imported, as in a new execution environment, beside boto3 alone.

Each start is a process of its own that imports one handler's module and ends: the interpreter's start is in
its time, Lambda's own work (fetching the zip or the image, starting the sandbox) is not. Workers run from
their zip's content with the libraries of Lambda's runtime beside it, steps from what the Dockerfile makes.
Byte code is never written, as Lambda's folders are read-only; files are in the operating system's cache.
"""

import os
import subprocess
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from bench.measured import BenchError, Measured
from bench.rounds import Say, Way, compared, in_turns
from bench.session import Rounds, Write, session
from local.stack.deploy import template
from local.stack.packaging import PackagingError
from tests.packaging.packages import (
    build,
    built_worker,
    managed_runtime,
    size_of,
    unpacked_as_deployed,
    zip_as_deployed,
)


def cold(
    rounds: Rounds = 5,
    image: Annotated[
        bool, typer.Option(help="The image's steps, too; installing them takes minutes.")
    ] = True,
    write: Write = False,
) -> None:
    """Measure what a cold start imports: the workers' zips and the image's steps, beside boto3 alone."""
    with session() as running, running.files.empty_folder() as folder:
        (folder / "image").mkdir()
        made = [workers(folder, running.say), *([steps(folder / "image", running.say)] if image else [])]
        parts = []
        for title, ways in made:
            in_turns(ways, 1, running.say)  # files are to be in the operating system's cache for all alike
            for way in ways:
                way.runs.clear()
            in_turns(ways, rounds, running.say)
            parts.append(compared(title, ways, "starts"))
        running.show("cold", *parts, write=write)


def workers(folder: Path, say: Say, only: str = "") -> tuple[str, list[Way]]:
    """Build the streaming workers, or the one named, and what starts beside them.

    Raises:
        BenchError: a zip or the runtime could not be made.
    """
    say("Installing what Lambda's runtime brings")
    try:
        interpreter = managed_runtime(folder / "runtime")
        ways = [_start("import boto3", interpreter, folder, "boto3")]
        for name, module in _handlers("Handler"):
            if only in name:
                say(f"Building {name}")
                built = built_worker(name, folder / "built" / name)
                task = unpacked_as_deployed(built, folder / name)
                megabytes = len(zip_as_deployed(built)) / 1e6
                ways.append(_start(f"{name}, {megabytes:.1f} MB zip", interpreter, task, module))
    except PackagingError as error:
        raise BenchError(str(error)) from None
    return f"Workers, {size_of(task) / 1e6:,.0f} MB unpacked", ways


def steps(folder: Path, say: Say) -> tuple[str, list[Way]]:
    """Carry out the Dockerfile, and give the steps of the image.

    Raises:
        BenchError: the Dockerfile could not be carried out.
    """
    say("Carrying out the Dockerfile: a minute or two")
    try:
        image = build(folder)
    except PackagingError as error:
        raise BenchError(str(error)) from None
    interpreter = image.python / "bin" / "python"
    ways = [_start("import boto3", interpreter, image.folder, "boto3")]
    ways += [_start(name, interpreter, image.folder, module) for name, module in _handlers("ImageConfig")]
    return f"Steps, {image.size / 1e6:,.0f} MB unpacked", ways


def _handlers(kind: str) -> Iterator[tuple[str, str]]:
    """Functions with a `Handler` (zips) or an `ImageConfig`, and their modules."""
    for name, resource in template()["Resources"].items():
        if resource["Type"] == "AWS::Serverless::Function" and kind in resource["Properties"]:
            found = resource["Properties"][kind]
            handler = found if isinstance(found, str) else found["Command"][0]
            yield name, handler.rpartition(".")[0]


def _start(label: str, interpreter: Path, folder: Path, module: str) -> Way:
    return Way(label, 1, partial(_once, interpreter, folder, module))


def _once(interpreter: Path, folder: Path, module: str) -> Measured:
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONDONTWRITEBYTECODE": "1",
        # As on Lambda, where X-Ray's library would otherwise look for its sampling rules.
        "LAMBDA_TASK_ROOT": str(folder),
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    began = time.perf_counter()
    process = subprocess.Popen([interpreter, "-c", f"import {module}"], cwd=folder, env=environment)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise BenchError(f"`import {module}` in {folder.name} failed.")
    return Measured(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024)
