"""The commands that look at runs: `vf status`, `vf open`, `vf logs`."""

import json
import tempfile
import time
import webbrowser
from contextlib import nullcontext, suppress
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.live import Live
from rich.text import Text

from local.terminal.console import AsJson, Stack, Wanted, emit, may_move, printable, say

_WATCH_SECONDS = 2.0


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
    from local.runs import fetch_report
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
    from local.runs import log_lines
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


# What every line has, or what was asked for.
_COMMON = ("level", "message", "timestamp", "location", "service", "cold_start", "run_id", "campaign_id")
