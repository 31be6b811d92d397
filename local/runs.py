"""One run of a stack by its id: its report and its logs."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import chain
from pathlib import Path
from typing import Any

from local.errors import VfError
from local.stack.target import Target
from steps.shared.storage import RunFolder

# A run takes four hours at most, and what becomes of its verdict not much longer.
_LONGEST = timedelta(hours=8)


class UnknownRunError(VfError):
    """There is no such run, or nothing of the kind that was asked for."""


@dataclass(frozen=True)
class LogLine:
    """One structured line of a function; `moment` is UTC."""

    moment: str
    function: str
    event: dict[str, Any]


def fetch_report(target: Target, run_id: str, page: Path) -> str:
    """Store a run's report in a file, and give its s3:// URI.

    Raises:
        UnknownRunError: no run of this id has ended here, or it has no report.
    """
    entries = [one["Key"] for one in target.objects(f"data-quality/.runs/{run_id}.")]
    if len(entries) != 1:
        raise UnknownRunError(f"No run '{run_id}' has ended here: `vf status` lists runs and their ids.")
    campaign = entries[0].split(".")[-2]
    folder = RunFolder(target.stack.bucket, campaign, run_id)
    target.client("s3").download_file(folder.bucket, folder.report, str(page))
    return folder.uri(folder.report)


def log_lines(target: Target, run_id: str) -> list[LogLine]:
    """Give what all functions logged of a run, oldest first.

    Raises:
        UnknownRunError: the id is none.
    """
    try:
        began = datetime.strptime(run_id.partition("-")[0], "%Y%m%dT%H%M%S%fZ").replace(tzinfo=UTC)
    except ValueError:
        raise UnknownRunError(
            f"'{run_id}' is not a run's id: `vf status` lists runs and their ids."
        ) from None
    groups = [name for name in target.resources.values() if name.startswith("/aws/lambda/")]
    with ThreadPoolExecutor(8) as pool:
        found = pool.map(lambda group: _read(target, group, run_id, began), groups)
    return sorted(chain.from_iterable(found), key=lambda one: one.moment)


def _read(target: Target, group: str, run_id: str, began: datetime) -> list[LogLine]:
    pages = (
        target.client("logs")
        .get_paginator("filter_log_events")
        .paginate(
            logGroupName=group,
            filterPattern=f'"{run_id}" -eventName',  # the audit has a line for every fan
            startTime=int((began - timedelta(minutes=1)).timestamp() * 1000),
            endTime=int((began + _LONGEST).timestamp() * 1000),
        )
    )
    function = group.rpartition("/")[2].removeprefix(f"{target.stack.name}-")
    return [_line(event, function) for page in pages for event in page["events"]]


def _line(event: dict[str, Any], function: str) -> LogLine:
    moment = datetime.fromtimestamp(event["timestamp"] / 1000, UTC).isoformat(" ", "milliseconds")[:-6]
    try:
        said = dict(json.loads(event["message"]))
    except (ValueError, TypeError):
        said = {"message": event["message"].strip()}
    return LogLine(moment, function, said)
