"""The Campaign Service: `GET /campaigns/{id}` answers `{id, name, markets: [{id, name}]}`."""

import re
from collections.abc import Sequence
from typing import ClassVar
from urllib.parse import unquote

from local.stack.fakes.server import Answer, Fake, Request


class FakeCampaignService(Fake):
    """The Campaign Service; a campaign that nobody registered has the default markets or, without, 404."""

    name: ClassVar[str] = "Campaign Service"

    def __init__(self, default_markets: Sequence[str] | None = None) -> None:
        super().__init__()
        self._default_markets = default_markets
        self._campaigns: dict[str, tuple[str, Sequence[str]]] = {}

    def register(self, campaign_id: str, name: str, markets: Sequence[str]) -> None:
        """Make a campaign known, or replace it. Market ids come from the names (`market_id`)."""
        with self.lock:
            self._campaigns[campaign_id] = (name, markets)

    def name_of(self, campaign_id: str) -> str:
        """Give the name that this fake gives a campaign."""
        if campaign_id in self._campaigns:
            return self._campaigns[campaign_id][0]
        return re.sub(r"[-_]+", " ", campaign_id).strip().title() or campaign_id

    def answer(self, request: Request) -> Answer:
        """Answer with the campaign, or 404."""
        match = re.fullmatch(r"/campaigns/([^/]+)", request.path)
        if request.method != "GET" or match is None:
            return Answer(404, {"error": f"There is no {request.method} {request.path} here."})
        campaign_id = unquote(match[1])
        name = self.name_of(campaign_id)
        _, names = self._campaigns.get(campaign_id, (name, self._default_markets))
        if names is None:
            return Answer(404, {"error": f"No campaign {campaign_id!r}."})
        markets = [{"id": market_id(market), "name": market} for market in names]
        return Answer(200, {"id": campaign_id, "name": name, "markets": markets})


def market_id(name: str) -> str:
    """Give the id that this fake gives a market, such as `market-los-angeles`."""
    return "market-" + re.sub(r"\W+", "-", name.strip().lower()).strip("-")
