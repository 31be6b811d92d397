"""`vf dead-letters` reads what was kept before there were schema versions, and leaves newer ones alone."""

import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from local.dead_letters.letter import Keeper, NotDeliveredError
from local.dead_letters.partitions import partly_failed
from local.dead_letters.queues import QUEUES, _Letter, _read
from local.dead_letters.records import documents
from tests.recorded import recorded

LOOKS: dict[str, Any] = {
    Keeper.load_scores: documents,
    Keeper.save_entry_scoring: documents,
    Keeper.publish_partition: partly_failed,
    Keeper.save_fanlist_partition: partly_failed,
}


class OneObject:
    """A stack whose bucket holds one dead letter."""

    stack = SimpleNamespace(bucket="bucket")

    def __init__(self, document: dict[str, Any]) -> None:
        self._document = document

    def client(self, service: str) -> "OneObject":
        return self

    def objects(self, prefix: str) -> Iterator[dict[str, Any]]:
        yield {"Key": f"{prefix}some.json", "LastModified": datetime(2026, 2, 13, tzinfo=UTC)}

    def get_object(self, **_: str) -> dict[str, Any]:
        return {"Body": io.BytesIO(json.dumps(self._document).encode())}

    class exceptions:  # noqa: N801 (boto3's name)
        class NoSuchKey(Exception):  # noqa: N818
            pass


def letter_of(keeper: Keeper, **more: Any) -> Any:
    target: Any = OneObject(recorded(f"dead-letter-{keeper}") | more)
    (found,) = LOOKS[keeper](target, keeper, "old-records")
    return found


@pytest.mark.parametrize("keeper", LOOKS)
def test_old_documents_are_read(keeper: Keeper) -> None:
    found = letter_of(keeper)
    assert (found.records, found.campaigns) == (2, frozenset(["old-records"]))
    assert "schemaVersion" not in found.reason


@pytest.mark.parametrize("keeper", LOOKS)
def test_newer_documents_stay_with_a_reason(keeper: Keeper) -> None:
    found = letter_of(keeper, schemaVersion=2)
    assert (found.campaigns, found.records) == (frozenset(["old-records"]), 0)
    assert "schemaVersion: versions up to 1 are read here" in found.reason
    assert found.plan().startswith("nothing: schemaVersion")
    with pytest.raises(NotDeliveredError, match="schemaVersion"):
        found.replay()


@pytest.mark.parametrize("name", ["verdict-message", "counts-look"])
def test_messages_of_the_queue(name: str) -> None:
    _, read = QUEUES[Keeper.verdict_reporter]
    target: Any = OneObject({})

    def letter(body: dict[str, Any]) -> _Letter:
        message = {"Body": json.dumps(body), "MessageId": "m", "Attributes": {"SentTimestamp": "0"}}
        return _Letter(target, Keeper.verdict_reporter, "url/queue", message)

    assert _read(read, letter(recorded(name))).reason == "not said after five tries"
    newer = _read(read, letter(recorded(name) | {"schemaVersion": 2}))
    assert newer.reason.startswith("schemaVersion: ")
    with pytest.raises(NotDeliveredError, match="schemaVersion"):
        newer.replay()
    assert _read(read, letter({"campaignId": 5})).reason == "not a message of this system"
