"""Speaking to the channel: one worker at a time about a campaign, which remembers what it said (SPEC 4)."""

from collections.abc import Callable
from typing import Protocol

from steps.shared.observability import logger
from steps.shared.services import CampaignService, ServiceError
from steps.streaming.verdict.store import LastPosts, Lease, VerdictStore

# Says something and answers with how to remember it; None: there was nothing to say.
Speech = Callable[[LastPosts], Callable[[Lease], bool] | None]


class Channel(Protocol):
    """Where verdicts are said; `steps.shared.slack.SlackChannel` is one."""

    def post(self, text: str, link: str | None = None, warnings: list[str] | None = None) -> None:
        """Say one sentence, or raise."""


class Speaker:
    """Says things under a campaign's lease; safe to be used by several threads and workers at once."""

    def __init__(self, store: VerdictStore, channel: Channel, campaigns: CampaignService) -> None:
        self._store = store
        self.channel = channel
        self._campaigns = campaigns

    def speak(self, campaign_id: str, speech: Speech) -> bool | None:
        """Speak while no other worker does.

        Returns:
            Whether something was said; None where another worker is about to say something.
        """
        lease = self._store.lease(campaign_id)
        if lease is None:
            return None
        try:
            remember = speech(lease.last_posts)
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
        """Return the Campaign Service's name, else the file's, else the id: no name is worth a lost post."""
        try:
            name = self._campaigns.campaign(campaign_id).usable_name
        except ServiceError as error:
            logger.warning("campaign name unknown", extra={"campaignId": campaign_id, "reason": str(error)})
            name = None
        return name or otherwise or campaign_id
