"""What the streaming workers kept in the bucket: documents that are events of theirs."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from local.aside import records
from local.aside.kept import Keeper, Kept, Outcome, Replayed
from local.aside.system import System, since_of
from steps.shared.storage import aside_prefix

_READS_AT_ONCE = 16


def documents(system: System, keeper: Keeper, campaign: str | None) -> Iterator[Kept]:
    """Give the documents that a worker has kept, of one campaign or of all."""
    with ThreadPoolExecutor(_READS_AT_ONCE) as pool:
        found = pool.map(partial(_read, system, keeper), system.objects(aside_prefix(keeper, campaign)))
        yield from (document for document in found if document is not None)


def _read(system: System, keeper: Keeper, found: dict[str, Any]) -> Kept | None:
    s3, key = system.client("s3"), found["Key"]
    try:
        answer = s3.get_object(Bucket=system.bucket, Key=key)
    except s3.exceptions.NoSuchKey:
        return None  # replayed by somebody else since the listing
    document = json.loads(answer["Body"].read())
    raw, campaign = document["Records"], document.get("campaignId")

    def replay() -> Replayed:
        """Give the records to the worker, which keeps aside anew what it still cannot deliver."""
        done = records.deliver(system, keeper, raw)
        if done.outcome is Outcome.KEPT:
            now = s3.head_object(Bucket=system.bucket, Key=key).get("VersionId")
            if now != answer.get("VersionId"):
                # The very same records: the worker has written them to this very place.
                return done
        system.move_to_replayed(key)
        return done

    return Kept(
        keeper=keeper,
        campaigns=frozenset([campaign] if campaign else []),
        place=key,
        reason=document["reason"],
        records=len(raw),
        since=since_of(found["LastModified"]),
        plan=lambda: records.plan(system, keeper, raw),
        replay=replay,
    )
