from typing import Any

import urllib3

from local.stack.fakes import Fakes
from local.stack.fakes.campaigns import market_id


class TestCampaignService:
    def get(self, http: urllib3.PoolManager, fakes: Fakes, campaign: str) -> tuple[int, Any]:
        answer = http.request("GET", f"{fakes.campaigns.url}/campaigns/{campaign}")
        return answer.status, answer.json()

    def test_answers_a_registered_campaign(self, fakes: Fakes, http: urllib3.PoolManager) -> None:
        fakes.campaigns.register("tour-1", "Tour & <One>", ["São Paulo", "London"])
        assert self.get(http, fakes, "tour-1") == (
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

    def test_knows_the_campaigns_of_the_use_cases(self, fakes: Fakes, http: urllib3.PoolManager) -> None:
        assert self.get(http, fakes, "campaign-123")[1]["name"] == "Taylor Swift Presale"
        assert self.get(http, fakes, "campaign-456")[1]["name"] == "Fanlist Integration"

    def test_makes_up_any_other_with_the_samples_markets(
        self, fakes: Fakes, http: urllib3.PoolManager
    ) -> None:
        status, campaign = self.get(http, fakes, "summer_tour-7")
        assert (status, campaign["id"], campaign["name"]) == (200, "summer_tour-7", "Summer Tour 7")
        assert {"id": "market-st-louis", "name": "St. Louis"} in campaign["markets"]

    def test_makes_up_nothing_where_it_may_not(self, http: urllib3.PoolManager) -> None:
        with Fakes(markets=None) as strict:
            strict.campaigns.register("known", "Known", [])
            assert self.get(http, strict, "known") == (200, {"id": "known", "name": "Known", "markets": []})
            status, body = self.get(http, strict, "unknown")
            assert (status, body["error"]) == (404, "No campaign 'unknown'.")

    def test_reads_quoted_ids_and_no_other_paths(self, fakes: Fakes, http: urllib3.PoolManager) -> None:
        assert self.get(http, fakes, "a%2Fb")[1]["id"] == "a/b"
        assert self.get(http, fakes, "a/b")[0] == 404

    def test_market_ids_differ_where_names_do(self) -> None:
        assert market_id(" New York ") == market_id("new york") == "market-new-york"
