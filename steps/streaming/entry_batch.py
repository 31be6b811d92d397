"""saveEntryScoring's work on one batch: to each campaign its entries, and aside what cannot go (SPEC 4)."""

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from aws_lambda_powertools.utilities.data_classes.kinesis_stream_event import KinesisStreamRecord

from steps.shared.observability import logger
from steps.shared.services import CampaignService, EntryCounts, EntryService, ServiceError
from steps.streaming.aside import Aside
from steps.streaming.entries import sort_by_market, top_ranked
from steps.streaming.scores import Received, Unreadable, receive, runs_of

_CAMPAIGNS_AT_ONCE = 8
_UNKNOWN_MARKET = "unknown market"


@dataclass(frozen=True)
class Sent:
    """What one campaign's records came to: the service's counts, records without a market, all kept aside."""

    counts: EntryCounts = field(default_factory=EntryCounts)
    unknown_market: int = 0
    aside: int = 0

    def __add__(self, other: "Sent") -> "Sent":
        return Sent(
            self.counts + other.counts,
            self.unknown_market + other.unknown_market,
            self.aside + other.aside,
        )


class EntrySender:
    """Sends entries to the Entry Service; what it does not take is kept aside for a replay."""

    def __init__(self, campaigns: CampaignService, entries: EntryService, aside: Aside) -> None:
        self._campaigns = campaigns
        self._entries = entries
        self._aside = aside

    def send_batch(self, records: Iterable[KinesisStreamRecord]) -> dict[str, int]:
        """Sends a batch's top-ranked fans, campaigns side by side.

        Returns:
            The Entry Service's counts, summed; `records` of the batch, `invalid` ones among them, those of
            an `unknownMarket`, and all kept `aside`.

        Raises:
            botocore.exceptions.ClientError: something could not be kept aside; the batch has to come again.
        """
        read = [receive(record) for record in records]
        unreadable = [one for one in read if isinstance(one, Unreadable)]
        for one in unreadable:
            self._keep(one.campaign_id, one.reason, [one])
        received = [one for one in read if isinstance(one, Received)]
        campaigns = top_ranked(received)
        with ThreadPoolExecutor(max_workers=_CAMPAIGNS_AT_ONCE) as pool:
            sent = sum(pool.map(self._send_campaign, campaigns, campaigns.values()), Sent())
        counts = {
            **sent.counts.wire(),
            "records": len(read),
            "invalid": len(unreadable),
            "unknownMarket": sent.unknown_market,
            "aside": sent.aside + len(unreadable),
        }
        logger.info("entries sent", extra={"counts": counts, "runIds": runs_of(received)})
        return counts

    def _send_campaign(self, campaign_id: str, received: list[Received]) -> Sent:
        try:
            campaign = self._campaigns.campaign(campaign_id)
        except ServiceError as error:
            return Sent(aside=self._keep(campaign_id, str(error), received))
        parts = sort_by_market(campaign, received)
        total = Sent()
        if parts.unknown:
            kept = self._keep(campaign_id, _UNKNOWN_MARKET, parts.unknown)
            total += Sent(unknown_market=kept, aside=kept)
        gave_up: ServiceError | None = None
        for call in parts.calls():
            offered = [one for one, _ in call]
            try:
                if gave_up is not None:
                    # The service was down a moment ago; waiting for it once more a call holds up the shard.
                    raise gave_up
                counts = self._entries.send(campaign_id, [entry for _, entry in call])
            except ServiceError as error:
                gave_up = error if error.passing else None
                total += Sent(aside=self._keep(campaign_id, str(error), offered))
                continue
            total += Sent(counts)
            if counts.taken < len(call):
                # Which ones it left out it does not say, and sending all again does no harm.
                reason = f"The Entry Service took {counts.taken} of {len(call)} entries."
                total += Sent(aside=self._keep(campaign_id, reason, offered))
        return total

    def _keep(self, campaign_id: str | None, reason: str, kept: Sequence[Received | Unreadable]) -> int:
        key = self._aside.keep(campaign_id, reason, [one.record for one in kept])
        logger.error(
            "entries kept aside",
            extra={
                "campaignId": campaign_id,
                "runIds": runs_of(one for one in kept if isinstance(one, Received)),
                "reason": reason,
                "records": len(kept),
                "key": key,
            },
        )
        return len(kept)
