"""How many transactions a second one item takes when every shard of the table's stream wants it.

processSavedScores adds each batch to the campaign's `meta:counts` in a transaction, one batch a shard at a
time. While one is under way, another on the same item is refused, waits a random while and tries again: no
formula is at hand, so it is played, event by event, with the waits of `steps.streaming.ledger.Ledger`.
"""

import heapq
import random
from dataclasses import dataclass
from functools import lru_cache

from bench.scaling.ours import Patience

_SECONDS = 60.0


@dataclass(frozen=True)
class Contention:
    """Commits a second, attempts a commit, and the share of batches that had to come again."""

    commits: float
    attempts: float
    given_up: float


@lru_cache
def contention(
    shards: int, pace: float, work: float, hold: float, patience: Patience, seed: int = 1
) -> Contention:
    """Plays a minute.

    Args:
        shards: of the table's stream, each with one batch at a time.
        pace: batches a second that each shard has to offer.
        work: seconds a batch beside its transaction.
        hold: seconds that a transaction keeps others off the item.
        patience: with a batch that is refused.
        seed: of the random waits; the same gives the same.
    """
    dice = random.Random(seed)
    # When a shard next tries, and for the how many-th time; the batches of a second do not begin together.
    due = [dice.random() / pace for _ in range(shards)]
    events = [(due[shard] + work, shard, 1) for shard in range(shards)]
    heapq.heapify(events)
    free_at, commits, attempts, given_up = 0.0, 0, 0, 0
    while events:
        now, shard, attempt = heapq.heappop(events)
        if now > _SECONDS:
            continue
        attempts += 1
        if now >= free_at:
            free_at = now + hold
            commits += 1
        elif attempt < patience.attempts:
            heapq.heappush(events, (now + hold + dice.uniform(0, patience.most(attempt)), shard, attempt + 1))
            continue
        else:
            given_up += 1
        # What was given up comes again at once; what was committed makes room for the next batch.
        due[shard] = max(due[shard] + dice.uniform(0.5, 1.5) / pace, now - 1 / pace)
        heapq.heappush(events, (max(now + hold, due[shard]) + work, shard, 1))
    ended = commits + given_up
    return Contention(commits / _SECONDS, attempts / max(commits, 1), given_up / max(ended, 1))
