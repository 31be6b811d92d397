"""processSavedScores' work on one batch: which shard it is of, count it, leave an audit trail (SPEC 4)."""

from dataclasses import asdict, dataclass
from typing import Any, Literal

from aws_lambda_powertools.utilities.data_classes import DynamoDBStreamEvent

from steps.shared.attributes import Item, read_text
from steps.shared.observability import logger, safe_key
from steps.shared.settings import ConfigurationError
from steps.streaming.counting.changes import Change, change_of
from steps.streaming.counting.ledger import Ledger
from steps.streaming.demand_table.upserts import FANLIST_STAMP, SCORES_STAMP


@dataclass(frozen=True)
class Counted:
    """Stream records of one call: all, those about fans, and those of them not counted before.

    `moved` are the campaigns whose counts these changes move, or moved when they came before.
    """

    records: int
    fans: int
    counted: int
    moved: frozenset[str] = frozenset()


def shard_of(event: DynamoDBStreamEvent, stream_shards: Literal["windowed", "single"]) -> str:
    """Return the shard that a batch came from.

    Raises:
        ConfigurationError: nothing tells it: without a shard, counts would not be exact.
    """
    if event.shard_id:
        return event.shard_id
    sources = {record.event_source_arn for record in event.records}
    if stream_shards == "single" and len(sources) == 1 and (source := sources.pop()):
        return source
    raise ConfigurationError(
        "The event has no shardId, so its records cannot be counted exactly: give the event-source mapping a"
        " tumbling window or, if the stream is sure to have a single shard, set STREAM_SHARDS=single."
    )


def count_batch(
    event: DynamoDBStreamEvent, ledger: Ledger, stream_shards: Literal["windowed", "single"]
) -> Counted:
    """Count a batch's changes of fans, each once however often it is delivered."""
    # The last call of a tumbling window comes without records.
    raw: list[dict[str, Any]] = event.get("Records") or []
    changes = [change for record in raw if (change := change_of(record)) is not None]
    if not changes:
        # The counts' own writes are stream records too: moving the position for them would feed itself.
        return Counted(len(raw), 0, 0)
    position = ledger.settle(shard_of(event, stream_shards), changes)
    for change in changes:
        _audit(change, repeated=change.sequence <= position)
    counted = sum(change.sequence > position for change in changes)
    moved = frozenset(change.campaign_id for change in changes if not change.delta.is_zero)
    return Counted(len(raw), len(changes), counted, moved)


def _audit(change: Change, *, repeated: bool) -> None:
    """One line per change, after its commit: at least once, and marked where it was counted before."""
    logger.info(
        "saved score",
        extra={
            "fan": safe_key(change.pk),
            "campaignId": change.campaign_id,
            "runId": read_text(change.new or change.old or {}, SCORES_STAMP.run_id),
            "fanlistRunId": read_text(change.new or change.old or {}, FANLIST_STAMP.run_id),
            "eventName": change.event,
            "before": _state(change.old),
            "after": _state(change.new),
            "delta": asdict(change.delta),
            "repeated": repeated,
        },
    )


def _state(image: Item | None) -> dict[str, Any] | None:
    if image is None:
        return None
    return {
        "isVerified": image.get("isVerified", {}).get("BOOL"),
        "selected": (read_text(image, "verdict") or "").lower() == "selected",
        "verdict": read_text(image, "verdict"),
    }
