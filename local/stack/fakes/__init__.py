"""Fakes for the three services outside: real HTTP servers on loopback that check what they get.

They are strict where the real services would be: a body that does not fit is answered with 422 and a
sentence, and kept in `refused`, so that a demo or a test can fail loudly.
"""

from collections.abc import Sequence
from contextlib import ExitStack
from typing import Self

from local.sample.fans import CAMPAIGN_NAMES, MARKETS
from local.stack.fakes.campaigns import FakeCampaignService
from local.stack.fakes.entries import FakeEntryService
from local.stack.fakes.server import Refusal
from local.stack.fakes.slack import FakeSlack


class Fakes(ExitStack):
    """Slack, Campaign Service and Entry Service as one context manager.

    A campaign that nobody registered has these `markets`; None answers it with 404, as the real service does.
    """

    def __init__(self, markets: Sequence[str] | None = MARKETS) -> None:
        super().__init__()
        self.slack = FakeSlack()
        self.campaigns = FakeCampaignService(default_markets=markets)
        self.entries = FakeEntryService()
        for campaign_id, name in CAMPAIGN_NAMES.items():
            if markets is not None:
                self.campaigns.register(campaign_id, name, markets)

    @property
    def refused(self) -> list[Refusal]:
        """What any of the three could not accept; empty after a run without fault."""
        return [*self.slack.refused, *self.campaigns.refused, *self.entries.refused]

    def __enter__(self) -> Self:
        for fake in (self.slack, self.campaigns, self.entries):
            self.enter_context(fake)
        return self
