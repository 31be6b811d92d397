"""saveEntryScoring's work on one batch: each campaign's entries sent, the rest dead letters (SPEC 4)."""

import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import repeat
from typing import Any

from aws_lambda_powertools.utilities.data_classes.kinesis_stream_event import KinesisStreamRecord

from steps.shared.bulk_calls import narrowed, parts
from steps.shared.observability import logger
from steps.shared.services import CampaignService, EntryCounts, EntryService, ServiceError
from steps.streaming.dead_letters import DeadLetters
from steps.streaming.entries.entry import ENTRIES_A_CALL, top_ranked, with_markets
from steps.streaming.scores.record import Received, Unreadable, receive, runs_of

_CAMPAIGNS_AT_ONCE = 8
_UNKNOWN_MARKET = "unknown market"
# Statuses by which a list may be refused for one entry of it, or for its size; others are of the caller or
# of the service.
_OF_AN_ENTRY = {400, 409, 413, 422}
# For one list: some eight entries at fault among 5,000 are found alone; more keep neighbours with them.
_MOST_CALLS = 200

Offered = tuple[Received, dict[str, Any]]


@dataclass(frozen=True)
class Sent:
    """What one campaign's records came to: the service's counts, records without a market, dead letters."""

    counts: EntryCounts = field(default_factory=EntryCounts)
    unknown_market: int = 0
    dead_letters: int = 0

    def __add__(self, other: "Sent") -> "Sent":
        return Sent(
            self.counts + other.counts,
            self.unknown_market + other.unknown_market,
            self.dead_letters + other.dead_letters,
        )


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
            sent = sum(each, Sent())
        counts = {
            **sent.counts.wire(),
            "records": len(read),
            "invalid": len(unreadable),
            "unknownMarket": sent.unknown_market,
            "deadLetters": sent.dead_letters + len(unreadable),
        }
        logger.info("entries sent", extra={"counts": counts, "runIds": runs_of(received)})
        return counts

    def _send_campaign(self, campaign_id: str, received: list[Received], until: float) -> Sent:
        ends = _Ends(until)
        try:
            ends.expect_more()
            campaign = self.campaigns.campaign(campaign_id)
        except ServiceError as error:
            return Sent(dead_letters=self._keep(campaign_id, str(error), received))
        known, unknown = with_markets(campaign, received)
        total = Sent()
        if unknown:
            kept = self._keep(campaign_id, _UNKNOWN_MARKET, unknown)
            total += Sent(unknown_market=kept, dead_letters=kept)
        for call in parts(known, ENTRIES_A_CALL):
            total += self._send_call(campaign_id, call, ends)
        return total

    def _send_call(self, campaign_id: str, call: list[Offered], ends: "_Ends") -> Sent:
        """Send one call's entries. A list refused for what stands in it is narrowed, the rest is sent."""
        total = Sent()

        def attempt(part: list[Offered]) -> ServiceError | None:
            nonlocal total
            offered = [one for one, _ in part]
            try:
                ends.expect_more()
                counts = self.entries.send(campaign_id, [entry for _, entry in part])
            except ServiceError as error:
                if error.status in _OF_AN_ENTRY:
                    return error
                ends.note(error)
                total += Sent(dead_letters=self._keep(campaign_id, str(error), offered))
                return None
            total += Sent(counts)
            if counts.taken < len(part):
                # Which ones it left out it does not say, and sending all again does no harm.
                reason = f"The Entry Service took {counts.taken} of {len(part)} entries."
                total += Sent(dead_letters=self._keep(campaign_id, reason, offered))
            return None

        for part, error in narrowed(call, attempt, _MOST_CALLS):
            total += Sent(dead_letters=self._keep(campaign_id, str(error), [one for one, _ in part]))
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
