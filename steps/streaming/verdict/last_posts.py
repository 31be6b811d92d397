"""What the channel was last told about a campaign, and how the demand table's item has it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from steps.streaming.demand_table.attributes import Item, read_int, read_text
from steps.streaming.verdict.sentences import Figures, Processed, Said

if TYPE_CHECKING:
    from steps.shared.payloads import Source


@dataclass(frozen=True)
class LastPosts:
    """What the channel was last told about a campaign."""

    scrubbed: Figures | None = None
    fanlist: Processed | None = None
    warned: str | None = None

    def last(self, source: "Source") -> Said | None:
        """Return what was last said about this kind of file."""
        return self.fanlist if source == "fanlist" else self.scrubbed


def last_posts_of(item: Item) -> LastPosts:
    """Read `meta:slack:counts`."""
    scrubbed, fanlist = item.get("scrubbed", {}).get("M"), item.get("fanlist", {}).get("M")
    return LastPosts(
        scrubbed=None if scrubbed is None else figures_of(scrubbed),
        fanlist=None
        if fanlist is None
        else Processed(read_int(fanlist, "records"), read_text(fanlist, "scoredAt")),
        warned=read_text(item, "warned"),
    )


def figures_of(item: Item) -> Figures:
    """Read fans by state."""
    return Figures(read_int(item, "verified"), read_int(item, "rejected"), read_int(item, "selected"))


def stored(said: Said) -> Item:
    """Return what was said as the item has it."""
    if isinstance(said, Processed):
        scored_at = {} if said.scored_at is None else {"scoredAt": {"S": said.scored_at}}
        return {"records": {"N": str(said.records)}, **scored_at}
    return {
        "verified": {"N": str(said.verified)},
        "rejected": {"N": str(said.rejected)},
        "selected": {"N": str(said.selected)},
    }
