"""verdictReporter against the embedded AWS and real HTTP fakes for Slack and the Campaign Service."""

import time
from functools import partial
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.stack.embedded import EmbeddedAws
from steps.shared.bounded_http import Bounds
from steps.shared.messages import ask_for_report
from steps.shared.slack import SlackError
from steps.streaming.verdict.reporters import Outcome
from steps.streaming.verdict.store import VerdictStore
from tests.steps.records import LATER, LATER_RUN, RUN
from tests.steps.streaming.verdict.reporting import NAME, Setting, message


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
    setting.fakes.campaigns.register("campaign-1", "Fanlist Integration", ["London"])
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
    monkeypatch.setattr("steps.streaming.verdict.store.LOOK_SECONDS", -1)
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


def test_a_slack_that_fails_leaves_no_trace(setting: Setting) -> None:
    setting.counts(1, 0)
    setting.run(1)
    setting.slack.fail_next(400)
    with pytest.raises(SlackError, match="Slack answered 400"):
        setting.handle(message(1))
    assert setting.handle(message(1)) is Outcome.POSTED


def test_a_post_whose_answer_gets_lost_is_said_again(
    setting: Setting, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What Slack's webhooks leave open: nobody can tell, and none at all would be worse than two."""
    setting.counts(1, 0)
    setting.run(1)
    setting.slack.delay = 0.3
    with monkeypatch.context() as impatient:
        impatient.setattr("steps.shared.slack._BOUNDS", Bounds(attempt_seconds=0.05, status_only=True))
        with pytest.raises(SlackError, match="could not be reached"):
            setting.handle(message(1))
    deadline = time.monotonic() + 10
    while not setting.slack.posts and time.monotonic() < deadline:
        time.sleep(0.02)
    setting.slack.delay = 0
    assert setting.handle(message(1)) is Outcome.POSTED
    assert setting.handle(message(1)) is Outcome.UNCHANGED
    assert setting.slack.posts == [f"Campaign '{NAME}' scoring complete: 1 verified"] * 2


class Conflicting:
    """A client whose writes meet a transaction, so many times, before they go through."""

    def __init__(self, client: Any, times: int) -> None:
        self._client = client
        self.left = times

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def update_item(self, **arguments: Any) -> Any:
        if self.left:
            self.left -= 1
            raise ClientError({"Error": {"Code": "TransactionConflictException"}}, "UpdateItem")
        return self._client.update_item(**arguments)


def test_a_look_that_meets_the_counting_is_taken_all_the_same(setting: Setting) -> None:
    setting.run(9_500)
    client = Conflicting(setting.dynamodb, times=2)
    setting.store = VerdictStore(client, setting.table)  # type: ignore[arg-type]
    assert setting.handle(message(10_000)) is Outcome.REQUEUED
    assert client.left == 0
    assert setting.store.run("campaign-1", RUN).counted == 9_500


@pytest.mark.parametrize("name", ["", "x" * 201])
def test_a_name_that_is_none_costs_the_name_only(setting: Setting, name: str) -> None:
    setting.fakes.campaigns.register("campaign-1", name, ["London"])
    setting.counts(1, 0)
    setting.run(1)
    assert setting.handle(message(1)) is Outcome.POSTED
    assert setting.slack.posts == ["Campaign 'from-the-file' scoring complete: 1 verified"]


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


def test_fans_who_are_missing_are_news_once_though_no_count_moves(setting: Setting) -> None:
    setting.counts(20, 0)
    setting.run(20)
    assert setting.handle(message(20)) is Outcome.POSTED
    gone = {"news": "2026-02-14: 5 gone, 0 withdrawn", "warnings": ["5 fans are missing"]}
    for run in (LATER_RUN, f"{LATER_RUN}-again"):
        setting.run(15, run, LATER)
    assert setting.handle(message(15, LATER_RUN, **gone)) is Outcome.POSTED
    # The message again, the file again, and the fanlist's own news.
    assert setting.handle(message(15, LATER_RUN, **gone)) is Outcome.UNCHANGED
    assert setting.handle(message(15, f"{LATER_RUN}-again", **gone)) is Outcome.UNCHANGED
    assert len(setting.slack.posts) == 2
    posts = setting.store.last_posts("campaign-1")
    assert (posts.scrubbed.news, posts.fanlist.news) == (gone["news"], None)


def test_when_a_message_has_ended_its_runs_report_is_written_again(setting: Setting) -> None:
    setting.counts(7, 3)
    setting.run(9)
    first = message(10, report="s3://b/data-quality/campaign-1/r/report.html")
    setting.handle(first)
    assert setting.written_again == []
    setting.run(10)
    for outcome in (Outcome.POSTED, Outcome.UNCHANGED):
        assert setting.handle(first) is outcome
    assert setting.written_again == [first, first]
    posts = setting.store.last_posts("campaign-1")
    last = posts.scrubbed
    assert (posts.name, last.before_run(RUN), last.before_run(LATER_RUN)) == (NAME, None, 7)


def test_a_report_that_cannot_be_asked_for_keeps_nobody(
    aws: EmbeddedAws, caplog: pytest.LogCaptureFixture
) -> None:
    ask = partial(ask_for_report, aws.client("lambda"), "there-is-no-such-function")
    ask(message(10))
    assert "could not be asked for" not in caplog.text
    ask(message(10, report="s3://b/data-quality/campaign-1/r/report.html"))
    assert "the report could not be asked for" in caplog.text
