"""verdictReporter against the embedded AWS and real HTTP stand-ins for Slack and the Campaign Service."""

import threading
import uuid
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from local.stand_ins import StandIns
from steps.shared.payloads import VerdictMessage
from steps.shared.runs import RunRegistry
from steps.shared.services import CampaignService
from steps.shared.slack import SlackChannel, SlackError
from steps.streaming.reporter import Outcome, Reporter
from steps.streaming.verdict_store import VerdictStore
from tests.steps.records import LATER, LATER_RUN, RUN, SCORED_AT

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

NAME = "Taylor Swift Presale"


class Setting:
    """One campaign in a table of its own, and everything a reporter talks to."""

    def __init__(self, dynamodb: "DynamoDBClient", table: str, stand_ins: StandIns) -> None:
        self.dynamodb = dynamodb
        self.table = table
        self.stand_ins = stand_ins
        self.slack = stand_ins.slack
        stand_ins.campaigns.register("campaign-1", NAME, ["London"])
        self.campaigns_url = stand_ins.campaigns.url
        self.queue: list[tuple[VerdictMessage, int]] = []
        self.store = VerdictStore(dynamodb, table)

    def reporter(self, channel: Any = None) -> Reporter:
        return Reporter(
            store=self.store,
            runs=RunRegistry(self.dynamodb, self.table),
            channel=channel or SlackChannel(self.slack.url),
            campaigns=CampaignService(self.campaigns_url, attempts=1),
            requeue=lambda message, delay: self.queue.append((message, delay)),
            delay_seconds=30,
            max_attempts=3,
        )

    def handle(self, message: VerdictMessage, message_id: str | None = None) -> Outcome:
        """Hands a message over as one that the queue delivers for the first time, unless it has an id."""
        return self.reporter().handle(message, message_id or str(uuid.uuid4()))

    def put(self, sort_key: str, **values: int | str) -> None:
        item = {"PK": {"S": "campaign:campaign-1"}, "SK": {"S": sort_key}}
        for name, value in values.items():
            item[name] = {"N": str(value)} if isinstance(value, int) else {"S": value}
        self.dynamodb.put_item(TableName=self.table, Item=item)

    def run(self, counted: int, run: str = RUN, scored_at: str = SCORED_AT) -> None:
        self.put(f"meta:run:{run}", counted=counted, scoredAt=scored_at)

    def counts(self, verified: int, rejected: int, selected: int = 0) -> None:
        self.put("meta:counts", verified=verified, rejected=rejected, selected=selected)


@pytest.fixture
def setting(dynamodb: "DynamoDBClient", table: str) -> Iterator[Setting]:
    with StandIns() as stand_ins:
        yield Setting(dynamodb, table, stand_ins)


def message(count: int, run: str | None = RUN, **values: Any) -> VerdictMessage:
    return VerdictMessage.model_validate(
        {"campaignId": "campaign-1", "count": count, "runId": run, "campaignName": "from-the-file", **values}
    )


def test_scenario_1(setting: Setting) -> None:
    setting.counts(72_000, 26_500)
    setting.run(98_500)
    assert setting.handle(message(98_500)) is Outcome.POSTED
    setting.counts(75_000, 23_500)
    setting.run(98_500, LATER_RUN, LATER)
    assert setting.handle(message(98_500, LATER_RUN)) is Outcome.POSTED
    assert setting.handle(message(98_500, LATER_RUN)) is Outcome.UNCHANGED
    assert setting.slack.posts == [
        f"Campaign '{NAME}' scoring complete: 72,000 verified, 26,500 rejected",
        f"Campaign '{NAME}' scoring complete: 75,000 verified (+3,000), 23,500 rejected (-3,000)",
    ]


def test_scenario_2(setting: Setting) -> None:
    setting.stand_ins.campaigns.register("campaign-1", "Fanlist Integration", ["London"])
    setting.run(48_000)
    fanlist = message(48_000, source="fanlist")
    assert setting.handle(fanlist) is Outcome.POSTED
    assert setting.handle(fanlist) is Outcome.UNCHANGED
    setting.run(48_000, LATER_RUN, LATER)
    assert setting.handle(message(48_000, LATER_RUN, source="fanlist")) is Outcome.POSTED
    assert (
        setting.slack.posts
        == ["Campaign 'Fanlist Integration' scoring complete: 48,000 records processed"] * 2
    )


def test_scenario_4(setting: Setting) -> None:
    setting.counts(8_000, 0)
    assert setting.handle(message(8_000, run=None)) is Outcome.POSTED
    setting.counts(9_500, 0)
    assert setting.handle(message(10_000, run=None)) is Outcome.REQUEUED
    again, delay = setting.queue.pop()
    assert (again.attempt, delay) == (2, 30)
    setting.counts(10_000, 0)
    assert setting.handle(again) is Outcome.POSTED
    assert setting.slack.posts[1:] == [f"Campaign '{NAME}' scoring complete: 10,000 verified (+2,000)"]


@pytest.mark.parametrize("run", [RUN, None])
def test_a_message_delivered_twice_is_put_back_once(setting: Setting, run: str | None) -> None:
    setting.run(9_500)
    first = message(10_000, run)
    assert setting.handle(first, "m-1") is Outcome.REQUEUED
    again, _ = setting.queue[-1]
    assert again.attempt == 2
    # A copy of the message finds that the next look is asked for, also after that look has been taken.
    assert setting.handle(first, "m-2") is Outcome.REPEATED
    # The very message comes again: whoever had it may have died before it was put back.
    assert setting.handle(first, "m-1") is Outcome.REQUEUED
    assert setting.handle(again, "m-3") is Outcome.REQUEUED
    assert setting.handle(again, "m-4") is Outcome.REPEATED
    assert setting.handle(first, "m-1") is Outcome.REPEATED
    assert [one.attempt for one, _ in setting.queue] == [2, 2, 3]
    # Another message of the campaign is another matter.
    assert setting.handle(message(10_001, run and LATER_RUN), "m-5") is Outcome.REQUEUED


def test_a_message_sent_again_by_hand_is_heard(setting: Setting, monkeypatch: pytest.MonkeyPatch) -> None:
    setting.run(9_500)
    monkeypatch.setattr("steps.streaming.verdict_store.LOOK_SECONDS", -1)
    assert setting.handle(message(10_000, attempt=2)) is Outcome.REQUEUED
    assert setting.handle(message(10_000)) is Outcome.REQUEUED


def test_a_message_that_could_not_be_put_back_can_be_later(setting: Setting) -> None:
    class Broken(list[Any]):
        def append(self, _item: Any) -> None:
            raise ConnectionError

    setting.run(9_500)
    setting.queue = Broken()
    with pytest.raises(ConnectionError):
        setting.handle(message(10_000))
    setting.queue = []
    assert setting.handle(message(10_000)) is Outcome.REQUEUED
    assert setting.store.run("campaign-1", RUN).counted == 9_500


def test_what_was_said_of_one_kind_of_file_is_not_said_of_the_other(setting: Setting) -> None:
    setting.counts(5, 0)
    setting.run(5)
    assert setting.handle(message(5)) is Outcome.POSTED
    assert setting.handle(message(5, source="fanlist")) is Outcome.POSTED
    assert setting.handle(message(5)) is Outcome.UNCHANGED


def test_a_run_that_never_settles_is_warned_about_once(setting: Setting) -> None:
    setting.run(9_500)
    last = message(10_000, attempt=3)
    assert setting.handle(last) is Outcome.WARNED
    assert setting.handle(last) is Outcome.UNCHANGED
    text = f"Campaign '{NAME}' scoring not settled: expected 10,000 records, counted 9,500 (run {RUN})"
    assert setting.slack.posts == [text]
    assert setting.queue == []


def test_an_overtaken_run_is_dropped(setting: Setting) -> None:
    setting.run(5)
    setting.put("meta:latest:scrubbed", runId=LATER_RUN, scoredAt=LATER)
    assert setting.handle(message(5)) is Outcome.OVERTAKEN
    assert setting.handle(message(5, source="fanlist")) is Outcome.POSTED
    assert len(setting.slack.posts) == 1


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


def test_a_slack_that_fails_leaves_no_trace(setting: Setting) -> None:
    setting.counts(1, 0)
    setting.run(1)
    setting.slack.fail_next(400)
    with pytest.raises(SlackError, match="Slack answered 400"):
        setting.handle(message(1))
    assert setting.handle(message(1)) is Outcome.POSTED


def test_a_dead_workers_lease_ends(setting: Setting, monkeypatch: pytest.MonkeyPatch) -> None:
    setting.counts(1, 0)
    setting.run(1)
    assert setting.store.lease("campaign-1") is not None
    assert setting.handle(message(1)) is Outcome.REQUEUED
    monkeypatch.setattr("steps.streaming.verdict_store.LEASE_SECONDS", -1)
    setting.put("meta:slack:counts", leaseOwner="dead", leaseUntil=1)
    assert setting.handle(message(1)) is Outcome.POSTED


def test_a_lease_that_ended_gives_no_right_to_store(setting: Setting) -> None:
    lease = setting.store.lease("campaign-1")
    assert lease is not None
    setting.put("meta:slack:counts", leaseOwner="another", leaseUntil=9_999_999_999)
    assert not setting.store.remember_warning("campaign-1", lease, "run")
    setting.store.release("campaign-1", lease)
    assert setting.store.lease("campaign-1") is None


def test_without_the_campaign_service_the_files_name_does(setting: Setting) -> None:
    setting.counts(1, 0)
    setting.run(1)
    setting.campaigns_url = "http://127.0.0.1:9"
    setting.handle(message(1))
    setting.counts(2, 0)
    setting.handle(message(1, campaignName=None))
    assert setting.slack.posts == [
        "Campaign 'from-the-file' scoring complete: 1 verified",
        "Campaign 'campaign-1' scoring complete: 2 verified (+1)",
    ]


def test_failed_records_and_the_report_stand_beside_the_text(setting: Setting) -> None:
    setting.counts(1, 0)
    setting.run(1)
    setting.handle(message(1, failed=1_200, report="s3://b/data-quality/c/r/index.html"))
    (posted,) = setting.slack.messages
    assert posted.text == f"Campaign '{NAME}' scoring complete: 1 verified"
    blocks = str(posted.blocks)
    assert "1,200 records could not be written" in blocks
    assert "prefix=data-quality/c/r/index.html|Data-quality report" in blocks
