"""The queues of failures, read: each message as what it is."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pydantic import ValidationError

from local.aside import records
from local.aside.kept import Keeper
from local.aside.on_the_stream import batch_of
from local.aside.queues import QUEUES, Message, StreamBatch, UncountedBatch, UploadEvent, VerdictLetter
from local.aside.system import System, since_of
from pipelines.errors import InvalidKeyError
from pipelines.keys import Kind, parse_key
from steps.shared.payloads import VerdictMessage

# Nobody else sees a message while a person thinks it over.
_HIDDEN_SECONDS = 900
_CALL = 10
# Long polling asks all of a queue's servers; the embedded AWS has but one.
_WAIT_SECONDS = 1


def messages(system: System, keeper: Keeper, campaign: str | None) -> list[Message]:
    """All messages of a queue, hidden from others until they are taken or released."""
    sqs, url = system.client("sqs"), system.resources[QUEUES[keeper]]
    found: list[Message] = []
    while answer := sqs.receive_message(
        QueueUrl=url,
        MaxNumberOfMessages=_CALL,
        VisibilityTimeout=_HIDDEN_SECONDS,
        WaitTimeSeconds=_WAIT_SECONDS if system.target.endpoint is None else 0,
        AttributeNames=["SentTimestamp"],
        MessageAttributeNames=["ERROR_CODE"],
    ).get("Messages"):
        with ThreadPoolExecutor(_CALL) as pool:
            found += pool.map(lambda message: _READ[keeper](_Facts.of(system, keeper, message)), answer)
    return [message for message in found if _is_of(message, campaign)]


def _is_of(message: Message, campaign: str | None) -> bool:
    if campaign is None or campaign in message.campaigns:
        return True
    message.release()
    return False


@dataclass(frozen=True)
class _Facts:
    """A message as it came, and what every kind of it has in common."""

    system: System
    body: Any
    error: str | None
    common: dict[str, Any]

    @classmethod
    def of(cls, system: System, keeper: Keeper, message: dict[str, Any]) -> "_Facts":
        try:
            body = json.loads(message["Body"])
        except ValueError:
            body = None
        sent = datetime.fromtimestamp(int(message["Attributes"]["SentTimestamp"]) / 1000, UTC)
        common = {
            "keeper": keeper,
            "place": f"queue {system.resources[QUEUES[keeper]].rpartition('/')[2]}, {message['MessageId']}",
            "since": since_of(sent),
            "system": system,
            "receipt": message["ReceiptHandle"],
            "body": body,
        }
        error = message.get("MessageAttributes", {}).get("ERROR_CODE", {}).get("StringValue")
        return cls(system, body, error, common)

    def unknown(self) -> Message:
        """Give a message that nobody can read."""
        return Message(**self.common, campaigns=frozenset(), records=0, reason="not a message of this system")


def _verdict(facts: _Facts) -> Message:
    try:
        verdict = VerdictMessage.model_validate(facts.body)
    except ValidationError:
        return facts.unknown()
    campaigns = frozenset([verdict.campaign_id])
    return VerdictLetter(
        **facts.common, campaigns=campaigns, records=verdict.count, reason="not said after five tries"
    )


def _upload(facts: _Facts) -> Message:
    try:
        key = str(facts.body["detail"]["object"]["key"])
    except (KeyError, TypeError):
        return facts.unknown()
    try:
        campaigns = frozenset([parse_key(key).campaign_id])
    except InvalidKeyError:
        campaigns = frozenset()
    # As the template's two rules tell them apart.
    kind: Kind = "fanlist" if key.startswith("fanlist/") else "scrubbed"
    reason = f"no execution was started ({facts.error or 'no error named'}) for {key}"
    return UploadEvent(**facts.common, campaigns=campaigns, records=0, reason=reason, kind=kind)


def _batch(facts: _Facts) -> Message:
    try:
        info = facts.body["KinesisBatchInfo"]
        raw = batch_of(facts.system, info)
        size = int(info["batchSize"])
    except (KeyError, TypeError, ValueError):
        return facts.unknown()
    context = facts.body.get("requestContext", {})
    return StreamBatch(
        **facts.common,
        campaigns=_campaigns_of(raw),
        records=size,
        reason=str(context.get("condition", "given up")),
        raw=raw,
        missing=max(size - len(raw), 0),
    )


def _uncounted(facts: _Facts) -> Message:
    try:
        size = int(facts.body["DDBStreamBatchInfo"]["batchSize"])
    except (KeyError, TypeError, ValueError):
        return facts.unknown()
    reason = str(facts.body.get("requestContext", {}).get("condition", "given up"))
    return UncountedBatch(**facts.common, campaigns=frozenset(), records=size, reason=reason)


_READ: dict[Keeper, Callable[[_Facts], Message]] = {
    Keeper.load_scores: _batch,
    Keeper.save_entry_scoring: _batch,
    Keeper.process_saved_scores: _uncounted,
    Keeper.verdict_reporter: _verdict,
    Keeper.uploads: _upload,
}


def _campaigns_of(raw: list[dict[str, Any]]) -> frozenset[str]:
    return frozenset(campaign for campaign in map(records.campaign_of, raw) if campaign)
