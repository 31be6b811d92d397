"""Looks at a campaign's counts after they changed: always one in the queue, never two (SPEC 4).

When the look in flight is due stands on `meta:look:counts`, written after its message was sent. So whoever
finds it there may rely on it, and whoever dies between the two leaves a message too many, never one too few.
The message knows when it was due itself: of two, the one that the item does not name ends.
"""

import json
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from steps.shared.campaign_keys import COUNTS_LOOK, meta_key
from steps.shared.messages import LONGEST_DELAY_SECONDS, CountsLook
from steps.streaming.verdict.sentences import Figures

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_sqs import SQSClient

# A run's own message looks after each delay; what only looks at the counts may come later.
_DELAYS_TO_FIRST = 4
_DELAYS_TO_NEXT = 8
# How far two machines' clocks may be apart, at most; of a short delay half.
_SKEW_SECONDS = 2.0


class Looks:
    """Asks for looks.

    Args:
        dynamodb: a low-level client.
        sqs: the queue's client.
        table: the table that holds counts.
        queue_url: the verdictReporterQueue.
        delay_seconds: the wait between two looks at a run; looks at the counts are some of these apart.
        clock: Unix time, in seconds.
    """

    def __init__(
        self,
        dynamodb: "DynamoDBClient",
        sqs: "SQSClient",
        *,
        table: str,
        queue_url: str,
        delay_seconds: int,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._dynamodb = dynamodb
        self._sqs = sqs
        self._table = table
        self._queue_url = queue_url
        self._delay_seconds = delay_seconds
        self._clock = clock

    def ask(self, campaign_id: str) -> bool:
        """Ask for a first look, after the counts were written; false where one is in flight.

        Raises:
            ClientError, BotoCoreError: it is not certain that there will be a look.
        """
        # Short of its due time by more than clocks differ, it is still to read what is written by now.
        skew = min(_SKEW_SECONDS, self._delay_seconds / 2)
        if self._due(campaign_id) - skew > self._clock():
            return False
        self._send(campaign_id, 1, None)
        return True

    def ask_again(self, look: CountsLook, seen: Figures | None) -> bool:
        """Ask for the look after this one, later than that; false where a younger one is in flight."""
        if self._due(look.campaign_id) > look.due:
            return False
        self._send(look.campaign_id, look.look + 1, seen)
        return True

    def _send(self, campaign_id: str, number: int, seen: Figures | None) -> None:
        delays = _DELAYS_TO_FIRST if number == 1 else _DELAYS_TO_NEXT
        delay = min(self._delay_seconds * delays, LONGEST_DELAY_SECONDS)
        # Before the message is sent: it cannot be there earlier than this says.
        due = self._clock() + delay
        look = CountsLook(
            campaign_id=campaign_id,
            look=number,
            due=due,
            seen=None if seen is None else (seen.verified, seen.rejected, seen.selected),
        )
        self._sqs.send_message(
            QueueUrl=self._queue_url, MessageBody=json.dumps(look.wire()), DelaySeconds=delay
        )
        self._dynamodb.update_item(
            TableName=self._table,
            Key=meta_key(campaign_id, COUNTS_LOOK),
            UpdateExpression="SET due = :due",
            ExpressionAttributeValues={":due": {"N": repr(due)}},
        )

    def _due(self, campaign_id: str) -> float:
        item = self._dynamodb.get_item(
            TableName=self._table, Key=meta_key(campaign_id, COUNTS_LOOK), ConsistentRead=True
        ).get("Item", {})
        return float(item["due"]["N"]) if "due" in item else 0.0
