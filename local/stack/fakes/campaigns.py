"""The Campaign Service: `GET /campaigns/{id}` answers `{id, name, markets: [{id, name}]}`."""

import re
from collections.abc import Iterable, Sequence
from typing import Any, ClassVar
from urllib.parse import unquote

from local.stack.fakes.server import Answer, Fake, Request


class FakeCampaignService(Fake):
    """The Campaign Service.

    Args:
        default_markets: the markets of any campaign that nobody registered; None answers 404 to those.
    """

    name: ClassVar[str] = "Campaign Service"

    def __init__(self, default_markets: Sequence[str] | None = None) -> None:
        super().__init__()
        self._default_markets = default_markets
        self._campaigns: dict[str, dict[str, Any]] = {}

    def register(self, campaign_id: str, name: str, markets: Iterable[str]) -> None:
        """Make a campaign known, or replace it. Market ids come from the names (`market_id`)."""
        with self.lock:
            self._campaigns[campaign_id] = _campaign(campaign_id, name, markets)

    def name_of(self, campaign_id: str) -> str:
        """Give the name that this fake gives a campaign."""
        known = self._campaigns.get(campaign_id)
        return str(known["name"]) if known else _default_name(campaign_id)

    def answer(self, request: Request) -> Answer:
        """Answer with the campaign, or 404."""
        match = re.fullmatch(r"/campaigns/([^/]+)", request.path)
        if request.method != "GET" or match is None:
            return Answer(404, {"error": f"There is no {request.method} {request.path} here."})
        campaign_id = unquote(match[1])
        campaign = self._campaigns.get(campaign_id)
        if campaign is None and self._default_markets is not None:
            campaign = _campaign(campaign_id, _default_name(campaign_id), self._default_markets)
        if campaign is None:
            return Answer(404, {"error": f"No campaign {campaign_id!r}."})
        return Answer(200, campaign)


def market_id(name: str) -> str:
    """Give the id that this fake gives a market, such as `market-los-angeles`."""
    return "market-" + re.sub(r"\W+", "-", name.strip().lower()).strip("-")


def _campaign(campaign_id: str, name: str, markets: Iterable[str]) -> dict[str, Any]:
    return {
        "id": campaign_id,
        "name": name,
        "markets": [{"id": market_id(market), "name": market} for market in markets],
    }


def _default_name(campaign_id: str) -> str:
    return re.sub(r"[-_]+", " ", campaign_id).strip().title() or campaign_id
