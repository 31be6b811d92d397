from local.stack.fakes import Fakes
from steps.shared.services import CampaignService, EntryService
from steps.shared.slack import SlackChannel
from tests.local.stack.fakes.calls import entry


class TestOurOwnClients:
    """The workers' clients and the fakes read the contract alike."""

    def test_the_campaign_service(self, fakes: Fakes) -> None:
        campaign = CampaignService(fakes.campaigns.url).campaign("campaign-123")
        assert campaign.name == "Taylor Swift Presale"
        assert campaign.market_id(" SÃO paulo ") == "market-são-paulo"

    def test_the_entry_service(self, fakes: Fakes) -> None:
        counts = EntryService(fakes.entries.url).send("campaign-123", [entry(1), entry(2)])
        assert counts.wire() == fakes.entries.totals
        assert counts.inserted == 2

    def test_slack(self, fakes: Fakes) -> None:
        channel = SlackChannel(fakes.slack.url)
        channel.post("Campaign 'A & B' failed", link="s3://bucket/report.html", warnings=["Look & see"])
        assert fakes.slack.posts == ["Campaign 'A & B' failed"]
        assert fakes.refused == []
