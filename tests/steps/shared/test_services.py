"""Both services against real HTTP fakes."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from local.stack.embedded import CREDENTIALS, REGION, EmbeddedAws
from local.stack.fakes.campaigns import FakeCampaignService
from local.stack.fakes.entries import FakeEntryService
from steps.shared.services import Campaign, CampaignService, EntryCounts, EntryService, ServiceError, Token
from steps.shared.settings import ConfigurationError, ReportFailureSettings, ResolveSettings
from steps.shared.slack import webhook_url
from tests.steps.trouble import Scripted

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient


@pytest.fixture
def secretsmanager(aws: EmbeddedAws, monkeypatch: pytest.MonkeyPatch) -> "SecretsManagerClient":
    """Where Powertools finds it, too."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", aws.endpoint)
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name.upper(), value)
    client: SecretsManagerClient = aws.client("secretsmanager")
    return client


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
        second = service.send("c", [entry, {**entry, "globalUserId": "fan-2"}])
    assert first == EntryCounts(input=1, scoring=1, entries=1, inserted=1)
    assert second == EntryCounts(input=1, scoring=1, entries=2, inserted=1, updated=1, found=1)


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


@pytest.mark.parametrize(
    ("header", "sent"),
    [("Authorization", "Bearer one"), ("authorization", "Bearer one"), ("X-Api-Key", "one")],
)
def test_a_token_is_sent_in_its_header(
    secretsmanager: "SecretsManagerClient", header: str, sent: str
) -> None:
    secret = secretsmanager.create_secret(Name=f"token-{header}", SecretString="one\n")["ARN"]
    assert Token(secret, header).headers() == {header: sent}


def test_a_token_that_was_changed_is_read_anew(
    campaigns: FakeCampaignService, secretsmanager: "SecretsManagerClient"
) -> None:
    secret = secretsmanager.create_secret(Name="changing", SecretString="old")["ARN"]
    campaigns.register("campaign-2", "Encore", [])
    campaigns.token = "old"
    service = CampaignService(campaigns.url, Token(secret, "Authorization"))
    assert service.campaign("campaign-1").name == "Presale"
    campaigns.token = "new"
    secretsmanager.put_secret_value(SecretId=secret, SecretString="new")
    assert service.campaign("campaign-2").name == "Encore"
    campaigns.token = "another"
    with pytest.raises(ServiceError, match="answered 401") as refused:
        service.campaign("campaign-3")
    assert "new" not in str(refused.value)


def test_plain_http_is_refused_unless_it_is_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DEMAND_TABLE", "PIPELINE_BUCKET", "CAMPAIGN_SECRET_ID"):
        monkeypatch.setenv(name, "x")
    monkeypatch.setenv("CAMPAIGN_SERVICE_URL", "http://campaigns.example.com")
    monkeypatch.delenv("PLAIN_HTTP", raising=False)
    with pytest.raises(ConfigurationError, match=r"CAMPAIGN_SERVICE_URL \(.*https only"):
        ResolveSettings.load()
    monkeypatch.setenv("PLAIN_HTTP", "allowed")
    assert ResolveSettings.load().campaign_service_url == "http://campaigns.example.com"
    monkeypatch.delenv("PLAIN_HTTP")
    monkeypatch.setenv("CAMPAIGN_SERVICE_URL", "https://campaigns.example.com")
    assert ResolveSettings.load().plain_http == "refused"


def test_a_webhook_in_clear_is_refused(secretsmanager: "SecretsManagerClient") -> None:
    secret = secretsmanager.create_secret(Name="clear", SecretString="http://hooks.example.com/x")["ARN"]
    settings = ReportFailureSettings(demand_table="t", slack_secret_id=secret)
    with pytest.raises(ConfigurationError, match="https") as refused:
        webhook_url(settings)
    assert "hooks" not in str(refused.value)
    allowed = ReportFailureSettings(demand_table="t", slack_secret_id=secret, plain_http="allowed")
    assert webhook_url(allowed) == "http://hooks.example.com/x"
