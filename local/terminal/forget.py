"""`vf forget`: one person taken out of a stack, as far as it can be done."""

from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from expectations.report.wording import many
from local.terminal.console import AsJson, DryRun, Stack, Yes, emit, expect_yes, printable, say


def forget(
    fan: Annotated[
        str, typer.Argument(help="fan:<globalUserId>, sid:<memberId> or email:<address>, as in the table.")
    ],
    campaign: Annotated[
        str | None, typer.Option(help="Only from this campaign; by default from all.")
    ] = None,
    dry_run: DryRun = False,
    yes: Yes = False,
    as_json: AsJson = False,
    stack: Stack = None,
) -> None:
    """Remove one person from the table and from the bucket's rejected, staged and kept records.

    Shows keys and counts, nothing else of anybody, and what it does not reach. Safe to repeat.
    """
    from local.forget import NOT_REACHED, Fan, traces
    from local.stack.target import find_target

    expect_yes(yes or dry_run, as_json)
    console = Console(quiet=as_json)
    found = traces(find_target(stack), Fan.named(fan), campaign)
    for trace in found:
        say(console, Text(f"{many(trace.records, 'record'):>12}  {printable(trace.place)}"))
    if not found:
        say(console, Text("Nothing is kept under this key."))
    elif not dry_run:
        if not yes:
            typer.confirm("Remove?", abort=True)
        for trace in found:
            trace.remove()
        say(console, Text("Removed. Counts fall with the table's items, and the channel is told."))
    for line in ("Not reached:", *(f"  - {one}" for one in NOT_REACHED)):
        say(console, Text(line))
    if as_json:
        kept = [{"place": trace.place, "records": trace.records} for trace in found]
        emit({"found": kept, "removed": bool(found) and not dry_run, "notReached": list(NOT_REACHED)})
