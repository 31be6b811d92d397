"""Runs of one campaign, played at random: the last thing said of it is what its counts end at.

Runs of both kinds begin in any order with shared and own fans, pass their gate or not, end well, fail
part-way or are stopped; others select and remove fans. Publishing, upserting, counting and looks go forward
in any order, come twice, fail, and come between each other's calls. At rest a recount of the table is what
was said last, nothing was said twice in a row, no verdict came while another run was known to be moving it,
and no message is left.
"""

import contextlib
import itertools
import re
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from steps.shared import clock
from steps.shared.observability import logger
from steps.streaming.counting.changes import Tally
from tests.steps.streaming.counting.ledger_table import conflict, lost_answer, lost_request
from tests.steps.streaming.verdict.campaign_world import DELAY, SHARDS, PlayedRun, World
from tests.steps.streaming.verdict.memory_services import BrokenError

HISTORIES = 400
_FANS = st.dictionaries(st.integers(0, 7), st.booleans(), min_size=1, max_size=6)
_SHARD = st.integers(0, SHARDS - 1)
_FATES = st.sampled_from(["succeeded"] * 4 + ["quarantined", "failed", "aborted"])
_FEW = st.integers(1, 4)
# What verdictReporter may take, in seconds; a lease lasts longer.
_LONGEST_CALL = 60
# Looks of a campaign until a run that was stopped by hand is over, four hours later, and some.
_MOST_LOOKS = 120


def figures_of(post: str) -> Tally | None:
    """The counts that a post speaks of; None of one that speaks of none."""
    if "not settled" in post or "records processed" in post:
        return None
    said = {name: int(count.replace(",", "")) for count, name in re.findall(r"([\d,]+) (\w+ed)", post)}
    return Tally(**{name: said.get(name, 0) for name in ("verified", "rejected", "selected")})


class Campaign(RuleBasedStateMachine):
    """One campaign; each rule is something that may happen next."""

    @initialize(comes_again=st.booleans(), dies=st.booleans())
    def start(self, comes_again: bool, dies: bool) -> None:
        self.world = World()
        self.comes_again = comes_again
        self.dies = dies
        self.real_now = clock.now
        logger.setLevel("CRITICAL")
        clock.now = lambda: self.world.now

    @rule(
        kind=st.sampled_from(["scrubbed", "scrubbed", "scrubbed", "fanlist"]),
        hours=st.integers(-3, 0),
        forced=st.booleans(),
        fans=_FANS,
        fate=_FATES,
    )
    def upload(self, kind: Any, hours: int, forced: bool, fans: dict[int, bool], fate: str) -> None:
        world = self.world
        if len(world.runs) < 5:
            scored = world.now if forced else datetime(2026, 2, 14, 11, tzinfo=UTC) + timedelta(hours=hours)
            world.begin(kind, scored, fans, fate)

    @precondition(lambda self: self.under_way)
    @rule(number=st.integers(0, 4), records=_FEW)
    def advance(self, number: int, records: int) -> None:
        self.world.advance(self.under_way[number % len(self.under_way)], records)

    @rule(shard=_SHARD, records=st.integers(1, 8), again=st.integers(0, 3))
    def upsert(self, shard: int, records: int, again: int) -> None:
        self.world.upsert(shard, records, again=again * self.comes_again)

    @rule(
        shard=_SHARD,
        records=st.integers(1, 8),
        again=st.integers(0, 3),
        fault=st.sampled_from([None, None, None, conflict, lost_answer, lost_request]),
        queue=st.sampled_from(["", "", "refused", "answer lost"]),
        dies=st.booleans(),
    )
    def count(self, shard: int, records: int, again: int, fault: Any, queue: str, dies: bool) -> None:
        self.world.table.faults = [fault]
        self.world.queue.failing_calls = [queue]
        with contextlib.suppress(BrokenError):
            self.world.count(shard, records, again=again, dies=dies)
        self.world.table.faults, self.world.queue.failing_calls = [], []

    @precondition(lambda self: self.world.queue.visible())
    @rule(number=st.integers(0, 9), acknowledged=st.booleans(), refused=st.booleans())
    def look(self, number: int, acknowledged: bool, refused: bool) -> None:
        visible = self.world.queue.visible()
        self.world.channel.refuses = int(refused)
        self.world.receive(visible[number % len(visible)], acknowledged=acknowledged)
        self.world.channel.refuses = 0

    @precondition(lambda self: self.world.queue.visible())
    @rule(
        number=st.integers(0, 9),
        call=st.integers(1, 8),
        between=st.sampled_from(["count", "copy", "advance", "upsert", "later"]),
        choice=st.integers(0, 4),
    )
    def look_with_others_between(self, number: int, call: int, between: str, choice: int) -> None:
        """Something else happens before one of the look's calls to the table."""
        world = self.world
        visible = world.queue.visible()
        chosen = visible[number % len(visible)]

        left = [call]

        def before(_operation: str) -> None:
            left[0] -= 1
            if left[0] == 0:
                self._happens(between, chosen, choice)

        world.table.before = before
        world.receive(chosen)
        world.table.before = lambda _operation: None

    def _happens(self, what: str, chosen: int, choice: int) -> None:
        world = self.world
        if what in ("count", "later"):
            for shard in range(SHARDS):
                world.count(shard, 4)
        if what == "later":
            world.wait(_LONGEST_CALL)
            for other in [one for one in world.queue.visible() if one != chosen]:
                world.receive(other)
        if what == "copy":
            world.receive(chosen, acknowledged=False)
        if what == "upsert":
            world.upsert(choice % SHARDS, 4)
        if what == "advance" and self.under_way:
            world.advance(self.under_way[choice % len(self.under_way)], 4)

    @rule(fan=st.integers(0, 7), verdict=st.sampled_from(["selected", "no"]))
    def select(self, fan: int, verdict: str) -> None:
        self.world.select(fan, verdict)

    @rule(fan=st.integers(0, 7))
    def remove(self, fan: int) -> None:
        self.world.remove(fan)

    @rule(seconds=st.sampled_from([1, DELAY, 4 * DELAY, 20 * DELAY]))
    def wait(self, seconds: int) -> None:
        self.world.wait(seconds)

    @property
    def under_way(self) -> list[PlayedRun]:
        return [run for run in self.world.runs if run.status == "running"]

    def teardown(self) -> None:
        """Everything goes on to its end, and then what was said last is what is there."""
        world = self.world
        try:
            looked = world.looked
            self._drain()
            assert world.looked - looked <= _MOST_LOOKS
            assert world.too_early == []
            self._fanlists_are_said()
            said = [figures for post in world.channel.posts if (figures := figures_of(post))]
            assert (said[-1] if said else Tally()) == world.recount(), world.channel.posts
            assert all(one != other for one, other in itertools.pairwise(said)), world.channel.posts
        finally:
            clock.now = self.real_now
            logger.setLevel("INFO")

    def _fanlists_are_said(self) -> None:
        """The newest one that ended well has the last word of its kind, unless it was given up."""
        world = self.world
        passed = [one for one in world.runs if one.run.source == "fanlist" and one.status != "quarantined"]
        newest = max(passed, key=lambda one: (one.run.scored_at, one.run.run_id), default=None)
        if newest is None or newest.status != "succeeded":
            return
        posts = [post for post in world.channel.posts if "processed" in post or newest.run.run_id in post]
        assert newest.run.run_id in posts[-1] or f" {newest.sent} records" in posts[-1], posts

    def _drain(self) -> None:
        """Slowly, so that looks still come between."""
        world = self.world
        for step in range(1000):
            shard = step % SHARDS
            world.upsert(shard, 2)
            world.count(shard, 2, dies=self.dies and step % 3 == 0)
            if self.under_way and step % 4 == 0:
                world.advance(self.under_way[0], 2)
            if world.queue.messages:
                if not world.queue.visible():
                    soonest = min(since for since, _ in world.queue.messages.values())
                    world.wait(soonest - world.seconds() + 0.001)
                world.receive(world.queue.visible()[0])
            elif world.is_read and not self.under_way:
                return
        raise AssertionError("messages do not end")


TestCampaign = Campaign.TestCase
TestCampaign.settings = settings(max_examples=HISTORIES, stateful_step_count=40, deadline=None)
