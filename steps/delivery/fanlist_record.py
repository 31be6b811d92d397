"""One fan of a fanlist, as written to the demand table and to `campaignDataStream` (SPEC 2)."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pipelines.identify import KINDS
from steps.shared import attributes
from steps.shared.payloads import Run
from steps.shared.wire import FIELD, SCHEMA_VERSION
from steps.streaming.demand_table.upserts import FANLIST_STAMP, Upsert

# What a fanlist owns of an item beside its stamp.
_OWNED = ("fanlistScore", "fanlistTags")


@dataclass(frozen=True)
class FanlistScore:
    """One record of a prepared fanlist, under the names it has there; what it lacks is None.

    A withdrawal has identifiers and `withdrawn`.
    """

    record: Mapping[str, Any]
    run: Run

    @property
    def identifier(self) -> tuple[str, str]:
        """The kind and the value of what the fan is known by: the first that is present (SPEC 1)."""
        present = ((kind, self.record[name]) for kind, name in KINDS.items() if self.record[name] is not None)
        return next(present)

    @property
    def key(self) -> str:
        """The item's `PK`."""
        return ":".join(self.identifier)

    @property
    def storable(self) -> bool:
        """Whether DynamoDB has room for it, and a number for its score."""
        if self.record.get("withdrawn"):
            return True  # by its key, an item that was stored once
        return (
            attributes.storable(self.record["score"])
            and len(self.key.encode()) <= attributes.LONGEST_KEY
            and sum(len(tag.encode()) for tag in self.record["tags"] or []) <= attributes.LARGEST_VALUES
        )

    def upsert(self) -> Upsert:
        """Return the attributes that a fanlist owns; names and addresses are not among them.

        They have names of their own: a scrubbed file may write the same item.
        """
        values = {}
        if not self.record.get("withdrawn"):
            values["fanlistScore"] = attributes.number(self.record["score"])
        if self.record.get("tags"):
            values["fanlistTags"] = attributes.texts(self.record["tags"])
        return Upsert(
            pk=self.key,
            sk=f"campaign:{self.run.campaign_id}",
            values=values,
            absent=tuple(name for name in _OWNED if name not in values),
            scored_at=self.run.scored_at,
            run_id=self.run.run_id,
            stamp=FANLIST_STAMP,
        )

    def published(self, now: str) -> bytes:
        """Return the record on `campaignDataStream`, published now; what it lacks is left out."""
        present = {name: value for name, value in self.record.items() if value is not None}
        meta = {
            FIELD: SCHEMA_VERSION,
            "source": "fanlist",
            "correlation": {"runId": self.run.run_id, "recordId": self.record_id},
            "date": now,
        }
        return json.dumps(present | meta, ensure_ascii=False, separators=(",", ":")).encode()

    @property
    def record_id(self) -> str:
        """Stable for the run and the identifier, so that a consumer can drop a redelivered record."""
        return hashlib.sha256(f"{self.run.run_id}/{self.key}".encode()).hexdigest()[:32]
