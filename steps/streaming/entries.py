"""saveEntryScoring's work on one batch: each campaign's entries sent, the rest dead letters (SPEC 4)."""

import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from itertools import repeat
from typing import Any

from aws_lambda_powertools.utilities.data_classes.kinesis_stream_event import KinesisStreamRecord

from steps.shared.bulk_calls import narrowed, parts
from steps.shared.observability import logger
from steps.shared.services import Campaign, CampaignService, EntryCounts, EntryService, ServiceError
from steps.streaming.dead_letters import DeadLetters
from steps.streaming.scores.record import Received, Score, Unreadable, Withdrawal, receive, runs_of

_CAMPAIGNS_AT_ONCE = 8
# Statuses by which a list may be refused for one entry of it, or for its size; others are of the caller or
# of the service.
_OF_AN_ENTRY = {400, 409, 413, 422}
# For one list: some eight entries at fault among 5,000 are found alone; more keep neighbours with them.
_MOST_CALLS = 200

# As many as the Entry Service is known to take at once; about 2 MB.
ENTRIES_A_CALL = 5000
_FIELDS = (
    "memberId", "globalUserId", "phoneCountryCode", "phoneNumber", "email", "firstName", "lastName",
    "verdict", "score", "registrationScore", "accountScore", "nudetectScore", "marketId",
)  # fmt: skip

Offered = tuple[Received, dict[str, Any]]


@dataclass
class _Ends:
    """When a campaign's calls end: the batch's time is over, or the service was down a moment ago."""

    until: float
    down: ServiceError | None = None

    def note(self, error: ServiceError) -> None:
        """Remember a failure: waiting for a service that is down, once more a call, holds up the shard."""
        self.down = error if error.passing else None

    def expect_more(self) -> None:
        """Let a call begin.

        Raises:
            ServiceError: it would be one too many.
        """
        if self.down is not None:
            raise self.down
        if time.monotonic() > self.until:
            raise ServiceError("The services took all of the batch's time.", passing=True)


@dataclass(frozen=True)
class EntrySender:
    """Sends entries to the Entry Service; what it does not take is kept for a replay.

    Args:
        patience: seconds of a batch after which no call is begun. With one under way at that time the
            function, which has 120, still keeps everything that it could not send.
    """

    campaigns: CampaignService
    entries: EntryService
    dead_letters: DeadLetters
    patience: float = 70

    def send_batch(self, records: Iterable[KinesisStreamRecord]) -> dict[str, int]:
        """Send a batch's top-ranked fans, campaigns side by side.

        Returns:
            The Entry Service's counts, summed; `records` of the batch, `invalid` ones among them, those of
            an `unknownMarket`, and all `deadLetters`.

        Raises:
            botocore.exceptions.ClientError: something could not be kept; the batch has to come again.
        """
        until = time.monotonic() + self.patience
        read = [receive(record) for record in records]
        unreadable = [one for one in read if isinstance(one, Unreadable)]
        for one in unreadable:
            self._keep(one.campaign_id, one.reason, [one])
        received = [one for one in read if isinstance(one, Received)]
        campaigns = top_ranked(received)
        with ThreadPoolExecutor(max_workers=_CAMPAIGNS_AT_ONCE) as pool:
            each = pool.map(self._send_campaign, campaigns, campaigns.values(), repeat(until))
            sent = sum(each, Counter({"deadLetters": len(unreadable)}))
        counts = {name: sent[name] for name in (*EntryCounts().wire(), "unknownMarket", "deadLetters")}
        counts |= {"records": len(read), "invalid": len(unreadable)}
        logger.info("entries sent", extra={"counts": counts, "runIds": runs_of(received)})
        return counts

    def _send_campaign(self, campaign_id: str, received: list[Received], until: float) -> Counter[str]:
        ends = _Ends(until)
        try:
            ends.expect_more()
            campaign = self.campaigns.campaign(campaign_id)
        except ServiceError as error:
            return Counter(deadLetters=self._keep(campaign_id, str(error), received))
        known, unknown = with_markets(campaign, received)
        total: Counter[str] = Counter()
        if unknown:
            kept = self._keep(campaign_id, "unknown market", unknown)
            total.update(unknownMarket=kept, deadLetters=kept)
        for call in parts(known, ENTRIES_A_CALL):
            total.update(self._send_call(campaign_id, call, ends))
        return total

    def _send_call(self, campaign_id: str, call: list[Offered], ends: _Ends) -> Counter[str]:
        """Send one call's entries. A list refused for what stands in it is narrowed, the rest is sent."""
        total: Counter[str] = Counter()

        def attempt(part: list[Offered]) -> ServiceError | None:
            offered = [one for one, _ in part]
            try:
                ends.expect_more()
                counts = self.entries.send(campaign_id, [entry for _, entry in part])
            except ServiceError as error:
                if error.status in _OF_AN_ENTRY:
                    return error
                ends.note(error)
                total["deadLetters"] += self._keep(campaign_id, str(error), offered)
                return None
            total.update(counts.wire())
            if counts.taken < len(part):
                # Which ones it left out it does not say, and sending all again does no harm.
                reason = f"The Entry Service took {counts.taken} of {len(part)} entries."
                total["deadLetters"] += self._keep(campaign_id, reason, offered)
            return None

        for part, error in narrowed(call, attempt, _MOST_CALLS):
            total["deadLetters"] += self._keep(campaign_id, str(error), [one for one, _ in part])
        return total

    def _keep(self, campaign_id: str | None, reason: str, kept: Sequence[Received | Unreadable]) -> int:
        key = self.dead_letters.keep(campaign_id, reason, [one.record for one in kept])
        logger.error(
            "entries kept as a dead letter",
            extra={
                "campaignId": campaign_id,
                "runIds": runs_of(one for one in kept if isinstance(one, Received)),
                "reason": reason,
                "records": len(kept),
                "key": key,
            },
        )
        return len(kept)


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


def with_markets(campaign: Campaign, received: list[Received]) -> tuple[list[Offered], list[Received]]:
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
