"""What both kinds of posts share: one worker at a time for a campaign, which stores what it said (SPEC 4)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from steps.shared.attributes import Item
from steps.shared.clock import now as utc_now
from steps.shared.observability import logger
from steps.shared.services import CampaignService, name_of
from steps.shared.slack import SlackChannel
from steps.streaming.verdict.last_posts import LastPosts
from steps.streaming.verdict.store import VerdictStore
from steps.streaming.verdict.under_way import Patience

# Says something and returns what to remember of it; None where there was nothing to say.
PostIfNews = Callable[[LastPosts], Item | None]


class Outcome(StrEnum):
    """What became of one message."""

    POSTED = "posted"
    UNCHANGED = "unchanged"
    REQUEUED = "requeued"
    WARNED = "warned"
    OVERTAKEN = "overtaken"
    REPEATED = "repeated"


@dataclass(frozen=True, kw_only=True)
class Reporter:
    """Handles messages; safe to be used by several threads and by several workers at once.

    Args:
        store: counts, runs, and what was last said.
        channel: where it is said.
        campaigns: knows the campaigns' names.
        delay_seconds: wait between two looks at a run.
        max_attempts: looks at a run before it is given up.
        clock: the present moment.
    """

    store: VerdictStore
    channel: SlackChannel
    campaigns: CampaignService
    delay_seconds: int
    max_attempts: int
    clock: Callable[[], datetime] = utc_now

    def post_alone(self, campaign_id: str, post: PostIfNews) -> bool | None:
        """Speak while no other worker does.

        Returns:
            Whether something was said; None where another worker is about to say something.
        """
        lease = self.store.lease(campaign_id)
        if lease is None:
            return None
        said = None
        try:
            said = post(lease.last_posts)
        finally:
            kept = self.store.release(campaign_id, lease, said)
        if said and not kept:
            logger.error("the lease ended during the post", extra={"campaignId": campaign_id})
        return said is not None

    def name(self, campaign_id: str, otherwise: str | None) -> str:
        """Return the campaign's name, as a post has it."""
        return name_of(self.campaigns, campaign_id, otherwise)

    @property
    def patience(self) -> Patience:
        """How long runs are waited for at this moment."""
        return Patience(self.clock(), timedelta(seconds=self.delay_seconds), self.max_attempts)
