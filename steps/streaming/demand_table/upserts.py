"""What merging one record into the demand table means, and what it comes to. Values only, no calls."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from steps.shared.attributes import Attribute, Item, read_text, same, text

UPDATED = "updated"
EXPIRES = "expires"


@dataclass(frozen=True)
class Stamp:
    """The attributes that say which run a writer's values on an item are of, and when it was scored.

    Each writer has its own, so that on an item that two of them write neither makes the other stale.
    """

    scored_at: str = "scoredAt"
    run_id: str = "runId"


SCORES_STAMP = Stamp()
FANLIST_STAMP = Stamp("fanlistScoredAt", "fanlistRunId")


class Status(StrEnum):
    """What became of one record (SPEC 4)."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    STALE = "stale"
    FAILED = "failed"
    # Failed for what it holds: nothing of it would be taken later either. Counted where such records are.
    REFUSED = "refused"


# The table holds the record, whoever wrote it first.
WRITTEN = (Status.CREATED, Status.UPDATED, Status.UNCHANGED)


@dataclass(frozen=True)
class Upsert:
    """One record to merge into one item.

    Args:
        values: attributes to set; what another writer owns is not among them.
        absent: attributes that this record has no value for: they are removed, so that an item looks
            the same after a second run as after that run alone.
        scored_at: when the record was scored; with `run_id`, which breaks ties, the record's stamp.
        stamp: what the item calls these two.
    """

    pk: str
    sk: str
    values: Mapping[str, Attribute]
    absent: tuple[str, ...]
    scored_at: str
    run_id: str
    stamp: Stamp = SCORES_STAMP

    @property
    def place(self) -> tuple[str, str]:
        """Which item this is about."""
        return self.pk, self.sk

    @property
    def key(self) -> Item:
        """The item's key as DynamoDB takes it."""
        return {"PK": text(self.pk), "SK": text(self.sk)}

    @cached_property
    def stamped(self) -> dict[str, Attribute]:
        """The attributes to set with the record's stamp among them; the time of writing is not."""
        return {
            **self.values,
            self.stamp.scored_at: text(self.scored_at),
            self.stamp.run_id: text(self.run_id),
        }

    def read(self, stored: Item) -> tuple[Status, bool]:
        """Return what merging into a stored item comes to, and whether anything has to be written.

        A record of a new run whose values are the old ones is unchanged and written all the same: its
        stamp is what the run's tally counts (SPEC 4, processSavedScores).
        """
        theirs = (
            read_text(stored, self.stamp.scored_at) or "",
            read_text(stored, self.stamp.run_id) or "",
        )
        ours = (self.scored_at, self.run_id)
        if theirs > ours:
            return Status.STALE, False
        if self.equals(stored):
            return Status.UNCHANGED, theirs != ours
        return Status.UPDATED, True

    def equals(self, stored: Item) -> bool:
        """Whether the stored item has this record's values, its stamp aside."""
        return all(same(stored.get(name), value) for name, value in self.values.items()) and not any(
            name in stored for name in self.absent
        )


def waves(upserts: list[Upsert]) -> list[list[int]]:
    """Positions of the upserts, in waves in which no item stands twice.

    The first record of each item is in the first wave, the second in the second: DynamoDB takes an item
    once a call, and a fan that stands twice in a batch is to end as the later record says.
    """
    seen: Counter[tuple[str, str]] = Counter()
    split: dict[int, list[int]] = defaultdict(list)
    for position, upsert in enumerate(upserts):
        split[seen[upsert.place]].append(position)
        seen[upsert.place] += 1
    return list(split.values())
