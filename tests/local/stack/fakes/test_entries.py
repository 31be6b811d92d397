from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import urllib3

from local.stack.fakes import Fakes
from tests.local.stack.fakes.calls import entry, post_entries


class TestEntryService:
    def test_counts_as_in_the_use_cases_scenario_3(self, fakes: Fakes, http: urllib3.PoolManager) -> None:
        post_entries(http, fakes, [entry(number) for number in range(200)])
        answer = post_entries(http, fakes, [entry(number) for number in range(5000)])
        assert answer.status == 200
        assert answer.json() == {
            "input": 1,
            "scoring": 1,
            "entries": 5000,
            "inserted": 4800,
            "updated": 200,
            "found": 200,
        }
        assert fakes.entries.totals == {
            "input": 2,
            "scoring": 2,
            "entries": 5200,
            "inserted": 5000,
            "updated": 200,
            "found": 200,
        }
        assert len(fakes.entries.received["campaign-789"]) == 5200

    def test_a_fan_is_new_once_in_each_campaign(self, fakes: Fakes, http: urllib3.PoolManager) -> None:
        twice = post_entries(http, fakes, [entry(1), entry(1, score=90)]).json()
        assert (twice["inserted"], twice["updated"], twice["found"]) == (1, 1, 1)
        assert post_entries(http, fakes, [entry(1)], campaign="other").json()["inserted"] == 1
        assert [e.score for e in fakes.entries.received["campaign-789"]] == [87.5, 90]

    def test_takes_null_and_left_out_alike(self, fakes: Fakes, http: urllib3.PoolManager) -> None:
        required = {"globalUserId", "verdict", "score", "marketId"}
        short = {name: value for name, value in entry(1).items() if name in required}
        empty = entry(2) | dict.fromkeys(set(entry()) - required)
        assert post_entries(http, fakes, [short, empty]).status == 200
        assert [e.phone_number for e in fakes.entries.received["campaign-789"]] == [None, None]

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
        self, fakes: Fakes, http: urllib3.PoolManager, changed: dict[str, Any], field: str
    ) -> None:
        answer = post_entries(http, fakes, [entry(1), entry(2, **changed)])
        assert answer.status == 422
        said = answer.json()["error"]
        assert said.startswith(f"The list of entries does not fit: 1.{field}: ")
        assert "Secret" not in said
        assert "555" not in said
        assert set(fakes.entries.totals.values()) == {0}
        assert fakes.entries.received == {}
        (refusal,) = fakes.refused
        assert (refusal.service, refusal.reason) == ("Entry Service", said)
        assert b"fan-2" in refusal.request.body or field == "globalUserId"
        assert "fan1@example.com" not in repr(refusal)

    @pytest.mark.parametrize("field", ["globalUserId", "verdict", "score", "marketId"])
    def test_refuses_an_entry_without_a_required_field(
        self, fakes: Fakes, http: urllib3.PoolManager, field: str
    ) -> None:
        lacking = {name: value for name, value in entry().items() if name != field}
        assert f"0.{field}: Field required" in post_entries(http, fakes, [lacking]).json()["error"]

    @pytest.mark.parametrize("body", [b"", b"[", {"entries": []}, entry()])
    def test_refuses_what_is_no_list(self, fakes: Fakes, http: urllib3.PoolManager, body: Any) -> None:
        assert post_entries(http, fakes, body).status == 422
        assert len(fakes.entries.refused) == 1

    def test_counts_exactly_under_many_callers(self, fakes: Fakes, http: urllib3.PoolManager) -> None:
        def call(number: int) -> int:
            return post_entries(http, fakes, [entry(number), entry(number % 10)]).status

        with ThreadPoolExecutor(8) as pool:
            statuses = list(pool.map(call, range(200)))
        assert set(statuses) == {200}
        totals = fakes.entries.totals
        assert (totals["input"], totals["entries"]) == (200, 400)
        assert (totals["inserted"], totals["found"]) == (200, 200)
