"""A batch of verdict messages: campaigns side by side, the messages of one campaign one after another."""

import contextlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from pydantic import ValidationError

from steps.shared.messages import CountsLook, VerdictMessage
from steps.shared.observability import logger
from steps.shared.wire import problems_of
from steps.streaming.verdict.reporters import Outcome

_CAMPAIGNS_AT_ONCE = 10
Message = VerdictMessage | CountsLook
# Is given a message and the queue's id of it.
Handle = Callable[[Message, str], Outcome]


def report_batch(records: Iterable[SQSRecord], handle: Handle) -> dict[str, Any]:
    """Handle every message; one that fails holds no other back and stays in the queue alone.

    Returns:
        Messages by outcome, their number as `input`, and `batchItemFailures` as Lambda reads it.
    """
    campaigns: dict[str, list[tuple[str, Message]]] = defaultdict(list)
    outcomes: dict[str, Outcome] = {}
    for record in records:
        message = _read(record.body)
        if isinstance(message, list):
            logger.error("not a verdict message", extra={"message_id": record.message_id, "fields": message})
            outcomes[record.message_id] = Outcome.FAILED
            continue
        campaigns[message.campaign_id].append((record.message_id, message))

    def one_campaign(messages: list[tuple[str, Message]]) -> dict[str, Outcome]:
        return {message_id: _handle_safely(message, message_id, handle) for message_id, message in messages}

    with ThreadPoolExecutor(max_workers=_CAMPAIGNS_AT_ONCE) as pool:
        for handled in pool.map(one_campaign, campaigns.values()):
            outcomes |= handled
    tally = Counter(outcomes.values())
    failures = [message_id for message_id, outcome in outcomes.items() if outcome == Outcome.FAILED]
    return {
        "batchItemFailures": [{"itemIdentifier": message_id} for message_id in failures],
        "input": len(outcomes),
        **{outcome.value: tally[outcome] for outcome in Outcome},
    }


def _read(body: str) -> Message | list[str]:
    """Read a message of the verdictReporterQueue; of one that cannot be read, the fields at fault."""
    with contextlib.suppress(ValidationError):
        return CountsLook.model_validate_json(body)
    try:
        return VerdictMessage.model_validate_json(body)
    except ValidationError as error:
        return [".".join(str(part) for part in problem["loc"]) for problem in problems_of(error)]


def _handle_safely(message: Message, message_id: str, handle: Handle) -> Outcome:
    try:
        return handle(message, message_id)
    except Exception as error:  # noqa: BLE001 (whatever it is, it concerns this message alone)
        logger.error(
            "verdict message failed",
            extra={
                "campaignId": message.campaign_id,
                "runId": getattr(message, "run_id", None),
                "error": type(error).__name__,
                "code": getattr(error, "response", {}).get("Error", {}).get("Code"),
            },
        )
        return Outcome.FAILED
