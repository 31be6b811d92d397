"""Looks at a campaign's counts after they changed: always one in the queue, never two (SPEC 4).

When the look in flight is due stands on `meta:look:counts`, written after its message was sent. So whoever
finds it there may rely on it, and whoever dies between the two leaves a message too many, never one too few.
The message knows when it was due itself: of two, the one that the item does not name ends.
"""

import time
from collections.abc import Callable
from dataclasses import astuple, dataclass

from steps.shared.attributes import number
from steps.shared.aws_types import DynamoDBClient
from steps.shared.messages import LONGEST_DELAY_SECONDS, CountsLook
from steps.shared.meta_items import COUNTS_LOOK, MetaItems, meta_key
from steps.streaming.counting.changes import Tally

# A run's own message looks after each delay; what only looks at the counts may come later.
_DELAYS_TO_FIRST = 4
_DELAYS_TO_NEXT = 8
# How far two machines' clocks may be apart, at most; of a short delay half.
_SKEW_SECONDS = 2.0


@dataclass(frozen=True)
class Looks:
    """Asks for looks.

    Args:
        send: puts a look into the verdictReporterQueue, to be seen after so many seconds.
        delay_seconds: the wait between two looks at a run; looks at the counts are some of these apart.
        clock: Unix time, in seconds.
    """

    client: DynamoDBClient
    table: str
    send: Callable[[CountsLook, int], None]
    delay_seconds: int
    clock: Callable[[], float] = time.time

    def ask(self, campaign_id: str) -> bool:
        """Ask for a first look, after the counts were written; false where one is in flight.

        Raises:
            ClientError, BotoCoreError: it is not certain that there will be a look.
        """
        # Short of its due time by more than clocks differ, it is still to read what is written by now.
        skew = min(_SKEW_SECONDS, self.delay_seconds / 2)
        if self._due(campaign_id) - skew > self.clock():
            return False
        self._send(campaign_id, 1, None)
        return True

    def ask_again(self, look: CountsLook, seen: Tally | None) -> bool:
        """Ask for the look after this one, later than that; false where a younger one is in flight."""
        if self._due(look.campaign_id) > look.due:
            return False
        self._send(look.campaign_id, look.look + 1, seen)
        return True

    def _send(self, campaign_id: str, look: int, seen: Tally | None) -> None:
        delays = _DELAYS_TO_FIRST if look == 1 else _DELAYS_TO_NEXT
        delay = min(self.delay_seconds * delays, LONGEST_DELAY_SECONDS)
        # Before the message is sent: it cannot be there earlier than this says.
        due = self.clock() + delay
        known = None if seen is None else astuple(seen)
        self.send(CountsLook(campaign_id=campaign_id, look=look, due=due, seen=known), delay)
        self._items.update(meta_key(campaign_id, COUNTS_LOOK), values={"due": number(due)})

    def _due(self, campaign_id: str) -> float:
        item = self._items.get(meta_key(campaign_id, COUNTS_LOOK))
        return float(item["due"]["N"]) if "due" in item else 0.0

    @property
    def _items(self) -> MetaItems:
        return MetaItems(self.client, self.table)
