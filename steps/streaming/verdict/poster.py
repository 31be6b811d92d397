"""Posts to the channel: one worker at a time for a campaign, which stores what it said (SPEC 4)."""

from collections.abc import Callable
from typing import Protocol

from steps.shared.observability import logger
from steps.shared.services import CampaignService, name_of
from steps.streaming.verdict.last_posts import LastPosts
from steps.streaming.verdict.store import Lease, VerdictStore

# Says something and answers with how to remember it; None: there was nothing to say.
PostIfNews = Callable[[LastPosts], Callable[[Lease], bool] | None]


class Channel(Protocol):
    """Where verdicts are said; `steps.shared.slack.SlackChannel` is one."""

    def post(self, text: str, link: str | None = None, warnings: list[str] | None = None) -> None:
        """Say one sentence, or raise."""


class Poster:
    """Says things under a campaign's lease; safe to be used by several threads and workers at once."""

    def __init__(self, store: VerdictStore, channel: Channel, campaigns: CampaignService) -> None:
        self._store = store
        self.channel = channel
        self._campaigns = campaigns

    def post_alone(self, campaign_id: str, post: PostIfNews) -> bool | None:
        """Speak while no other worker does.

        Returns:
            Whether something was said; None where another worker is about to say something.
        """
        lease = self._store.lease(campaign_id)
        if lease is None:
            return None
        try:
            remember = post(lease.last_posts)
        except BaseException:
            self._store.release(campaign_id, lease)
            raise
        if remember is None:
            self._store.release(campaign_id, lease)
            return False
        if not remember(lease):
            logger.error("the lease ended during the post", extra={"campaignId": campaign_id})
        return True

    def name(self, campaign_id: str, otherwise: str | None = None) -> str:
        """Return the campaign's name, as a post has it."""
        return name_of(self._campaigns, campaign_id, otherwise)
