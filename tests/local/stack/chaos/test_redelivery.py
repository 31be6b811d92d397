"""The second delivery: all of a batch, never as it was cut the first time. The functions here are plain ones.

Cannot see: the embedded AWS's event sources; `tests/end_to_end/test_chaos.py` does.
"""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from local.stack.chaos.redelivery import Batch, Redelivered, Redelivery, read_redelivered, second_delivery


def batch(first: int, size: int, source: str = "aws:kinesis") -> Batch:
    return [
        {"eventSource": source, "eventSourceARN": "arn", "messageId": f"m{number}"}
        for number in range(first, first + size)
    ]


@given(st.integers(1, 9), st.integers(0, 9), st.integers(0, 5))
def test_the_second_delivery_has_every_record_and_other_cuts(size: int, size_before: int, turn: int) -> None:
    before, now = batch(0, size_before), batch(size_before, size)
    again = second_delivery(now, before, turn)
    records = [record for part in again for record in part]
    assert all(record in records for record in now)
    assert all(record in before + now for record in records)
    assert [] not in again
    assert now not in again or (size, size_before) == (1, 0)


class Function:
    """Takes batches, or answers as it is told to."""

    def __init__(self, *answers: dict[str, Any]) -> None:
        self.batches: list[Batch] = []
        self._answers = list(answers)

    def __call__(self, _function: Any, event: Any) -> Any:
        self.batches.append(event.get("Records", event))
        return self._answers.pop(0) if self._answers else {"body": None}


FUNCTION = {"config": {"FunctionName": "stack-worker"}}


def test_a_batch_comes_twice_and_the_log_says_so() -> None:
    function, log = Function(), list[str]()
    twice = Redelivery(function, log.append)
    twice(FUNCTION, {"Records": batch(0, 5)})
    twice(FUNCTION, {"Records": batch(5, 2)})
    assert [[one["messageId"] for one in part] for part in function.batches] == [
        ["m0", "m1", "m2", "m3", "m4"],
        ["m2", "m3", "m4"],
        ["m0", "m1"],
        ["m5", "m6"],
        ["m0", "m1", "m2", "m3", "m4", "m5", "m6"],
    ]
    text = "\n".join(["a line of another kind", *log, ""])
    worker = "stack-worker"
    assert read_redelivered(text) == [Redelivered(worker, 5, (3, 2)), Redelivered(worker, 2, (7,))]


def test_what_is_not_taken_does_not_come_twice() -> None:
    function = Function({"error": True})
    assert Redelivery(function, lambda _: None)(FUNCTION, {"Records": batch(0, 5)}) == {"error": True}
    assert len(function.batches) == 1


def test_a_second_delivery_that_fails_leaves_the_batch_with_its_source() -> None:
    function = Function({"body": None}, {"error": True, "body": "why"})
    answer = Redelivery(function, lambda _: None)(FUNCTION, {"Records": batch(0, 5)})
    assert answer == {"error": True, "body": "why"}


def test_a_queues_messages_fail_one_by_one() -> None:
    named = {"body": {"batchItemFailures": [{"itemIdentifier": "m1"}]}}
    later = {"body": '{"batchItemFailures": [{"itemIdentifier": "m3"}]}'}
    function = Function(named, later)
    answer = Redelivery(function, lambda _: None)(FUNCTION, {"Records": batch(0, 4, "aws:sqs")})
    assert [[one["messageId"] for one in part] for part in function.batches[1:]] == [["m2", "m3"], ["m0"]]
    failures = [one["itemIdentifier"] for one in answer["body"]["batchItemFailures"]]
    assert failures == ["m1", "m3"]


def test_what_no_event_source_delivers_comes_once() -> None:
    function = Function()
    twice = Redelivery(function, lambda _: None)
    events: list[dict[str, Any]] = [{"run": 1}, {"Records": []}, {"Records": [{"eventSource": "aws:s3"}]}]
    for event in events:
        twice(FUNCTION, event)
    assert len(function.batches) == 3
