"""What a dead letter is, and what a replay of it comes to. Never a row's value."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from steps.shared.payloads import Run
from steps.shared.storage import DEAD_LETTERS
from steps.shared.wire import FIELD, known

if TYPE_CHECKING:
    from local.stack.target import Target

_REPLAYED = f"{DEAD_LETTERS}replayed/"


class Keeper(StrEnum):
    """Who could not deliver something, by the name of its folder or of its work."""

    uploads = "uploads"
    publish_partition = "publish-partition"
    save_fanlist_partition = "save-fanlist-partition"
    load_scores = "load-scores-to-dynamodb"
    process_saved_scores = "process-saved-scores"
    save_entry_scoring = "save-entry-scoring"
    verdict_reporter = "verdict-reporter"


# The functions of the template that take records or partitions again.
FUNCTIONS = {
    Keeper.publish_partition: "PublishPartitionFunction",
    Keeper.save_fanlist_partition: "SaveFanlistPartitionFunction",
    Keeper.load_scores: "LoadScoresToDynamoDBFunction",
    Keeper.save_entry_scoring: "SaveEntryScoringFunction",
}


class Outcome(StrEnum):
    """What became of one thing in a replay."""

    REPLAYED = "replayed"
    OUTDATED = "outdated"
    KEPT = "still kept"


@dataclass(frozen=True)
class Replayed:
    """A replay's outcome, and in words what was done; `run` is one that got records it had lacked."""

    outcome: Outcome
    said: str
    run: Run | None = None


class NotDeliveredError(Exception):
    """A dead letter could again not be delivered; the message says why and holds no value of a row."""


@dataclass(frozen=True, kw_only=True)
class DeadLetter:
    """One thing that could not be delivered.

    Attributes:
        keeper: who could not deliver it.
        campaigns: the campaigns it is of; none where it does not say.
        place: where it is kept: a key of the bucket, a run's partitions, or a queue's message.
        reason: why, in words without any value of a row.
        records: how many records it holds.
        since: since when, in the contract's spelling.
        plan: says what a replay would do; does nothing.
        deliver: delivers it again, and takes it from where it is kept once that went well; None where
            nothing would.
        release: lets others see it again, where it is hidden from them meanwhile.
    """

    keeper: Keeper
    place: str
    reason: str
    since: str
    plan: Callable[[], str]
    deliver: Callable[[], Replayed] | None = None
    records: int = 0
    campaigns: frozenset[str] = frozenset()
    release: Callable[[], None] = lambda: None

    def replay(self) -> Replayed:
        """Deliver it again.

        Raises:
            NotDeliveredError: it was not taken, and is kept as it was.
        """
        if self.deliver is None:
            raise NotDeliveredError(self.plan())
        return self.deliver()


def newer_than_this(keeper: Keeper, place: str, document: dict[str, Any], since: str) -> DeadLetter | None:
    """Say of a document of a schema version that is not known here that it stays; None of any other."""
    try:
        known(document.get(FIELD))
    except ValueError as error:
        reason = f"{FIELD}: {error}"
    else:
        return None
    return DeadLetter(
        keeper=keeper,
        place=place,
        reason=reason,
        since=since,
        plan=lambda: f"nothing: {reason}",
        # Its key is all that can be relied upon.
        campaigns=frozenset([place.split("/")[2]]),
    )


def invoke(target: "Target", function: str, event: dict[str, Any]) -> dict[str, Any]:
    """Invoke a function of the template and wait for its answer.

    Raises:
        NotDeliveredError: it failed; only an error's type is told, since a message may quote a row. The
            steps' own `UnexpectedError` is made to be read.
    """
    name = target.resources[function]
    functions = target.client("lambda", patient=True)
    answer = functions.invoke(FunctionName=name, Payload=json.dumps(event).encode())
    body: dict[str, Any] = json.loads(answer["Payload"].read() or b"{}")
    if answer.get("FunctionError"):
        kind = str(body.get("errorType", "no error named"))
        said = body.get("errorMessage", kind) if kind == "UnexpectedError" else kind
        raise NotDeliveredError(f"{name} failed: {str(said).rstrip('.')}.")
    return body


def move_to_replayed(target: "Target", key: str) -> None:
    """Move an object out of sight of the next replay; it stays as long as all dead letters."""
    s3, bucket = target.client("s3"), target.stack.bucket
    aside = _REPLAYED + key.removeprefix(DEAD_LETTERS)
    s3.copy_object(Bucket=bucket, Key=aside, CopySource={"Bucket": bucket, "Key": key})
    s3.delete_object(Bucket=bucket, Key=key)
