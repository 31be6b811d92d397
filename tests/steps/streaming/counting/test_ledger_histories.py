"""Lambda's delivery contract, played at random: after every step the counts equal a recount of the table.

A model of the source keeps what every record of every shard did to the fans. Several shards are written to
and read at once; they split, and a child is read once its parent was read to its end. Batches come in order
the first time and then again, at any time, re-cut, larger, smaller, out of order, also while another worker
has the same ones. Commits conflict, get lost before or after they were done, or the worker dies there. What
this cannot see is DynamoDB itself: the fake is held against the embedded AWS in `test_ledger_table`.
"""

import contextlib
import zlib
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from steps.shared.attributes import Item, read_int
from steps.streaming.counting.changes import Change, Tally, change_of, contribution
from steps.streaming.counting.ledger import Ledger, UnsettledError
from tests.steps.records import image, stream_record
from tests.steps.streaming.counting.ledger_table import LedgerTable, conflict, lost_answer, lost_request

Fault = Callable[[LedgerTable, list[Any]], None]

HISTORIES = 2000
_MOST_SHARDS = 6


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
_FANS = st.sampled_from(["fan:1", "fan:2", "fan:3", "fan:4", "email:x@example.test"])
_CAMPAIGNS = ("a", "b")
_RUNS = ("r1", "r2")
_IMAGES = st.one_of(
    st.none(),
    st.builds(
        image,
        st.sampled_from([None, True, False]),
        st.sampled_from([None, *_RUNS]),
        st.sampled_from([None, "selected", "no"]),
    ),
)
_SHARD = st.integers(0, _MOST_SHARDS - 1)


@dataclass
class Shard:
    """One shard: what its records say, how many were acknowledged, its parent, and whether it was split."""

    parent: int | None
    changes: list[Change] = field(default_factory=list)
    delivered: int = 0
    open: bool = True

    @property
    def read(self) -> bool:
        """Whether it was read to its end."""
        return self.delivered == len(self.changes)


class Deliveries(RuleBasedStateMachine):
    """One table, its stream, and workers."""

    def __init__(self) -> None:
        super().__init__()
        self.table = LedgerTable()
        self.fans: dict[tuple[str, str], Item] = {}
        self.shards = [Shard(None), Shard(None)]
        self.sequence = 0

    @rule(changes=st.lists(st.tuples(_FANS, st.sampled_from(_CAMPAIGNS), _IMAGES), min_size=1, max_size=5))
    def write(self, changes: list[tuple[str, str, Item | None]]) -> None:
        """Fans' items change; an item's records stay in order, in the open shard that its key falls into."""
        for fan, campaign, new in changes:
            old = self.fans.pop((fan, campaign), None)
            if new is not None:
                self.fans[fan, campaign] = new
            if old == new:
                continue
            self.sequence += 1
            there = [shard for shard in self.shards if shard.open]
            shard = there[zlib.crc32(f"{fan}/{campaign}".encode()) % len(there)]
            shard.changes.append(_change(self.sequence, old, new, campaign, fan))

    @rule(fan=_FANS, campaign=st.sampled_from(_CAMPAIGNS), run=st.sampled_from(_RUNS))
    def withdraw(self, fan: str, campaign: str, run: str) -> None:
        """A run takes what it owns off a fan's item, or stamps one that nobody has written; others' stays."""
        stored = self.fans.get((fan, campaign), {})
        kept = {name: value for name, value in stored.items() if name not in ("isVerified", "score")}
        self.write([(fan, campaign, kept | {"runId": {"S": run}})])

    @precondition(lambda self: len(self.shards) < _MOST_SHARDS)
    @rule(number=_SHARD)
    def split(self, number: int) -> None:
        """Two shards take over from one, which may still have much to be read.

        Keys are dealt out anew among all open shards; for a key that moves to another family's shard the
        order of delivery is then looser than DynamoDB's, and the counts must not mind.
        """
        number %= len(self.shards)
        if self.shards[number].open:
            self.shards[number].open = False
            self.shards += [Shard(number), Shard(number)]

    @rule(number=_SHARD, size=st.integers(1, 8), faults=_FAULTS)
    def deliver_next(self, number: int, size: int, faults: list[Fault | None]) -> None:
        """The first time in order. Unless it is acknowledged, the same place comes again."""
        number %= len(self.shards)
        shard = self.shards[number]
        if shard.parent is not None and not self.shards[shard.parent].read:
            return
        batch = shard.changes[shard.delivered : shard.delivered + size]
        if self._deliver(number, batch, faults):
            shard.delivered += len(batch)

    @rule(number=_SHARD, start=st.integers(0, 30), size=st.integers(1, 12), faults=_FAULTS)
    def deliver_again(self, number: int, start: int, size: int, faults: list[Fault | None]) -> None:
        """Any part of what was delivered, at any time, cut anyhow."""
        number %= len(self.shards)
        self._deliver(number, self._part(number, start, size), faults)

    @rule(number=_SHARD, size=st.integers(1, 8), start=st.integers(0, 30), faults=_FAULTS)
    def deliver_to_two(self, number: int, size: int, start: int, faults: list[Fault | None]) -> None:
        """Another worker counts some of the same shard between this one's look and its commit."""
        number %= len(self.shards)
        shard = self.shards[number]
        if shard.parent is not None and not self.shards[shard.parent].read:
            return
        batch = shard.changes[shard.delivered : shard.delivered + size]
        rivals = self._part(number, start, 12) + batch[: size // 2]

        def rival(table: LedgerTable, _actions: list[Any]) -> None:
            table.faults, rest = [], table.faults
            _ledger(table).settle(f"shard-{number}", rivals)
            table.faults = rest
            table.apply(_actions)

        if self._deliver(number, batch, [rival, *faults]):
            shard.delivered += len(batch)

    def _part(self, number: int, start: int, size: int) -> list[Change]:
        done = self.shards[number].changes[: self.shards[number].delivered]
        start %= len(done) + 1
        return done[start : start + size]

    def _deliver(self, number: int, batch: list[Change], faults: list[Fault | None]) -> bool:
        self.table.faults = list(faults)
        with contextlib.suppress(UnsettledError, WorkerDiedError):
            _ledger(self.table).settle(f"shard-{number}", batch)
            return True
        return False

    @invariant()
    def counts_equal_a_recount_up_to_the_positions(self) -> None:
        """Replays each shard up to its position and compares every figure."""
        expected: dict[str, Tally] = defaultdict(Tally)
        runs: dict[tuple[str, str], int] = defaultdict(int)
        selected: dict[tuple[str, str], int] = defaultdict(int)
        for number, shard in enumerate(self.shards):
            key = ("stream:demand", f"meta:position:shard-{number}")
            position = self.table.items.get(key, {}).get("sequenceNumber", {"S": ""})["S"]
            for change in shard.changes:
                if change.sequence <= position:
                    expected[change.campaign_id] += contribution(change.new) - contribution(change.old)
                    new, old = (change.new or {}).get("runId"), (change.old or {}).get("runId")
                    if new is not None and new != old:
                        runs[change.campaign_id, new["S"]] += 1
                        if "isVerified" not in (change.new or {}):
                            selected[change.campaign_id, new["S"]] += contribution(change.new).selected
        for campaign in _CAMPAIGNS:
            assert self._found(campaign) == expected[campaign]
            for run in _RUNS:
                item = self.table.items.get((f"campaign:{campaign}", f"meta:run:{run}"), {})
                assert read_int(item, "counted") == runs[campaign, run]
                assert read_int(item, "withdrawnSelected") == selected[campaign, run]

    @invariant()
    def once_all_is_read_counts_equal_a_recount_of_the_table(self) -> None:
        """What is acknowledged is counted: with nothing left to read, the fans themselves are the figures."""
        if all(shard.read for shard in self.shards):
            for campaign in _CAMPAIGNS:
                there = [contribution(item) for (_, of), item in self.fans.items() if of == campaign]
                assert self._found(campaign) == sum(there, Tally())

    def _found(self, campaign: str) -> Tally:
        item = self.table.items.get((f"campaign:{campaign}", "meta:counts"), {})
        return Tally(*(read_int(item, name) for name in ("verified", "rejected", "selected")))

    def teardown(self) -> None:
        """In the end everything is delivered, and the counts are those of the fans that are there."""
        for number, shard in enumerate(self.shards):
            assert self._deliver(number, shard.changes[shard.delivered :], [])
            shard.delivered = len(shard.changes)
        self.once_all_is_read_counts_equal_a_recount_of_the_table()


def _ledger(table: LedgerTable) -> Ledger:
    return Ledger(table, "demand", attempts=3, longest_wait=0)  # type: ignore[arg-type]


def _change(sequence: int, old: Item | None, new: Item | None, campaign: str, fan: str) -> Change:
    found = change_of(stream_record(sequence, old, new, campaign, fan))
    assert found is not None
    return found


TestDeliveries = Deliveries.TestCase
TestDeliveries.settings = settings(max_examples=HISTORIES, stateful_step_count=16, deadline=None)
