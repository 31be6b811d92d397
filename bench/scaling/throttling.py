"""What PublishPartition's writers get through a stream that refuses some of their records.

A shard that is full refuses records one by one; the writer (`steps.kinesis_writer`) waits a random while,
longer each time, and offers them again, until its patience ends and they are kept aside. Too many writers
for too few shards therefore end in `aside/`, and random waits may leave shards idle: played, call by call.
"""

import heapq
import random
from dataclasses import dataclass
from functools import lru_cache

from bench.scaling import ours
from steps.kinesis_writer import MAX_RECORDS

_SECONDS = 300.0


@dataclass(frozen=True)
class Throttled:
    """Share of the shards' capacity that was used, and share of the records whose writer gave up."""

    used: float
    given_up: float


@lru_cache
def throttled(
    children: int, shards: int, shard_records: float, put_seconds: float, seed: int = 1
) -> Throttled:
    """Plays five minutes in which every child of the Map always has records to put.

    Shards are taken as one that is as wide as all of them: fans fall on them evenly.

    Args:
        children: of the Map, at once.
        shards: of the stream.
        shard_records: records a second a shard.
        put_seconds: of a call.
        seed: of the random waits; the same gives the same.
    """
    dice = random.Random(seed)
    waits, patience = ours.writer_waits(), ours.writer().patience
    rate = shards * shard_records
    room, seen = rate, 0.0
    # When a call is made, what is left of it, since when it is tried, and for the how many-th time.
    events = [(dice.random(), MAX_RECORDS, -1.0, 1) for _ in range(children * ours.writer().concurrency)]
    heapq.heapify(events)
    taken = given_up = 0
    while events:
        now, left, since, attempt = heapq.heappop(events)
        if now > _SECONDS:
            break
        since = now if since < 0 else since
        room, seen = min(room + (now - seen) * rate, rate), now
        put = min(left, int(room))
        room, taken, left, answered = room - put, taken + put, left - put, now + put_seconds
        if left and answered - since < patience:
            again = answered + dice.uniform(0, waits.most(attempt))
            heapq.heappush(events, (again, left, since, attempt + 1))
            continue
        given_up += left
        heapq.heappush(events, (answered, MAX_RECORDS, -1.0, 1))
    return Throttled(taken / (_SECONDS * rate), given_up / max(taken + given_up, 1))
