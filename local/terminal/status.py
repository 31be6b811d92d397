"""`vf status`: the campaigns of a stack, or the runs and counts of one."""

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from local.stack.target import Target
from steps.shared.campaign_keys import COUNTS, META, RUN
from steps.streaming.demand_table.attributes import Item, read_int, read_text

_MOST_RUNS = 10


class UnknownCampaignError(Exception):
    """Nothing was ever run for this campaign here."""


def show_status(target: Target, campaign: str | None, console: Console) -> None:
    """Print what the stack knows.

    Raises:
        UnknownCampaignError: for a campaign without runs.
    """
    # From the folders of runs that are under way and that have ended: a listing, not a table scan.
    known = {*target.folders("staging/"), *target.folders("runs/")}
    campaigns = [campaign] if campaign else sorted(known)
    if not campaigns:
        console.print(
            "No campaign has been run here yet. Upload a file with `vf upload`; its run shows once the file "
            "is prepared."
        )
        return
    for campaign_id in campaigns:
        console.print(_picture(campaign_id, _items(target, campaign_id)))


def _items(target: Target, campaign_id: str) -> dict[str, Item]:
    items = target.campaign(campaign_id).beginning_with(META)
    if not any(key.startswith(RUN) for key in items):
        raise UnknownCampaignError(f"Campaign '{campaign_id}' has no run here.")
    return items


def _picture(campaign_id: str, items: dict[str, Item]) -> RenderableType:
    counts = items.get(COUNTS, {})
    line = Text.assemble(
        (f"Campaign {campaign_id}", "bold"),
        "   ",
        "   ".join(f"{_number(counts, name)} {name}" for name in ("verified", "rejected", "selected")),
    )
    table = Table("run", "status", "scored at", "counted", "file", box=None, pad_edge=False)
    table.columns[3].justify = "right"
    # What is to be copied stays in one piece.
    table.columns[0].no_wrap = True
    table.columns[-1].overflow = "fold"
    runs = sorted((key for key in items if key.startswith(RUN)), reverse=True)
    for key in runs[:_MOST_RUNS]:
        run = items[key]
        table.add_row(
            key.removeprefix(RUN),
            _text(run, "status"),
            _text(run, "scoredAt"),
            _number(run, "counted"),
            Text(_text(run, "fileKey")),
        )
    more = len(runs) - _MOST_RUNS
    return Group(line, table, Text(f"and {more} older runs") if more > 0 else Text())


def _text(item: Item, name: str) -> str:
    return read_text(item, name) or ""


def _number(item: Item, name: str) -> str:
    return f"{read_int(item, name):,}"
