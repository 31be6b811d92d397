"""Lambda's delivery contract, played at random: after every step the counts equal a recount of the table.

A model of the source keeps what every record of every shard did to the fans. Batches come in order the
first time and then again, re-cut, larger, smaller, out of order; shards split; commits conflict, get
lost before or after they were done, or the worker dies. What this cannot see is DynamoDB itself: the
fake is held against the embedded AWS in `test_ledger`.
"""

import contextlib
from collections import defaultdict
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from steps.streaming.attributes import Item, read_int
from steps.streaming.counts import Tally, change_of, contribution
from steps.streaming.ledger import Ledger, UnsettledError
from tests.steps.records import image, stream_record
from tests.steps.streaming.ledger_table import LedgerTable, conflict, lost_answer, lost_request


class WorkerDiedError(BaseException):
    """kill -9, as far as the code can tell."""


def dies_before(_table: LedgerTable, _actions: list[Any]) -> None:
    raise WorkerDiedError


def dies_after(table: LedgerTable, actions: list[Any]) -> None:
    table.apply(actions)
    raise WorkerDiedError


_FAULTS = st.lists(
    st.sampled_from([None, None, conflict, lost_answer, lost_request, dies_before, dies_after]), max_size=4
)
_FANS = st.sampled_from(["fan:1", "fan:2", "fan:3", "email:x@example.test"])
_IMAGES = st.one_of(
    st.none(),
    st.builds(
        image,
        st.sampled_from([None, True, False]),
        st.sampled_from([None, "r1", "r2"]),
        st.sampled_from([None, "selected", "no"]),
    ),
)


class Deliveries(RuleBasedStateMachine):
    """One table, one stream whose shards split, one worker at a time."""

    def __init__(self) -> None:
        super().__init__()
        self.table = LedgerTable()
        self.fans: dict[tuple[str, str], Item] = {}
        self.shards: list[list[dict[str, Any]]] = [[]]
        self.delivered = [0]
        self.shard_of: dict[tuple[str, str], int] = {}
        self.sequence = 0

    @rule(fan=_FANS, campaign=st.sampled_from("ab"), new=_IMAGES)
    def write(self, fan: str, campaign: str, new: Item | None) -> None:
        """A fan's item changes; its records stay in order, in its shard or the shard's child."""
        old = self.fans.get((fan, campaign))
        if old == new:
            return
        self.sequence += 1
        shard = self.shard_of.get((fan, campaign), len(self.shards) - 1)
        self.shard_of[fan, campaign] = shard
        self.shards[shard].append(stream_record(self.sequence, old, new, campaign, fan))
        if new is None:
            del self.fans[fan, campaign]
        else:
            self.fans[fan, campaign] = new

    @rule()
    def split(self) -> None:
        """A shard closes once it is read to its end; what comes next goes to a new one."""
        if len(self.shards) < 4 and all(
            done == len(shard) for done, shard in zip(self.delivered, self.shards, strict=True)
        ):
            self.shards.append([])
            self.delivered.append(0)
            self.shard_of.clear()

    @rule(shard=st.integers(0, 3), size=st.integers(1, 6), faults=_FAULTS)
    def deliver_next(self, shard: int, size: int, faults: list[Any]) -> None:
        """The first time in order. Unless it is acknowledged, the same place comes again."""
        shard %= len(self.shards)
        start = self.delivered[shard]
        batch = self.shards[shard][start : start + size]
        if self._deliver(shard, batch, faults):
            self.delivered[shard] += len(batch)

    @rule(shard=st.integers(0, 3), start=st.integers(0, 20), size=st.integers(1, 8), faults=_FAULTS)
    def deliver_again(self, shard: int, start: int, size: int, faults: list[Any]) -> None:
        """Any part of what was delivered, at any time, cut anyhow."""
        shard %= len(self.shards)
        done = self.shards[shard][: self.delivered[shard]]
        start %= len(done) + 1
        self._deliver(shard, done[start : start + size], faults)

    def _deliver(self, shard: int, batch: list[dict[str, Any]], faults: list[Any]) -> bool:
        self.table.faults = list(faults)
        changes = [change for record in batch if (change := change_of(record))]
        book = Ledger(self.table, "demand", attempts=3, longest_wait=0)  # type: ignore[arg-type]
        with contextlib.suppress(UnsettledError, WorkerDiedError):
            book.settle(f"shard-{shard}", changes)
            return True
        return False

    @invariant()
    def counts_equal_a_recount_up_to_the_positions(self) -> None:
        """Replays each shard up to its position and compares every figure."""
        expected: dict[str, Tally] = defaultdict(Tally)
        runs: dict[tuple[str, str], int] = defaultdict(int)
        for shard, records in enumerate(self.shards):
            key = ("stream:demand", f"meta:position:shard-{shard}")
            position = self.table.items.get(key, {}).get("sequenceNumber", {"S": ""})["S"]
            for record in records:
                change = change_of(record)
                assert change is not None
                if change.sequence <= position:
                    expected[change.campaign_id] += contribution(change.new) - contribution(change.old)
                    new, old = (change.new or {}).get("runId"), (change.old or {}).get("runId")
                    if new is not None and new != old:
                        runs[change.campaign_id, new["S"]] += 1
        for campaign in "ab":
            item = self.table.items.get((f"campaign:{campaign}", "meta:counts"), {})
            found = Tally(*(read_int(item, name) for name in ("verified", "rejected", "selected")))
            assert found == expected[campaign]
            for run in ("r1", "r2"):
                item = self.table.items.get((f"campaign:{campaign}", f"meta:run:{run}"), {})
                assert read_int(item, "counted") == runs[campaign, run]

    def teardown(self) -> None:
        """In the end everything is delivered, and the counts are those of the fans that are there."""
        for shard, records in enumerate(self.shards):
            assert self._deliver(shard, records[self.delivered[shard] :], [])
        for campaign in "ab":
            there = [contribution(new) for (_, of), new in self.fans.items() if of == campaign]
            item = self.table.items.get((f"campaign:{campaign}", "meta:counts"), {})
            found = Tally(*(read_int(item, name) for name in ("verified", "rejected", "selected")))
            assert found == sum(there, Tally())


TestDeliveries = Deliveries.TestCase
TestDeliveries.settings = settings(max_examples=600, stateful_step_count=25, deadline=None)
