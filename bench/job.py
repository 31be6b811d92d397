"""The whole local job, from the upload to the Slack message, by stage."""

import io
import time
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.files import Files
from bench.goals import Goal
from local.job import Upload, run_job
from local.laptop import Laptop
from local.packaging import worker_sources, zip_of
from local.sample import suggested_key
from local.view import Status, is_news

_WORKER = "loadScoresToDynamoDB"
_MERGE_WRITER = "steps/streaming/demand_table.py"
_ONE_BY_ONE = Path(__file__).with_name("one_by_one.py")


@dataclass(frozen=True)
class Stages:
    """Seconds by stage, as somebody saw them who looked every half second; rows in, records out.

    `published`, `upserted` and `counted` run from the first record to the last.
    """

    rows: int
    records: int
    seconds: dict[str, float]

    def wire(self) -> dict[str, Any]:
        """The figures for `--json`."""
        return {"rows": self.rows, "records": self.records, "seconds": self.seconds}


@dataclass
class StageClock:
    """A view (`local.view.View`) that shows nothing and notes the time."""

    say: Callable[[str], None]
    _seconds: dict[str, float] = field(default_factory=dict)
    _began: dict[str, float] = field(default_factory=dict)
    _finished: set[str] = field(default_factory=set)
    _deployed_at: float = 0.0

    def deployed(self, stack: str, endpoint: str, seconds: float) -> None:  # noqa: ARG002
        """The stack stands; the job's own time begins."""
        self._seconds["deployment"] = seconds
        self._deployed_at = time.monotonic()

    def state(self, run_label: str, state_name: str, status: Status) -> None:  # noqa: ARG002
        """A state began or is over."""
        if not is_news(state_name, status):
            return
        if status == "running":
            self._begin(state_name)
        else:
            self._finish(state_name)

    def progress(self, run_label: str, name: str, done: int, total: int | None) -> None:  # noqa: ARG002
        """A bar moved: its time runs from the first record to the last."""
        if done:
            self._begin(name)
        if total is not None and done >= total:
            self._finish(name)

    def note(self, text: str) -> None:
        """Passed on."""
        self.say(text)

    def close(self) -> None:
        """Nothing is held open."""

    def seconds(self) -> dict[str, float]:
        """Seconds by stage, and of all after the deployment."""
        everything = time.monotonic() - self._deployed_at
        return {
            name: round(taken, 2) for name, taken in (self._seconds | {"upload to end": everything}).items()
        }

    def _begin(self, name: str) -> None:
        self._began.setdefault(name, time.monotonic())

    def _finish(self, name: str) -> None:
        if name in self._began and name not in self._finished:
            self._finished.add(name)
            self._seconds[name] = time.monotonic() - self._began[name]


def whole_job(rows: int, files: Files, say: Callable[[str], None], *, one_by_one: bool = False) -> Stages:
    """Runs the job on a sample file.

    Args:
        rows: rows of the file.
        files: where it comes from.
        say: is told what is going on.
        one_by_one: whether loadScoresToDynamoDB is to write one record at a time.

    Raises:
        local.job.JobError: it did not come to its end.
    """
    clock = StageClock(say)
    say(f"Making the file of {rows:,} rows")
    upload = Upload.of(files.sample(rows), suggested_key("scrubbed"))
    result = run_job([upload], clock, deployed=_write_one_by_one if one_by_one else None)
    return Stages(rows, sum(run.counts.output for run in result.runs), clock.seconds())


def job_goal(merging: Stages, one_by_one: Stages) -> Goal:
    """The whole job, from the upload to the Slack message, against the same with one-by-one writes."""
    mine, theirs = (one.seconds["upload to end"] for one in (merging, one_by_one))
    return Goal(
        name="The whole job's time, of that with one-by-one writes",
        goal="<= 0.5 x",
        measured=f"{mine / theirs:.2f} x at {merging.rows:,} rows ({mine:.1f} s and {theirs:.1f} s)",
        met=mine <= theirs / 2,
    )


def one_by_one_zip() -> bytes:
    """The workers' zip with `bench.one_by_one` in the merge writer's place."""
    packed = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(zip_of(worker_sources()))) as deployed,
        zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as changed,
    ):
        for name in deployed.namelist():
            changed.writestr(name, _ONE_BY_ONE.read_bytes() if name == _MERGE_WRITER else deployed.read(name))
    return packed.getvalue()


def _write_one_by_one(system: Laptop) -> None:
    client = system.aws.client("lambda")
    (function,) = (
        one["FunctionName"]
        for page in client.get_paginator("list_functions").paginate()
        for one in page["Functions"]
        if one["FunctionName"].endswith(_WORKER)
    )
    client.update_function_code(FunctionName=function, ZipFile=one_by_one_zip())
