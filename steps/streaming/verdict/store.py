"""What verdictReporter reads and writes in the demand table: counts, tallies, and what was last said.

`meta:slack:counts` holds one map per kind of file (`scrubbed`: verified, rejected, selected; `fanlist`:
records, scoredAt), each with the run that said it and the count before it, the fans last said to be missing
(`scrubbedNews`, `fanlistNews`), the campaign's name as it was last said, the last run that was warned about,
and a lease. Whoever is about to post holds the lease, so that two workers with the same message post once;
it ends by itself, so that a worker that dies holding it does not silence the campaign.

`meta:run:<runId>` holds, beside the run's tally, which message asked for the next look at it: a message that
the queue delivers twice is put back once, or every look would double the messages. What became of the run's
verdict stands there too.
"""

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from steps.shared.attributes import Item, number, text
from steps.shared.aws_types import DynamoDBClient
from steps.shared.clock import compact, now_iso
from steps.shared.messages import VerdictMessage
from steps.shared.meta_items import COUNTS, LOOK, RUN, SAID, MetaItems, meta_key, run_key
from steps.streaming.counting.changes import Tally
from steps.streaming.verdict.posts import LastPosts, last_posts_of
from steps.streaming.verdict.under_way import RunState

# Longer than the function may run (60 s), so that only a dead worker's lease ever ends by itself.
LEASE_SECONDS = 75
# How long a claim to the next look holds: copies of one message come close together, and what an operator
# sends again after some time is to be heard.
LOOK_SECONDS = 900
# Runs of one campaign, newest first, that are asked about at most: one page, and far more than overlap.
_MOST_RUNS = 100
_LOOK_IS_FREE = (
    "attribute_not_exists(look) OR look < :look OR (look = :look AND lookBy = :lookBy) OR lookUntil < :now"
)


@dataclass(frozen=True)
class Lease:
    """The right to post about a campaign, and what had been said when it was taken."""

    owner: str
    last_posts: LastPosts


class VerdictStore:
    """One table's side of the verdict."""

    def __init__(self, client: DynamoDBClient, table: str, clock: Callable[[], float] = time.time) -> None:
        self._items = MetaItems(client, table)
        self._clock = clock

    def counts(self, campaign_id: str) -> Tally:
        """Return the campaign's fans by state."""
        return Tally.of(self._items.get(meta_key(campaign_id, COUNTS)))

    def run(self, campaign_id: str, run_id: str | None) -> RunState:
        """Return a run; all empty where there is no such run."""
        return RunState.of(self._items.get(run_key(campaign_id, run_id)) if run_id else {})

    def runs(self, campaign_id: str, since: str) -> list[RunState]:
        """Return the campaign's runs that began since a moment, in the contract's spelling; newest first."""
        answer: Any = self._items.client.query(
            TableName=self._items.table,
            KeyConditionExpression="PK = :campaign AND SK BETWEEN :oldest AND :newest",
            ExpressionAttributeValues={
                ":campaign": text(f"campaign:{campaign_id}"),
                ":oldest": text(f"{RUN}{compact(since)}"),
                ":newest": text(f"{RUN}~"),
            },
            ScanIndexForward=False,
            ConsistentRead=True,
            Limit=_MOST_RUNS,
        )
        return [RunState.of(item) for item in answer["Items"]]

    def end_verdict(self, campaign_id: str, run_id: str, outcome: str) -> None:
        """Note on a run's record what became of its verdict; a run that has none is left without."""
        key = run_key(campaign_id, run_id)
        self._items.update(key, "attribute_exists(PK)", values={"verdict": text(outcome)})

    def last_posts(self, campaign_id: str) -> LastPosts:
        """Return what was last said."""
        return last_posts_of(self._items.get(meta_key(campaign_id, SAID)))

    def lease(self, campaign_id: str) -> Lease | None:
        """Take the right to post; None while another worker has it."""
        owner, now = uuid.uuid4().hex, self._clock()
        item = self._items.update(
            meta_key(campaign_id, SAID),
            "attribute_not_exists(leaseUntil) OR leaseUntil < :now",
            values={"leaseOwner": text(owner), "leaseUntil": number(now + LEASE_SECONDS)},
            given={"now": number(now)},
        )
        return None if item is None else Lease(owner, last_posts_of(item))

    def release(self, campaign_id: str, lease: Lease, said: Item | None = None) -> bool:
        """Give the lease back and store what was said, if anything was.

        Returns:
            False where the lease had ended by then.
        """
        item = self._items.update(
            meta_key(campaign_id, SAID),
            "leaseOwner = :owner",
            values=said | {"updated": text(now_iso())} if said else {},
            remove=("leaseOwner", "leaseUntil"),
            given={"owner": text(lease.owner)},
        )
        return item is not None

    def claim_next_look(self, message: VerdictMessage, message_id: str) -> bool:
        """Take the right to ask for a message's next look; false where a copy of the message has it.

        Args:
            message: as it was received.
            message_id: the queue's; the same when the same message is delivered again, so that a worker that
                died before it put the message back does not keep it from being put back.
        """
        now = self._clock()
        item = self._items.update(
            _look_key(message),
            _LOOK_IS_FREE,
            values={
                "look": number(message.attempt + 1),
                "lookBy": text(message_id),
                "lookUntil": number(now + LOOK_SECONDS),
            },
            given={"now": number(now)},
        )
        return item is not None

    def release_next_look(self, message: VerdictMessage, message_id: str) -> None:
        """Undo `claim_next_look` where the message could not be put back."""
        self._items.update(
            _look_key(message),
            "lookBy = :by",
            values={},
            remove=("look", "lookBy", "lookUntil"),
            given={"by": text(message_id)},
        )


def _look_key(message: VerdictMessage) -> Item:
    if message.run_id:
        return run_key(message.campaign_id, message.run_id)
    return meta_key(message.campaign_id, f"{LOOK}{message.source}:{message.count}")
