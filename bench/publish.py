"""Publishing partitions beside a loop that sends ready-made bytes, against an endpoint that does nothing."""

import os
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.contestants.common import Measured
from bench.contestants.prepare import PARTITION_ROWS
from bench.contestants.publish_partitions import BUCKET, RUN
from bench.files import Files
from bench.rounds import PREPARE, ROOT, ContestantError, run
from steps.shared.storage import RunFolder

# Rows for a record: some rows of the sample are rejected, some merged.
_ROWS_PER_RECORD = 1.04


@dataclass(frozen=True)
class Timing:
    """Median, fastest and slowest round in seconds, and the median of the CPU seconds."""

    seconds: float
    least: float
    most: float
    cpu_seconds: float

    @classmethod
    def of(cls, runs: Sequence[Measured]) -> "Timing":
        """The timing of some runs."""
        seconds = [run.seconds for run in runs]
        cpu_seconds = statistics.median(run.cpu_seconds for run in runs)
        return cls(statistics.median(seconds), min(seconds), max(seconds), cpu_seconds)


@dataclass(frozen=True)
class Publishing:
    """Both ways to put the same `records` on a stream."""

    records: int
    partitions: int
    rounds: int
    published: Timing
    ready: Timing

    def wire(self) -> dict[str, Any]:
        """The figures for `--json`."""
        return {
            "records": self.records,
            "partitions": self.partitions,
            "rounds": self.rounds,
            "published": vars(self.published),
            "ready": vars(self.ready),
        }


def publishing(records: int, rounds: int, files: Files, say: Callable[[str], None]) -> Publishing:
    """Prepares partitions of about so many records, rounded up to whole ones, and sends them both ways.

    Raises:
        ContestantError: one of the two failed.
    """
    partitions = -(-records // PARTITION_ROWS)
    say(f"Preparing {partitions} partitions")
    source = files.sample(int(partitions * PARTITION_ROWS * _ROWS_PER_RECORD) + 100)
    with files.empty_folder() as root:
        folder = root / BUCKET / RunFolder.of(RUN).staging
        folder.mkdir(parents=True)
        run(PREPARE, source, folder)
        runs: dict[str, list[Measured]] = {"publish_partitions": [], "put_ready": []}
        with null_endpoint(root) as url:
            for number in range(rounds):
                names = list(runs)[:: 1 if number % 2 == 0 else -1]
                for name in names:
                    say(f"Round {number + 1} of {rounds}: {name.replace('_', ' ')}")
                    runs[name].append(_send(name, partitions, url))
    return Publishing(
        records=partitions * PARTITION_ROWS,
        partitions=partitions,
        rounds=rounds,
        published=Timing.of(runs["publish_partitions"]),
        ready=Timing.of(runs["put_ready"]),
    )


def _send(name: str, partitions: int, url: str) -> Measured:
    environment = {variable: value for variable, value in os.environ.items() if variable[:4] != "AWS_"} | {
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": "bench",
        "AWS_SECRET_ACCESS_KEY": "bench",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    command = [sys.executable, "-m", f"bench.contestants.{name}", str(partitions)]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ContestantError(f"{name} failed: {done.stderr.strip()[-1000:]}")
    return Measured.from_json(done.stdout.splitlines()[-1])


@contextmanager
def null_endpoint(folder: Path) -> Iterator[str]:
    """The null endpoint's URL for as long as it runs."""
    command = [sys.executable, "-m", "bench.null_endpoint", str(folder)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
        finally:
            process.terminate()
