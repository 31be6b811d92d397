"""The commands that look at runs: `vf status`, `vf open`, `vf logs`."""

import json
import tempfile
import time
import webbrowser
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.live import Live
from rich.text import Text

from local.errors import VfError
from local.terminal.console import AsJson, Stack, Wanted, emit, may_move, printable, say
from steps.shared.storage import RunFolder

if TYPE_CHECKING:
    from local.stack.target import Target

_WATCH_SECONDS = 2.0
# A run takes four hours at most, and what becomes of its verdict not much longer.
_LONGEST = timedelta(hours=8)
# What every line has, or what was asked for.
_COMMON = ("level", "message", "timestamp", "location", "service", "cold_start", "run_id", "campaign_id")


class UnknownRunError(VfError):
    """There is no such run, or nothing of the kind that was asked for."""


@dataclass(frozen=True)
class LogLine:
    """One structured line of a function; `moment` is UTC."""

    moment: str
    function: str
    event: dict[str, Any]


def status(
    campaign: Annotated[str | None, typer.Argument(help="A campaign's id; by default all.")] = None,
    watch: Annotated[bool, typer.Option("--watch", help="Look again every 2 s until Ctrl-C.")] = False,
    as_json: AsJson = False,
    stack: Stack = None,
) -> None:
    """Show campaigns, counts and runs: figures, times, why a run failed, what to do next."""
    from local.stack.target import find_target
    from local.status import state_of
    from local.terminal.status import screenful, show

    target, console, said = find_target(stack), Console(highlight=False), None
    live = Live(console=console, auto_refresh=False, screen=True)
    moving = watch and not as_json and may_move(console)
    with live if moving else nullcontext(), suppress(KeyboardInterrupt):
        while True:
            found = state_of(target, campaign)
            if moving:
                live.update(screenful(found, console), refresh=True)
            elif found != said and as_json:
                emit(found.wire())
            elif found != said:
                show(found, console)
            said = found
            if not watch:
                return
            time.sleep(_WATCH_SECONDS)


def open_(run: Wanted, as_json: AsJson = False, stack: Stack = None) -> None:
    """Open a run's data-quality report in the browser; with --json only fetch it, and say where it is."""
    from local.stack.target import find_target

    page = Path(tempfile.gettempdir(), f"vf-report-{run}.html")
    uri = fetch_report(find_target(stack), run, page)
    if as_json:
        emit({"runId": run, "report": uri, "page": str(page)})
        return
    opened = webbrowser.open(page.as_uri())
    say(Console(), Text(f"{'Opened' if opened else 'There is no browser here; see'} {page}"))


def logs(run: Wanted, as_json: AsJson = False, stack: Stack = None) -> None:
    """Show what the functions logged about a run, oldest first."""
    from local.stack.target import find_target

    lines = log_lines(find_target(stack), run)
    if as_json:
        emit({"runId": run, "events": [{"function": one.function, **one.event} for one in lines]})
        return
    console = Console()
    for one in lines:
        level = str(one.event.get("level", ""))
        style = {"ERROR": "red", "WARNING": "yellow"}.get(level, "")
        head = (f"{one.moment}  {one.function}  ", "dim")
        say(console, Text.assemble(head, (f"{level} {printable(_said(one.event))}", style)))
    if not lines:
        say(console, Text(f"Nothing is logged about run '{run}'; logs are deleted after a while."))


def _said(event: dict[str, Any]) -> str:
    """Give the message and what is particular to it, in one line."""
    rest = {
        name: value
        for name, value in event.items()
        if name not in _COMMON and not name.startswith("function_")
    }
    return f"{event.get('message', '')}" + (f"  {json.dumps(rest, ensure_ascii=False)}" if rest else "")


def fetch_report(target: "Target", run_id: str, page: Path) -> str:
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


def log_lines(target: "Target", run_id: str) -> list[LogLine]:
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


def _read(target: "Target", group: str, run_id: str, began: datetime) -> list[LogLine]:
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
