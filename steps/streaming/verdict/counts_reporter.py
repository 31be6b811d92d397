"""verdictReporter's work on a look: posts counts that changed and that no run will post (SPEC 4)."""

from dataclasses import dataclass

from steps.shared.attributes import Item
from steps.shared.messages import CountsLook
from steps.shared.observability import logger
from steps.shared.services import name_of
from steps.streaming.counting.changes import Tally
from steps.streaming.verdict.looks import Looks
from steps.streaming.verdict.posts import LastPosts, changed_sentence, post_item
from steps.streaming.verdict.run_reporter import Outcome, Reporter


@dataclass(frozen=True, kw_only=True)
class CountsReporter(Reporter):
    """Handles looks."""

    looks: Looks

    def handle(self, look: CountsLook) -> Outcome:
        """Take a look: say what the counts came to once they stand still and no run will say it.

        Raises:
            SlackError: the channel did not take the post; the message has to come again.
        """
        campaign_id, patience = look.campaign_id, self.patience
        runs = self.store.runs(campaign_id, patience.horizon)
        if any(patience.can_move_counts(run) or patience.will_speak(run) for run in runs):
            return self._look_again(look, self.store.counts(campaign_id))
        seen = Tally(*look.seen) if look.seen else None
        moving: Tally | None = None

        def say(last_posts: LastPosts) -> Item | None:
            nonlocal moving
            # Read under the lease: counts and what was said belong to the same moment.
            now, last = self.store.counts(campaign_id), last_posts.scrubbed
            if now == (last.said or Tally()):
                return None
            if now != seen:
                moving = now
                return None
            name = name_of(self.campaigns, campaign_id, last_posts.name)
            self.channel.post(changed_sentence(name, now, last.said))
            return post_item("scrubbed", now, last, name)

        said = self.post_alone(campaign_id, say)
        if said is None or moving is not None:
            return self._look_again(look, seen if moving is None else moving)
        return self._done(look, Outcome.POSTED if said else Outcome.UNCHANGED)

    def _look_again(self, look: CountsLook, seen: Tally | None) -> Outcome:
        asked = self.looks.ask_again(look, seen)
        return self._done(look, Outcome.REQUEUED if asked else Outcome.REPEATED)

    def _done(self, look: CountsLook, outcome: Outcome) -> Outcome:
        logger.info(
            "look at the counts handled",
            extra={"outcome": outcome.value, "campaignId": look.campaign_id, "look": look.look},
        )
        return outcome
