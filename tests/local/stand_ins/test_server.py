import threading

import pytest
import urllib3
from urllib3.util import Retry

from local.stand_ins import EntryServiceStandIn, StandIns
from tests.local.stand_ins.calls import entry, post, post_entries


class TestFaults:
    def test_scripted_faults_come_in_order_and_undo_nothing(
        self, stand_ins: StandIns, http: urllib3.PoolManager
    ) -> None:
        stand_ins.entries.fail_next(503, times=2, headers={"Retry-After": "0"})
        stand_ins.entries.fail_next(429)
        answers = [post_entries(http, stand_ins, [entry()]) for _ in range(4)]
        assert [answer.status for answer in answers] == [503, 503, 429, 200]
        assert answers[0].headers["Retry-After"] == "0"
        assert stand_ins.entries.totals["inserted"] == 1
        assert stand_ins.entries.calls == 4
        assert stand_ins.refused == []

    def test_a_client_that_retries_gets_through(self, stand_ins: StandIns) -> None:
        stand_ins.campaigns.fail_next(503, times=2, headers={"Retry-After": "0"})
        retry = Retry(total=2, status_forcelist=[503], backoff_factor=0)
        with urllib3.PoolManager(retries=retry) as http:
            assert http.request("GET", f"{stand_ins.campaigns.url}/campaigns/campaign-123").status == 200
        assert stand_ins.campaigns.calls == 3

    def test_a_slow_service_times_out_and_holds_nobody_up_at_the_end(self) -> None:
        with StandIns() as stand_ins, urllib3.PoolManager(retries=False, timeout=0.2) as http:
            stand_ins.slack.delay = 3600
            with pytest.raises(urllib3.exceptions.ReadTimeoutError):
                post(http, stand_ins.slack.url, {"text": "too late"})


class TestLifetime:
    def test_nothing_is_left_when_it_closes(self) -> None:
        before = set(threading.enumerate())
        with urllib3.PoolManager(retries=False) as http:
            with StandIns() as stand_ins:
                url = stand_ins.slack.url
                post(http, url, {"text": "kept"})
            assert set(threading.enumerate()) <= before
            assert stand_ins.slack.posts == ["kept"]
            with pytest.raises(urllib3.exceptions.HTTPError):
                post(http, url, {"text": "lost"})

    def test_has_no_address_before_it_runs(self) -> None:
        with pytest.raises(RuntimeError, match="Entry Service stand-in is not running"):
            _ = EntryServiceStandIn().url

    def test_two_at_once_do_not_meet(self, http: urllib3.PoolManager) -> None:
        with StandIns() as one, StandIns() as other:
            post(http, one.slack.url, {"text": "for one"})
            assert (one.slack.posts, other.slack.posts) == (["for one"], [])
