"""What a change of a fan's item does to the campaign's counts (SPEC 4). Pure: values in, values out."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Self

from steps.shared.attributes import Item, read_int, read_text
from steps.streaming.demand_table.upserts import FANLIST_STAMP, SCORES_STAMP

_CAMPAIGN = "campaign"
# What the keys of counts may be made of. Another id, which no writer of ours puts into the table, could have
# a whole transaction refused, and its shard wait for ever.
_COUNTABLE = re.compile(r"[A-Za-z0-9_-]{1,1000}")
_LONGEST_RUN_ID = 200
# Where an item names a run, and what each run of that kind sets, but one that withdraws the fan.
_RUN_IDS = {SCORES_STAMP.run_id: "isVerified", FANLIST_STAMP.run_id: "fanlistScore"}
# The stream's sequence numbers have up to 40 digits; padded, text order is number order.
_DIGITS = 40


@dataclass(frozen=True)
class Tally:
    """Fans by state; as a difference its figures may be negative."""

    verified: int = 0
    rejected: int = 0
    selected: int = 0

    @classmethod
    def of(cls, item: Item) -> Self:
        """Read `meta:counts`, or what was said of it; all 0 where there is no item."""
        return cls(read_int(item, "verified"), read_int(item, "rejected"), read_int(item, "selected"))

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(
            self.verified + other.verified, self.rejected + other.rejected, self.selected + other.selected
        )

    def __sub__(self, other: "Tally") -> "Tally":
        return Tally(
            self.verified - other.verified, self.rejected - other.rejected, self.selected - other.selected
        )

    @property
    def is_zero(self) -> bool:
        """Whether there is nobody in it; as a difference, whether it changes nothing."""
        return self == Tally()


@dataclass(frozen=True)
class Change:
    """One change of one fan's item. `sequence` is the stream's number, padded so that it sorts as text."""

    sequence: str
    campaign_id: str
    pk: str
    event: str
    old: Item | None
    new: Item | None

    @property
    def delta(self) -> Tally:
        """What the change adds to the campaign's counts."""
        return contribution(self.new) - contribution(self.old)

    @property
    def counted_runs(self) -> dict[str, bool]:
        """The runs that this change counts for: the new image's, where the old one has another or none.

        One at most of each writer's stamps; on an item that both kinds of file write they differ. With each,
        whether it withdrew a fan whom another system has selected.
        """
        image, selected = self.new or {}, bool(contribution(self.new).selected)
        runs = {
            new: selected and value not in image
            for name, value in _RUN_IDS.items()
            if (new := read_text(image, name)) and new != read_text(self.old or {}, name)
        }
        return {
            run: withdrew
            for run, withdrew in runs.items()
            if len(run) <= _LONGEST_RUN_ID and run.isprintable() and run.isascii()
        }


def contribution(image: Item | None) -> Tally:
    """Return what one image of a fan's item counts for."""
    if image is None:
        return Tally()
    verified = image.get("isVerified", {}).get("BOOL")
    verdict = read_text(image, "verdict") or ""
    return Tally(int(verified is True), int(verified is False), int(verdict.lower() == "selected"))


def change_of(record: dict[str, Any]) -> Change | None:
    """Read a stream record in Lambda's form; None where its item is no fan of a campaign."""
    body = record["dynamodb"]
    keys = body["Keys"]
    kind, _, campaign_id = (read_text(keys, "SK") or "").partition(":")
    if kind != _CAMPAIGN or not _COUNTABLE.fullmatch(campaign_id):
        return None
    return Change(
        sequence=str(body["SequenceNumber"]).zfill(_DIGITS),
        campaign_id=campaign_id,
        pk=read_text(keys, "PK") or "",
        event=record["eventName"],
        old=body.get("OldImage"),
        new=body.get("NewImage"),
    )


@dataclass
class Fold:
    """What a batch comes to: deltas by campaign, records counted by (campaign, run).

    `selected` counts, of those, the fans withdrawn whom another system has selected.
    """

    deltas: dict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))
    counted: dict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))
    selected: dict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))

    def add(self, change: Change) -> None:
        """Add one change."""
        if not change.delta.is_zero:
            self.deltas[change.campaign_id] += change.delta
        for run, withdrew_selected in change.counted_runs.items():
            self.counted[change.campaign_id, run] += 1
            self.selected[change.campaign_id, run] += withdrew_selected

    @property
    def places(self) -> int:
        """How many items a commit of this fold touches, at most."""
        return len(self.deltas) + len(self.counted)


def fold(changes: Iterable[Change]) -> Fold:
    """Sum changes."""
    total = Fold()
    for change in changes:
        total.add(change)
    return total


def cut(changes: list[Change], places: int) -> Iterator[list[Change]]:
    """Cut changes, in order, into parts of which none touches more than `places` items."""
    part: list[Change] = []
    total = Fold()
    for change in changes:
        total.add(change)
        if total.places > places:
            yield part
            part = []
            total = fold([change])
        part.append(change)
    if part:
        yield part
