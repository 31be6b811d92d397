from local.stand_ins import StandIns
from steps.shared.services import CampaignService, EntryService
from steps.shared.slack import SlackChannel
from tests.local.stand_ins.calls import entry


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
