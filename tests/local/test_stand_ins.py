import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import urllib3
from slack_sdk.webhook import WebhookClient
from urllib3.util import Retry

from local.stand_ins import EntryServiceStandIn, StandIns
from local.stand_ins.campaigns import market_id
from steps.shared.services import CampaignService, EntryService
from steps.shared.slack import SlackChannel


@pytest.fixture
def stand_ins() -> Iterator[StandIns]:
    with StandIns() as running:
        yield running


@pytest.fixture
def http() -> Iterator[urllib3.PoolManager]:
    with urllib3.PoolManager(retries=False, timeout=10, maxsize=8) as pool:
        yield pool


def entry(number: int = 1, **changed: Any) -> dict[str, Any]:
    return {
        "memberId": f"M{number}",
        "globalUserId": f"fan-{number}",
        "phoneCountryCode": "1",
        "phoneNumber": "2125550123",
        "email": f"fan{number}@example.com",
        "firstName": "Ada",
        "lastName": "Allen",
        "verdict": True,
        "score": 87.5,
        "registrationScore": 80,
        "accountScore": 12.5,
        "nudetectScore": None,
        "marketId": "market-london",
    } | changed


def post(http: urllib3.PoolManager, url: str, body: Any) -> urllib3.BaseHTTPResponse:
    return http.request("POST", url, body=body if isinstance(body, bytes) else json.dumps(body).encode())


def post_entries(
    http: urllib3.PoolManager, stand_ins: StandIns, entries: Any, campaign: str = "campaign-789"
) -> urllib3.BaseHTTPResponse:
    return post(http, f"{stand_ins.entries.url}/campaigns/{campaign}/scoring", entries)


class TestSlack:
    def test_keeps_what_slacks_own_client_sends(self, stand_ins: StandIns) -> None:
        text = "Campaign 'Taylor Swift Presale' scoring complete: 1 verified"
        blocks: list[dict[str, Any]] = [
            {"type": "section", "text": {"type": "mrkdwn", "text": text}},
            {"type": "context", "elements": [{"type": "mrkdwn", "text": "<https://example.com|report>"}]},
        ]
        answer = WebhookClient(stand_ins.slack.url).send(text=text, blocks=blocks)
        assert (answer.status_code, answer.body) == (200, "ok")
        assert stand_ins.slack.posts == [text]
        assert [block.type for block in stand_ins.slack.messages[0].blocks] == ["section", "context"]
        assert stand_ins.refused == []

    @pytest.mark.parametrize(
        ("body", "where"),
        [
            (b"payload=hello", "the body"),
            ({"blocks": []}, "text"),
            ({"text": ""}, "text"),
            ({"text": "x", "verified": 3}, "verified"),
            ({"text": "x", "blocks": [{"type": "table"}]}, "blocks.0"),
            ({"text": "x", "blocks": [{"type": "divider"}] * 51}, "blocks"),
            (
                {
                    "text": "x",
                    "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "y" * 3001}}],
                },
                "blocks.0.section.text.text",
            ),
        ],
    )
    def test_refuses_what_slack_would(
        self, stand_ins: StandIns, http: urllib3.PoolManager, body: Any, where: str
    ) -> None:
        answer = post(http, stand_ins.slack.url, body)
        assert answer.status == 422
        assert f"does not fit: {where}:" in answer.json()["error"]
        assert stand_ins.slack.posts == []
        assert [refusal.service for refusal in stand_ins.refused] == ["Slack"]

    def test_knows_one_webhook_only(self, stand_ins: StandIns, http: urllib3.PoolManager) -> None:
        answer = post(http, stand_ins.slack.url + "Y", {"text": "x"})
        assert (answer.status, answer.data) == (404, b"no_service")
        assert stand_ins.slack.posts == []


class TestCampaignService:
    def get(self, http: urllib3.PoolManager, stand_ins: StandIns, campaign: str) -> tuple[int, Any]:
        answer = http.request("GET", f"{stand_ins.campaigns.url}/campaigns/{campaign}")
        return answer.status, answer.json()

    def test_answers_a_registered_campaign(self, stand_ins: StandIns, http: urllib3.PoolManager) -> None:
        stand_ins.campaigns.register("tour-1", "Tour & <One>", ["São Paulo", "London"])
        assert self.get(http, stand_ins, "tour-1") == (
            200,
            {
                "id": "tour-1",
                "name": "Tour & <One>",
                "markets": [
                    {"id": "market-são-paulo", "name": "São Paulo"},
                    {"id": "market-london", "name": "London"},
                ],
            },
        )

    def test_knows_the_campaigns_of_the_use_cases(
        self, stand_ins: StandIns, http: urllib3.PoolManager
    ) -> None:
        assert self.get(http, stand_ins, "campaign-123")[1]["name"] == "Taylor Swift Presale"
        assert self.get(http, stand_ins, "campaign-456")[1]["name"] == "Fanlist Integration"

    def test_makes_up_any_other_with_the_samples_markets(
        self, stand_ins: StandIns, http: urllib3.PoolManager
    ) -> None:
        status, campaign = self.get(http, stand_ins, "summer_tour-7")
        assert (status, campaign["id"], campaign["name"]) == (200, "summer_tour-7", "Summer Tour 7")
        assert {"id": "market-st-louis", "name": "St. Louis"} in campaign["markets"]

    def test_makes_up_nothing_where_it_may_not(self, http: urllib3.PoolManager) -> None:
        with StandIns(markets=None) as strict:
            strict.campaigns.register("known", "Known", [])
            assert self.get(http, strict, "known") == (200, {"id": "known", "name": "Known", "markets": []})
            status, body = self.get(http, strict, "unknown")
            assert (status, body["error"]) == (404, "No campaign 'unknown'.")

    def test_reads_quoted_ids_and_no_other_paths(
        self, stand_ins: StandIns, http: urllib3.PoolManager
    ) -> None:
        assert self.get(http, stand_ins, "a%2Fb")[1]["id"] == "a/b"
        assert self.get(http, stand_ins, "a/b")[0] == 404

    def test_market_ids_differ_where_names_do(self) -> None:
        assert market_id(" New York ") == market_id("new york") == "market-new-york"


class TestEntryService:
    def test_counts_as_in_the_use_cases_scenario_3(
        self, stand_ins: StandIns, http: urllib3.PoolManager
    ) -> None:
        post_entries(http, stand_ins, [entry(number) for number in range(200)])
        answer = post_entries(http, stand_ins, [entry(number) for number in range(5000)])
        assert answer.status == 200
        assert answer.json() == {
            "input": 1,
            "scoring": 1,
            "entries": 5000,
            "inserted": 4800,
            "updated": 200,
            "found": 200,
        }
        assert stand_ins.entries.totals == {
            "input": 2,
            "scoring": 2,
            "entries": 5200,
            "inserted": 5000,
            "updated": 200,
            "found": 200,
        }
        assert len(stand_ins.entries.received["campaign-789"]) == 5200

    def test_a_fan_is_new_once_in_each_campaign(self, stand_ins: StandIns, http: urllib3.PoolManager) -> None:
        twice = post_entries(http, stand_ins, [entry(1), entry(1, score=90)]).json()
        assert (twice["inserted"], twice["updated"], twice["found"]) == (1, 1, 1)
        assert post_entries(http, stand_ins, [entry(1)], campaign="other").json()["inserted"] == 1
        assert [e.score for e in stand_ins.entries.received["campaign-789"]] == [87.5, 90]

    def test_takes_null_and_left_out_alike(self, stand_ins: StandIns, http: urllib3.PoolManager) -> None:
        required = {"globalUserId", "verdict", "score", "marketId"}
        short = {name: value for name, value in entry(1).items() if name in required}
        empty = entry(2) | dict.fromkeys(set(entry()) - required)
        assert post_entries(http, stand_ins, [short, empty]).status == 200
        assert [e.phone_number for e in stand_ins.entries.received["campaign-789"]] == [None, None]

    @pytest.mark.parametrize(
        ("changed", "field"),
        [
            ({"rank": 0}, "rank"),
            ({"verdict": "true"}, "verdict"),
            ({"verdict": None}, "verdict"),
            ({"score": "87.5"}, "score"),
            ({"score": -1}, "score"),
            ({"score": float("nan")}, "score"),
            ({"accountScore": "12"}, "accountScore"),
            ({"globalUserId": ""}, "globalUserId"),
            ({"marketId": None}, "marketId"),
            ({"phoneNumber": "+1 (212) 555-0123"}, "phoneNumber"),
            ({"email": "Secret.Person@example.com"}, "email"),
            ({"firstName": ""}, "firstName"),
        ],
    )
    def test_refuses_a_list_with_one_entry_that_does_not_fit(
        self, stand_ins: StandIns, http: urllib3.PoolManager, changed: dict[str, Any], field: str
    ) -> None:
        answer = post_entries(http, stand_ins, [entry(1), entry(2, **changed)])
        assert answer.status == 422
        said = answer.json()["error"]
        assert said.startswith(f"The list of entries does not fit: 1.{field}: ")
        assert "Secret" not in said
        assert "555" not in said
        assert set(stand_ins.entries.totals.values()) == {0}
        assert stand_ins.entries.received == {}
        (refusal,) = stand_ins.refused
        assert (refusal.service, refusal.reason) == ("Entry Service", said)
        assert b"fan-2" in refusal.request.body or field == "globalUserId"
        assert "fan1@example.com" not in repr(refusal)

    @pytest.mark.parametrize("field", ["globalUserId", "verdict", "score", "marketId"])
    def test_refuses_an_entry_without_a_required_field(
        self, stand_ins: StandIns, http: urllib3.PoolManager, field: str
    ) -> None:
        lacking = {name: value for name, value in entry().items() if name != field}
        assert f"0.{field}: Field required" in post_entries(http, stand_ins, [lacking]).json()["error"]

    @pytest.mark.parametrize("body", [b"", b"[", {"entries": []}, entry()])
    def test_refuses_what_is_no_list(self, stand_ins: StandIns, http: urllib3.PoolManager, body: Any) -> None:
        assert post_entries(http, stand_ins, body).status == 422
        assert len(stand_ins.entries.refused) == 1

    def test_counts_exactly_under_many_callers(self, stand_ins: StandIns, http: urllib3.PoolManager) -> None:
        def call(number: int) -> int:
            return post_entries(http, stand_ins, [entry(number), entry(number % 10)]).status

        with ThreadPoolExecutor(8) as pool:
            statuses = list(pool.map(call, range(200)))
        assert set(statuses) == {200}
        totals = stand_ins.entries.totals
        assert (totals["input"], totals["entries"]) == (200, 400)
        assert (totals["inserted"], totals["found"]) == (200, 200)


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


class TestOurOwnClients:
    """The workers' clients and the stand-ins read the contract alike."""

    def test_the_campaign_service(self, stand_ins: StandIns) -> None:
        campaign = CampaignService(stand_ins.campaigns.url).campaign("campaign-123")
        assert campaign.name == "Taylor Swift Presale"
        assert campaign.market_id(" SÃO paulo ") == "market-são-paulo"

    def test_the_entry_service(self, stand_ins: StandIns) -> None:
        counts = EntryService(stand_ins.entries.url).send("campaign-123", [entry(1), entry(2)])
        assert counts.wire() == stand_ins.entries.totals
        assert counts.inserted == 2

    def test_slack(self, stand_ins: StandIns) -> None:
        channel = SlackChannel(stand_ins.slack.url)
        channel.post("Campaign 'A & B' failed", link="s3://bucket/report.html", warnings=["Look & see"])
        assert stand_ins.slack.posts == ["Campaign 'A & B' failed"]
        assert stand_ins.refused == []
