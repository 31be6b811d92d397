"""Entries for the Entry Service, made of scores (SPEC 4). Pure: values in, values out."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from steps.shared.services import Campaign
from steps.streaming.scores.record import Received, Score, Withdrawal

# As many as the Entry Service is known to take at once; about 2 MB.
ENTRIES_A_CALL = 5000
_FIELDS = (
    "memberId", "globalUserId", "phoneCountryCode", "phoneNumber", "email", "firstName", "lastName",
    "verdict", "score", "registrationScore", "accountScore", "nudetectScore", "marketId",
)  # fmt: skip


def top_ranked(received: Iterable[Received]) -> dict[str, list[Received]]:
    """Pick the records whose fan has a market at rank 0, by campaign."""
    campaigns: dict[str, list[Received]] = defaultdict(list)
    for one in received:
        if one.score.best_market is not None:
            campaigns[one.score.campaign_id].append(one)
    return dict(campaigns)


def entry(score: Score | Withdrawal, market_id: str | int) -> dict[str, Any]:
    """One entry: exactly the contract's fields, absent ones as null. A withdrawn fan's verdict is false."""
    if isinstance(score, Withdrawal):
        known = {"memberId": score.member_id, "globalUserId": score.global_user_id, "score": score.score}
        return dict.fromkeys(_FIELDS) | known | {"verdict": False, "marketId": market_id}
    return {
        "memberId": score.member_id,
        "globalUserId": score.global_user_id,
        "phoneCountryCode": score.phone_country_code,
        "phoneNumber": score.phone_number,
        "email": score.email,
        "firstName": score.first_name,
        "lastName": score.last_name,
        "verdict": score.is_verified,
        "score": score.score,
        "registrationScore": score.registration_score,
        "accountScore": score.account_score,
        "nudetectScore": score.nudetect_score,
        "marketId": market_id,
    }


@dataclass
class Sorted:
    """One campaign's records: those with a market id and their entries, and those without."""

    known: list[tuple[Received, dict[str, Any]]] = field(default_factory=list)
    unknown: list[Received] = field(default_factory=list)

    def calls(self) -> Iterator[list[tuple[Received, dict[str, Any]]]]:
        """Return what goes into one call each."""
        for start in range(0, len(self.known), ENTRIES_A_CALL):
            yield self.known[start : start + ENTRIES_A_CALL]


def sort_by_market(campaign: Campaign, received: list[Received]) -> Sorted:
    """Give each record its market's id, where the campaign knows the market."""
    ids: dict[str, str | int | None] = {}
    result = Sorted()
    for one in received:
        market = one.score.best_market or ""
        if market not in ids:
            ids[market] = campaign.market_id(market)
        market_id = ids[market]
        if market_id is None:
            result.unknown.append(one)
        else:
            result.known.append((one, entry(one.score, market_id)))
    return result
