"""Several verdictReporters at once, and dead ones: one post, by a lease in a table of the embedded AWS."""

import threading
from typing import Any

import pytest

from steps.shared.slack import SlackChannel
from steps.streaming.verdict.reporters import Outcome
from steps.streaming.verdict.store import Lease, VerdictStore
from tests.steps.streaming.verdict.reporting import Setting, message


def test_two_workers_with_the_same_message_post_once(setting: Setting) -> None:
    setting.counts(5, 5)
    setting.run(10)
    entered, leave = threading.Event(), threading.Event()

    class SlowChannel(SlackChannel):
        def post(self, *arguments: Any, **named: Any) -> None:
            entered.set()
            leave.wait(10)
            super().post(*arguments, **named)

    outcomes: list[Outcome] = []
    slow = setting.reporter(SlowChannel(setting.slack.url))
    first = threading.Thread(target=lambda: outcomes.append(slow.handle(message(10), "m-1")))
    first.start()
    assert entered.wait(10)
    assert setting.handle(message(10)) is Outcome.REQUEUED
    leave.set()
    first.join()
    (again, delay), *_ = setting.queue
    assert (again, delay) == (message(10, attempt=2), 5)
    assert setting.handle(again) is Outcome.UNCHANGED
    assert outcomes == [Outcome.POSTED]
    assert len(setting.slack.posts) == 1


def test_many_workers_at_once_post_once(setting: Setting) -> None:
    setting.counts(5, 5)
    setting.run(10)
    workers = [threading.Thread(target=setting.handle, args=(message(10),)) for _ in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    while setting.queue:
        setting.handle(setting.queue.pop()[0])
    assert len(setting.slack.posts) == 1


def test_what_was_said_just_before_the_lease_is_not_said_again(setting: Setting) -> None:
    """A rival looks, posts and is gone between this worker's look and its lease."""
    setting.counts(5, 5)
    setting.run(10)
    rival, theirs = setting.reporter(), []

    class Late(VerdictStore):
        def lease(self, campaign_id: str) -> Lease | None:
            theirs.append(rival.handle(message(10), "m-1"))
            return super().lease(campaign_id)

    setting.store = Late(setting.dynamodb, setting.table)
    assert setting.handle(message(10), "m-2") is Outcome.UNCHANGED
    assert theirs == [Outcome.POSTED]
    assert len(setting.slack.posts) == 1


def test_a_dead_workers_lease_ends(setting: Setting, monkeypatch: pytest.MonkeyPatch) -> None:
    setting.counts(1, 0)
    setting.run(1)
    assert setting.store.lease("campaign-1") is not None
    assert setting.handle(message(1)) is Outcome.REQUEUED
    monkeypatch.setattr("steps.streaming.verdict.store.LEASE_SECONDS", -1)
    setting.put("meta:slack:counts", leaseOwner="dead", leaseUntil=1)
    assert setting.handle(message(1)) is Outcome.POSTED


def test_a_lease_that_ended_gives_no_right_to_store(setting: Setting) -> None:
    lease = setting.store.lease("campaign-1")
    assert lease is not None
    setting.put("meta:slack:counts", leaseOwner="another", leaseUntil=9_999_999_999)
    assert not setting.store.release("campaign-1", lease, {"warned": {"S": "run"}})
    setting.store.release("campaign-1", lease)
    assert setting.store.lease("campaign-1") is None
