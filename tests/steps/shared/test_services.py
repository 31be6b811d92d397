"""Both services against real HTTP fakes."""

from collections.abc import Iterator

import pytest

from local.stack.fakes import FakeCampaignService, FakeEntryService
from steps.shared.services import Campaign, CampaignService, EntryCounts, EntryService, ServiceError
from tests.steps.trouble import Scripted


@pytest.fixture
def campaigns() -> Iterator[FakeCampaignService]:
    with FakeCampaignService() as running:
        running.register("campaign-1", "Presale", ["London", "Paris"])
        yield running


def test_a_campaign_is_asked_for_once(campaigns: FakeCampaignService) -> None:
    service = CampaignService(campaigns.url)
    assert service.campaign("campaign-1").name == "Presale"
    assert service.campaign("campaign-1") is service.campaign("campaign-1")
    assert campaigns.calls == 1


def test_a_market_is_found_by_its_name_in_any_case() -> None:
    campaign = Campaign.model_validate(
        {
            "id": "c",
            "name": "C",
            "markets": [
                {"id": 7, "name": " London "},
                {"id": "", "name": "Paris"},
                {"name": "Rome"},
                {"id": "p2", "name": "PARIS"},
            ],
        }
    )
    assert [campaign.market_id(name) for name in ("london", "LONDON ", "paris", "rome", "oslo")] == [
        7,
        7,
        "p2",
        None,
        None,
    ]


@pytest.mark.parametrize(
    ("status", "headers"), [(429, {"Retry-After": "0"}), (500, None), (503, None), (504, None)]
)
def test_passing_trouble_is_ridden_out(
    campaigns: FakeCampaignService, status: int, headers: dict[str, str] | None
) -> None:
    campaigns.fail_next(status, times=2, headers=headers)
    assert CampaignService(campaigns.url).campaign("campaign-1").id == "campaign-1"
    assert campaigns.calls == 3


def test_an_error_says_whether_it_may_pass(campaigns: FakeCampaignService) -> None:
    service = CampaignService(campaigns.url, attempts=2)
    campaigns.fail_next(500, times=2)
    with pytest.raises(ServiceError, match=r"^The Campaign Service answered 500\.$") as raised:
        service.campaign("campaign-1")
    assert raised.value.passing
    campaigns.fail_next(403)
    with pytest.raises(ServiceError, match="answered 403") as raised:
        service.campaign("campaign-1")
    assert not raised.value.passing
    with pytest.raises(ServiceError, match="did not answer") as raised:
        CampaignService("http://127.0.0.1:9", attempts=1).campaign("campaign-1")
    assert raised.value.passing


@pytest.mark.parametrize(
    "body", ["", "<html>", "[]", '{"id": 1}', '{"id": "c", "name": null, "markets": []}']
)
def test_a_wrong_body_is_an_error_without_the_body(body: str) -> None:
    with Scripted(200, body) as wrong, pytest.raises(ServiceError, match="does not fit") as raised:
        CampaignService(wrong.url).campaign("c")
    assert "html" not in str(raised.value)


def test_ids_cannot_leave_their_place_in_the_path() -> None:
    with Scripted(200, "{}") as entries:
        EntryService(entries.url).send("../a b?c", [])
        assert entries.paths == ["/campaigns/..%2Fa%20b%3Fc/scoring"]


def test_redirects_are_not_followed() -> None:
    with Scripted(302, "") as elsewhere, pytest.raises(ServiceError, match="answered 302"):
        CampaignService(elsewhere.url).campaign("c")


def test_entries_are_sent_and_counted() -> None:
    entry = {"globalUserId": "fan-1", "verdict": True, "score": 0.5, "marketId": "m"}
    with FakeEntryService() as entries:
        service = EntryService(entries.url)
        entries.fail_next(500)
        first = service.send("c", [entry])
        total = first + service.send("c", [entry, {**entry, "globalUserId": "fan-2"}])
    assert first == EntryCounts(input=1, scoring=1, entries=1, inserted=1)
    assert total == EntryCounts(input=2, scoring=2, entries=3, inserted=2, updated=1, found=1)


def test_an_answer_about_another_campaign_is_none() -> None:
    with (
        Scripted(200, '{"id": "another", "name": "Another"}') as wrong,
        pytest.raises(
            ServiceError, match=r"^The Campaign Service answered for another campaign\.$"
        ) as raised,
    ):
        CampaignService(wrong.url).campaign("c")
    assert not raised.value.passing


@pytest.mark.parametrize(
    ("name", "usable"),
    [("", None), (" ", None), ("x" * 201, None), ("x" * 200, "x" * 200), ("Presale", "Presale")],
)
def test_a_name_is_of_1_to_200_characters(name: str, usable: str | None) -> None:
    assert Campaign(id="c", name=name).usable_name == usable
