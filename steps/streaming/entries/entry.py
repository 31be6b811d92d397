"""Entries for the Entry Service, made of scores (SPEC 4). Pure: values in, values out."""

from collections import defaultdict
from collections.abc import Iterable
from functools import cache
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
    known = score.model_dump(by_alias=True)
    entry = {name: known.get(name) for name in _FIELDS}
    return entry | {"verdict": known.get("isVerified", False), "marketId": market_id}


def with_markets(
    campaign: Campaign, received: list[Received]
) -> tuple[list[tuple[Received, dict[str, Any]]], list[Received]]:
    """Return the records of markets that the campaign knows, with their entries, and the others."""
    id_of = cache(campaign.market_id)
    known, unknown = [], []
    for one in received:
        market_id = id_of(one.score.best_market or "")
        if market_id is None:
            unknown.append(one)
        else:
            known.append((one, entry(one.score, market_id)))
    return known, unknown
