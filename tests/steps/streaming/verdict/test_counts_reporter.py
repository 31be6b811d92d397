"""Looks at the counts: one in flight, later while something moves, and then the last word."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from steps.shared.messages import CountsLook
from steps.streaming.verdict.reporters import Outcome
from tests.steps.streaming.verdict.campaign_world import ATTEMPTS, CAMPAIGN, DELAY, World
from tests.steps.streaming.verdict.memory_services import BrokenError

FIRST, NEXT = 4 * DELAY, 8 * DELAY
SCORED = datetime.fromisoformat("2026-02-14T10:00:00Z")


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    world = World()
    monkeypatch.setattr("steps.shared.clock.now", lambda: world.now)
    return world


def run(world: World, fans: dict[int, bool], later: int = 0, fate: str = "succeeded") -> None:
    """A run publishes everything and ends."""
    world.begin("scrubbed", SCORED + timedelta(minutes=later), fans, fate)
    while world.runs[-1].status == "running":
        world.advance(world.runs[-1], 100)


def count(world: World) -> None:
    for shard in (0, 1):
        world.upsert(shard, 100)
        world.count(shard, 100)


def delays(world: World) -> list[float]:
    """When the messages in flight are due, from now."""
    return sorted(since - world.seconds() for since, _ in world.queue.messages.values())


def take(world: World) -> None:
    """Waits for the next message and hands it over."""
    number, (since, _) = min(world.queue.messages.items(), key=lambda one: one[1][0])
    world.wait(max(since - world.seconds(), 0))
    world.receive(number)


def test_one_run_is_said_once_and_the_looks_beside_it_are_silent(world: World) -> None:
    run(world, {0: True, 1: False, 2: True})
    count(world)
    # The run's own message, and one look for both shards.
    assert delays(world) == [0, FIRST]
    while world.queue.messages:
        take(world)
    assert world.channel.posts == ["Campaign 'X' scoring complete: 2 verified, 1 rejected"]
    assert (world.looked, world.handled) == (1, 2)


def test_what_changes_after_a_verdict_is_said_once_it_stands_still(world: World) -> None:
    test_one_run_is_said_once_and_the_looks_beside_it_are_silent(world)
    world.select(0, "selected")
    count(world)
    assert delays(world) == [FIRST]
    take(world)
    assert delays(world) == [NEXT]
    world.remove(1)
    count(world)
    # One look is in flight already.
    assert delays(world) == [NEXT]
    take(world)
    assert delays(world) == [NEXT]
    take(world)
    assert world.queue.messages == {}
    assert world.channel.posts[1:] == [
        "Campaign 'X' counts changed: 2 verified, 0 rejected (-1), 1 selected (+1)"
    ]


def test_what_a_failed_run_left_is_said(world: World) -> None:
    run(world, {0: True, 1: False, 2: True}, fate="failed")
    world.begin("scrubbed", SCORED, {1: True, 2: True}, "failed")
    failing = world.runs[-1]
    for _ in range(2):
        world.advance(failing, 1)
    count(world)
    take(world)
    assert world.channel.posts == []
    world.advance(failing, 1)
    while world.queue.messages:
        take(world)
    assert world.channel.posts == ["Campaign 'X' counts changed: 3 verified"]


def test_a_look_leaves_the_word_to_a_run_whose_verdict_is_still_to_be_said(world: World) -> None:
    """Slack refuses it, so that it comes again after six minutes."""
    run(world, {0: True, 1: False})
    count(world)
    world.channel.refuses = 1
    while world.queue.messages:
        take(world)
    assert world.channel.posts == ["Campaign 'X' scoring complete: 1 verified, 1 rejected"]
    assert world.looked == 2


def test_a_look_has_the_word_of_a_run_whose_verdict_never_comes(world: World) -> None:
    """Slack refused it five times, say, and it lies among the dead letters."""
    run(world, {0: True, 1: False})
    count(world)
    del world.queue.messages[_message_of(world, world.runs[0].run.run_id)]
    while world.queue.messages:
        take(world)
    assert world.channel.posts == ["Campaign 'X' counts changed: 1 verified, 1 rejected"]
    waited = world.now - datetime.fromisoformat("2026-02-14T12:00:00Z")
    patience = timedelta(seconds=ATTEMPTS * DELAY, minutes=30)
    assert patience < waited < patience + timedelta(seconds=NEXT)


def test_looks_come_later_while_a_run_is_under_way(world: World) -> None:
    world.begin("scrubbed", SCORED, dict.fromkeys(range(8), True), "succeeded")
    for _ in range(3):
        world.advance(world.runs[-1], 2)
    count(world)
    waits = []
    for _ in range(3):
        waits += delays(world)
        take(world)
    assert waits == [FIRST, NEXT, NEXT]
    assert world.channel.posts == []


def test_of_two_looks_the_one_that_is_not_named_ends(world: World) -> None:
    """Whoever sent the first one died before it was noted, or its answer was lost."""
    run(world, {0: True}, fate="aborted")
    world.queue.failing_calls = ["answer lost"]
    world.begin("scrubbed", SCORED, {0: True, 2: True}, "aborted")
    for _ in range(2):
        world.advance(world.runs[-1], 1)
    world.upsert(0, 10)
    with pytest.raises(BrokenError):
        world.count(0, 10)
    world.wait(1)
    world.count(0, 10)
    assert delays(world) == [FIRST - 1, FIRST]
    take(world)
    assert delays(world) == [1]
    take(world)
    assert delays(world) == [NEXT]


def test_a_look_delivered_twice_asks_for_one_more(world: World) -> None:
    world.begin("scrubbed", SCORED, {0: True, 2: True}, "aborted")
    for _ in range(2):
        world.advance(world.runs[-1], 1)
    count(world)
    number = next(iter(world.queue.messages))
    world.wait(FIRST)
    world.receive(number, acknowledged=False)
    world.receive(number)
    assert delays(world) == [NEXT]


def test_a_message_that_is_overtaken_leaves_the_word_to_the_newer_run(world: World) -> None:
    """The case that gave a wrong last figure: the newer run is counted, the older one's fans still stream."""
    world.begin("scrubbed", SCORED, dict.fromkeys(range(0, 8, 2), True), "succeeded")
    world.begin("scrubbed", SCORED + timedelta(hours=1), {1: True}, "succeeded")
    for played in world.runs:
        while played.status == "running":
            world.advance(played, 100)
    world.upsert(1, 100)
    world.count(1, 100)
    newer = _message_of(world, world.runs[1].run.run_id)
    world.receive(newer)
    assert world.channel.posts == []
    count(world)
    while world.queue.messages:
        take(world)
    assert world.channel.posts == ["Campaign 'X' scoring complete: 5 verified"]
    items = [world.table.items[f"campaign:{CAMPAIGN}", f"meta:run:{one.run.run_id}"] for one in world.runs]
    assert [item["verdict"]["S"] for item in items] == ["overtaken", "posted"]
    assert world.looked == 1


@pytest.mark.parametrize("stale", [True, False])
def test_an_overtaken_run_is_over_once_its_stale_records_are_known(world: World, stale: bool) -> None:
    """Without their tally it is waited for until it has stood still, or here until the last look."""
    world.begin("scrubbed", SCORED, {0: True, 2: True}, "succeeded")
    world.begin("scrubbed", SCORED + timedelta(hours=1), {0: False, 2: False}, "succeeded")
    for played in reversed(world.runs):
        while played.status == "running":
            world.advance(played, 100)
    if not stale:
        world.registry.add_stale = lambda *_: None  # type: ignore[method-assign]
    count(world)
    item = world.table.items[f"campaign:{CAMPAIGN}", f"meta:run:{world.runs[0].run.run_id}"]
    assert item.get("stale") == ({"N": "2"} if stale else None)
    began = world.now
    while not world.channel.posts:
        take(world)
    assert world.channel.posts == ["Campaign 'X' scoring complete: 2 rejected"]
    waited = (world.now - began) / timedelta(seconds=DELAY)
    assert waited == (0 if stale else ATTEMPTS - 1)


def test_the_last_look_at_a_run_says_what_there_is(world: World) -> None:
    """A run that was stopped by hand is not waited for beyond that."""
    run(world, {0: True, 2: True, 4: True}, fate="aborted")
    run(world, {1: True}, later=1)
    count(world)
    while not world.channel.posts:
        take(world)
    assert world.channel.posts == ["Campaign 'X' scoring complete: 4 verified"]


def test_what_is_counted_while_a_look_is_taken_has_a_look_of_its_own(world: World) -> None:
    run(world, {0: True})
    count(world)
    while world.queue.messages:
        take(world)
    world.select(0, "selected")
    count(world)
    world.remove(0)

    def before(operation: str) -> None:
        if operation == "update_item":
            world.table.before = lambda _operation: None
            world.count(0, 10)

    world.wait(FIRST)
    number = next(iter(world.queue.messages))
    world.table.before = before
    world.receive(number)
    while world.queue.messages:
        take(world)
    assert world.channel.posts[-1] == "Campaign 'X' counts changed: 0 verified (-1)"


def test_a_look_that_meets_another_speaking_comes_again(world: World) -> None:
    """A verdict is sent again and says old figures; the look that knows better finds the lease taken."""
    test_one_run_is_said_once_and_the_looks_beside_it_are_silent(world)
    world.remove(1)
    count(world)
    world.wait(FIRST - DELAY)
    (look,) = world.queue.messages
    world.ask_for_verdict(world.runs[0])
    verdict = _message_of(world, world.runs[0].run.run_id)
    world.select(0, "selected")
    calls: list[str] = []

    def before(operation: str) -> None:
        calls.append(operation)
        # The lease was the first; all that is left is to remember what was said.
        if calls.count("update_item") == 2:
            world.table.before = lambda _operation: None
            world.count(0, 10)
            world.wait(DELAY)
            world.receive(look)

    world.table.before = before
    world.receive(verdict)
    while world.queue.messages:
        take(world)
    assert world.channel.posts[1:] == [
        "Campaign 'X' scoring complete: 2 verified, 0 rejected (-1)",
        "Campaign 'X' counts changed: 2 verified, 1 selected (+1)",
    ]


def test_a_look_whose_next_one_cannot_be_asked_for_comes_again(world: World) -> None:
    world.begin("scrubbed", SCORED, {0: True, 2: True}, "aborted")
    for _ in range(2):
        world.advance(world.runs[-1], 1)
    count(world)
    world.queue.failing_calls = ["refused"]
    take(world)
    assert [json.loads(body)["look"] for _, body in world.queue.messages.values()] == [1]


def _message_of(world: World, run_id: str) -> Any:
    return next(number for number, (_, body) in world.queue.messages.items() if run_id in body)


def test_the_wire_form() -> None:
    look = CountsLook(campaign_id="c", look=2, due=1.5, seen=(1, 2, 3))
    sent = {"campaignId": "c", "look": 2, "due": 1.5, "seen": [1, 2, 3], "schemaVersion": 1}
    assert look.wire() == sent
    assert Outcome.REPEATED.value == "repeated"
