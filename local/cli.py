"""The `vf` command."""

import signal
import sys
from importlib.metadata import version
from typing import Annotated

import typer

from local.terminal.forget import forget
from local.terminal.local_commands import check, demo, sample, up
from local.terminal.stack_commands import dead_letters, recount, rerun, status, upload

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)


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


for command in (demo, check, sample, up, upload, status, rerun, recount, forget):
    app.command()(command)
app.add_typer(dead_letters, name="dead-letters")


def main() -> None:
    """Entry point. A terminated command unwinds like an interrupted one, so that nothing is left behind."""
    for sign in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(sign, lambda number, _: sys.exit(128 + number))
    app()
