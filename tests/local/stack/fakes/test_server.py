import threading

import pytest
import urllib3
from urllib3.util import Retry

from local.stack.fakes import Fakes
from local.stack.fakes.entries import FakeEntryService
from tests.local.stack.fakes.calls import entry, post, post_entries


class TestFaults:
    def test_scripted_faults_come_in_order_and_undo_nothing(
        self, fakes: Fakes, http: urllib3.PoolManager
    ) -> None:
        fakes.entries.fail_next(503, times=2, headers={"Retry-After": "0"})
        fakes.entries.fail_next(429)
        answers = [post_entries(http, fakes, [entry()]) for _ in range(4)]
        assert [answer.status for answer in answers] == [503, 503, 429, 200]
        assert answers[0].headers["Retry-After"] == "0"
        assert fakes.entries.totals["inserted"] == 1
        assert fakes.entries.calls == 4
        assert fakes.refused == []

    def test_a_client_that_retries_gets_through(self, fakes: Fakes) -> None:
        fakes.campaigns.fail_next(503, times=2, headers={"Retry-After": "0"})
        retry = Retry(total=2, status_forcelist=[503], backoff_factor=0)
        with urllib3.PoolManager(retries=retry) as http:
            assert http.request("GET", f"{fakes.campaigns.url}/campaigns/campaign-123").status == 200
        assert fakes.campaigns.calls == 3

    def test_a_slow_service_times_out_and_holds_nobody_up_at_the_end(self) -> None:
        with Fakes() as fakes, urllib3.PoolManager(retries=False, timeout=0.2) as http:
            fakes.slack.delay = 3600
            with pytest.raises(urllib3.exceptions.ReadTimeoutError):
                post(http, fakes.slack.url, {"text": "too late"})


class TestLifetime:
    def test_nothing_is_left_when_it_closes(self) -> None:
        before = set(threading.enumerate())
        with urllib3.PoolManager(retries=False) as http:
            with Fakes() as fakes:
                url = fakes.slack.url
                post(http, url, {"text": "kept"})
            assert set(threading.enumerate()) <= before
            assert fakes.slack.posts == ["kept"]
            with pytest.raises(urllib3.exceptions.HTTPError):
                post(http, url, {"text": "lost"})

    def test_has_no_address_before_it_runs(self) -> None:
        with pytest.raises(RuntimeError, match="Entry Service fake is not running"):
            _ = FakeEntryService().url

    def test_two_at_once_do_not_meet(self, http: urllib3.PoolManager) -> None:
        with Fakes() as one, Fakes() as other:
            post(http, one.slack.url, {"text": "for one"})
            assert (one.slack.posts, other.slack.posts) == (["for one"], [])
