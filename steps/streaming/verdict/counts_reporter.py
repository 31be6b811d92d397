"""verdictReporter's work on a look: posts counts that changed and that no run will post (SPEC 4)."""

from collections.abc import Callable
from datetime import datetime, timedelta

from steps.shared.clock import now as utc_now
from steps.shared.messages import CountsLook
from steps.shared.observability import logger
from steps.streaming.verdict.last_posts import LastPosts
from steps.streaming.verdict.looks import Looks
from steps.streaming.verdict.poster import Poster
from steps.streaming.verdict.run_reporter import Outcome
from steps.streaming.verdict.sentences import Figures, changed_sentence
from steps.streaming.verdict.store import Lease, VerdictStore
from steps.streaming.verdict.under_way import Patience


class CountsReporter:
    """Handles looks; safe to be used by several threads and by several workers at once.

    Args:
        store: counts, runs, and what was last said.
        looks: asks for the next look.
        poster: says it.
        delay_seconds: wait between two looks at a run.
        max_attempts: looks at a run before it is given up.
        clock: the present moment.
    """

    def __init__(
        self,
        *,
        store: VerdictStore,
        looks: Looks,
        poster: Poster,
        delay_seconds: int,
        max_attempts: int,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._store = store
        self._looks = looks
        self._poster = poster
        self._delay = timedelta(seconds=delay_seconds)
        self._max_attempts = max_attempts
        self._clock = clock

    def handle(self, look: CountsLook) -> Outcome:
        """Take a look: say what the counts came to once they stand still and no run will say it.

        Raises:
            SlackError: the channel did not take the post; the message has to come again.
        """
        campaign_id = look.campaign_id
        patience = Patience(self._clock(), self._delay, self._max_attempts)
        runs = self._store.runs(campaign_id, patience.horizon)
        if any(patience.can_move_counts(run) or patience.will_speak(run) for run in runs):
            return self._look_again(look, self._store.figures(campaign_id))
        seen = Figures(*look.seen) if look.seen else None
        moving: Figures | None = None

        def say(last_posts: LastPosts) -> Callable[[Lease], bool] | None:
            nonlocal moving
            # Read under the lease: counts and what was said belong to the same moment.
            now = self._store.figures(campaign_id)
            if now == (last_posts.scrubbed or Figures()):
                return None
            if now != seen:
                moving = now
                return None
            name = self._poster.name(campaign_id, last_posts.name)
            self._poster.channel.post(changed_sentence(name, now, last_posts.scrubbed))
            return lambda lease: self._store.remember(campaign_id, lease, "scrubbed", now, name)

        said = self._poster.post_alone(campaign_id, say)
        if said is None or moving:
            return self._look_again(look, moving or seen)
        return self._done(look, Outcome.POSTED if said else Outcome.UNCHANGED)

    def _look_again(self, look: CountsLook, seen: Figures | None) -> Outcome:
        asked = self._looks.ask_again(look, seen)
        return self._done(look, Outcome.REQUEUED if asked else Outcome.REPEATED)

    def _done(self, look: CountsLook, outcome: Outcome) -> Outcome:
        logger.info(
            "look at the counts handled",
            extra={"outcome": outcome.value, "campaignId": look.campaign_id, "look": look.look},
        )
        return outcome
