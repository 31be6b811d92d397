"""Speed and memory, as ratios. No exit code for a missed goal: a machine may be slow or busy.

Without a command: Prepare beside the others, from 100 thousand to 10 million rows, and publishing.
"""

import typer

from bench.clients import counting, publishing, upserts
from bench.harness import Rounds, Write
from bench.prepare import SIZES, gate, prepare
from bench.scaling.command import scaling
from bench.shapes import shapes

app = typer.Typer(help=__doc__, pretty_exceptions_enable=False, add_completion=False)


@app.callback(invoke_without_command=True)
def everything(context: typer.Context, rounds: Rounds = 3, write: Write = False) -> None:
    """Measure Prepare and publishing where no command is given."""
    if context.invoked_subcommand is None:
        prepare(SIZES, rounds, write)
        publishing(rounds=rounds, write=write)


for command in (prepare, publishing, gate, shapes, upserts, counting, scaling):
    app.command()(command)

if __name__ == "__main__":
    app(prog_name="python -m bench")
