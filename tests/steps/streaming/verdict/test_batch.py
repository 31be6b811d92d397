"""A batch of verdict messages: each on its own."""

import json
import threading
from typing import Any

from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from steps.shared.messages import CountsLook, VerdictMessage
from steps.streaming.verdict.batch import Message, report_batch
from steps.streaming.verdict.reporters import Outcome


def record(number: int, body: Any) -> SQSRecord:
    return SQSRecord({"messageId": f"m{number}", "body": body if isinstance(body, str) else json.dumps(body)})


def test_campaigns_go_side_by_side_and_one_failing_holds_no_other() -> None:
    together = threading.Barrier(3, timeout=10)

    def handle(message: Message, message_id: str) -> Outcome:
        assert isinstance(message, VerdictMessage)
        if message.count == 1:
            together.wait()
        if message.campaign_id == "b":
            raise RuntimeError(message.campaign_id)
        return Outcome.POSTED if message.count == 1 else Outcome.REQUEUED

    bodies: list[Any] = [{"campaignId": campaign, "count": 1} for campaign in "abc"]
    bodies += [{"campaignId": "a", "count": 2}, "not json", {"count": 3}]
    result = report_batch([record(number, body) for number, body in enumerate(bodies)], handle)
    failures = sorted(one["itemIdentifier"] for one in result.pop("batchItemFailures"))
    assert failures == ["m1", "m4", "m5"]
    assert result == {
        "input": 6,
        "posted": 2,
        "requeued": 1,
        "unchanged": 0,
        "warned": 0,
        "overtaken": 0,
        "repeated": 0,
        "failed": 3,
    }


def test_messages_of_one_campaign_go_one_after_another() -> None:
    seen: list[tuple[int, str]] = []

    def handle(message: Message, message_id: str) -> Outcome:
        assert isinstance(message, VerdictMessage)
        seen.append((message.count, threading.current_thread().name))
        return Outcome.UNCHANGED

    report_batch([record(number, {"campaignId": "a", "count": number}) for number in range(5)], handle)
    assert [count for count, _ in seen] == [0, 1, 2, 3, 4]
    assert len({thread for _, thread in seen}) == 1


def test_both_kinds_of_message_are_read_and_what_is_neither_fails() -> None:
    seen: list[Message] = []

    def handle(message: Message, message_id: str) -> Outcome:
        seen.append(message)
        return Outcome.UNCHANGED

    bodies: list[Any] = [
        {"campaignId": "a", "count": 3},
        {"campaignId": "a", "look": 1, "due": 1.5},
        {"campaignId": "a", "look": 2, "due": 2.5, "seen": [1, 2, 3]},
        {"campaignId": "a", "look": 0, "due": 2.5},
        {"campaignId": "a", "look": 1},
    ]
    result = report_batch([record(number, body) for number, body in enumerate(bodies)], handle)
    assert [one["itemIdentifier"] for one in result["batchItemFailures"]] == ["m3", "m4"]
    assert seen == [
        VerdictMessage(campaign_id="a", count=3),
        CountsLook(campaign_id="a", look=1, due=1.5),
        CountsLook(campaign_id="a", look=2, due=2.5, seen=(1, 2, 3)),
    ]
