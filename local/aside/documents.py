"""What the streaming workers kept in the bucket: documents that are events of theirs."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from local.aside import records
from local.aside.kept import Keeper, Kept, Outcome, Replayed
from local.aside.system import System, since_of
from steps.shared.storage import aside_prefix

_READS_AT_ONCE = 16


@dataclass(frozen=True, kw_only=True)
class Document(Kept):
    """One document of a worker; `place` is its key."""

    system: System
    raw: list[dict[str, Any]]
    version: str | None

    def plan(self) -> str:
        """Say what a replay would send."""
        return records.plan(self.system, self.keeper, self.raw)

    def replay(self) -> Replayed:
        """Give the records to the worker, which keeps aside anew what it still cannot deliver."""
        done = records.deliver(self.system, self.keeper, self.raw)
        if done.outcome is Outcome.KEPT and self._version_now() != self.version:
            # The very same records: the worker has written them to this very place.
            return done
        self.system.move_to_replayed(self.place)
        return done

    def _version_now(self) -> str | None:
        head = self.system.client("s3").head_object(Bucket=self.system.bucket, Key=self.place)
        version: str | None = head.get("VersionId")
        return version


def documents(system: System, keeper: Keeper, campaign: str | None) -> Iterator[Document]:
    """Give the documents that a worker has kept, of one campaign or of all."""
    with ThreadPoolExecutor(_READS_AT_ONCE) as pool:
        found = pool.map(
            lambda found: _read(system, keeper, found), system.objects(aside_prefix(keeper, campaign))
        )
        yield from (document for document in found if document is not None)


def _read(system: System, keeper: Keeper, found: dict[str, Any]) -> Document | None:
    s3 = system.client("s3")
    try:
        answer = s3.get_object(Bucket=system.bucket, Key=found["Key"])
    except s3.exceptions.NoSuchKey:
        return None  # replayed by somebody else since the listing
    document = json.loads(answer["Body"].read())
    campaign = document.get("campaignId")
    return Document(
        keeper=keeper,
        campaigns=frozenset([campaign] if campaign else []),
        place=found["Key"],
        reason=document["reason"],
        records=len(document["Records"]),
        since=since_of(found["LastModified"]),
        system=system,
        raw=document["Records"],
        version=answer.get("VersionId"),
    )
