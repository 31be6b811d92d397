"""The `vf` command."""

import signal
import sys
from collections.abc import Callable
from importlib.metadata import version
from typing import Annotated

import typer

from local.terminal.console import Commands
from local.terminal.dead_letters import dead_letters
from local.terminal.forget import forget
from local.terminal.local_commands import check, demo, sample, up
from local.terminal.run_commands import logs, open_, status
from local.terminal.stack_commands import recount, rerun, upload

app = typer.Typer(cls=Commands, no_args_is_help=True, pretty_exceptions_enable=False)
# Each command, and what its help gives as examples.
COMMANDS: dict[Callable[..., None], tuple[str, ...]] = {
    demo: ("vf demo", "vf demo --rows 100000 --chaos redeliver"),
    check: (
        "vf check new.csv --kind scrubbed --campaign campaign-123 --out checked",
        "vf check *.csv --json",
    ),
    sample: ("vf sample --kind scrubbed --rows 1000 --out new.csv",),
    up: ("vf up",),
    upload: ("vf upload new.csv --kind scrubbed --campaign campaign-123 --check --wait",),
    status: ("vf status", "vf status campaign-123 --watch"),
    open_: ("vf open 20261128T091500000Z-1a2b3c4d",),
    logs: ("vf logs 20261128T091500000Z-1a2b3c4d",),
    rerun: ("vf rerun campaign-123", "vf rerun campaign-123 --kind fanlist --accept-quality"),
    recount: ("vf recount campaign-123",),
    forget: ("vf forget fan:8f0c1f6e --dry-run", "vf forget email:somebody@example.com --yes"),
}


def _say_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"vf {version('verified-fan-score-pipelines')}")
        raise typer.Exit


@app.callback()
def vf(
    _version: Annotated[
        bool, typer.Option("--version", callback=_say_version, is_eager=True, help="Say the version.")
    ] = False,
) -> None:
    """Verified-fan score pipelines: try the whole system on this machine, make samples, look at a stack."""


for command, examples in COMMANDS.items():
    # A blank line between two keeps them apart: help joins lines.
    epilog = "\n\n".join(("For example:", *examples))
    app.command(command.__name__.rstrip("_"), epilog=epilog)(command)
app.add_typer(dead_letters, name="dead-letters")


def main() -> None:
    """Entry point. A terminated command unwinds like an interrupted one, so that nothing is left behind."""
    for sign in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(sign, lambda number, _: sys.exit(128 + number))
    app()
