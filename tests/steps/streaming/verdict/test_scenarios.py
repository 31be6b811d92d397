"""Scenario 1 at full size: two runs of 98,500 fans, from the table's stream to the posts' exact texts.

Cannot see: the state machines before it, and how Lambda cuts the stream; `tests/end_to_end` does.
"""

from collections.abc import Iterator

from steps.streaming.counting.changes import Change, change_of
from steps.streaming.counting.ledger import Ledger
from steps.streaming.verdict.reporters import Outcome
from tests.steps.records import LATER, LATER_RUN, RUN, SCORED_AT, image, stream_record
from tests.steps.streaming.verdict.reporting import NAME, Setting, message

FANS = 98_500
BATCH = 1000


def _changes(number: int, verified: int, before: int | None) -> Iterator[Change]:
    """One run's changes of all fans, of whom the first so many are verified, now and before."""
    first = 1 + number * FANS
    for fan in range(FANS):
        old = None if before is None else image(fan < before, RUN)
        new = image(fan < verified, RUN if before is None else LATER_RUN)
        change = change_of(stream_record(first + fan, old, new, pk=f"fan:{fan}"))
        assert change is not None
        yield change


def _count(setting: Setting, changes: list[Change]) -> None:
    """Every batch, and every seventh with the one before it once more."""
    ledger = Ledger(setting.dynamodb, setting.table)
    for number, start in enumerate(range(0, len(changes), BATCH)):
        ledger.settle("shard", changes[start : start + BATCH])
        if number % 7 == 3:
            ledger.settle("shard", changes[start - BATCH : start + BATCH // 2])


def test_scenario_1_at_full_size(setting: Setting) -> None:
    setting.put(f"meta:run:{RUN}", scoredAt=SCORED_AT)
    first = list(_changes(0, verified=72_000, before=None))
    _count(setting, first[:-1])
    assert setting.handle(message(FANS)) is Outcome.REQUEUED
    _count(setting, first)
    assert setting.handle(setting.queue.pop()[0]) is Outcome.POSTED

    setting.put(f"meta:run:{LATER_RUN}", scoredAt=LATER)
    _count(setting, list(_changes(1, verified=75_000, before=72_000)))
    assert setting.handle(message(FANS, LATER_RUN)) is Outcome.POSTED
    assert setting.handle(message(FANS, LATER_RUN)) is Outcome.UNCHANGED
    assert setting.slack.posts == [
        f"Campaign '{NAME}' scoring complete: 72,000 verified, 26,500 rejected",
        f"Campaign '{NAME}' scoring complete: 75,000 verified (+3,000), 23,500 rejected (-3,000)",
    ]
