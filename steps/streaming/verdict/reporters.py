"""verdictReporter's work on one message: a run's, or a look at the counts (SPEC 4)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial

from steps.shared.attributes import Item
from steps.shared.clock import now as utc_now
from steps.shared.messages import CountsLook, VerdictMessage
from steps.shared.observability import logger
from steps.shared.runs import RunRegistry
from steps.shared.services import CampaignService, name_of
from steps.shared.slack import SlackChannel
from steps.streaming.counting.changes import Tally
from steps.streaming.verdict.looks import Looks
from steps.streaming.verdict.posts import (
    LastPosts,
    changed_sentence,
    counted_of,
    is_overtaken,
    is_settled,
    post_item,
    sentence,
    to_say,
    unsettled_sentence,
    warnings,
)
from steps.streaming.verdict.store import VerdictStore
from steps.streaming.verdict.under_way import Patience

_LEASED_DELAY_SECONDS = 5
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
    FAILED = "failed"


@dataclass(frozen=True, kw_only=True)
class Reporter:
    """Handles messages; safe to be used by several threads and by several workers at once.

    A run is looked at `max_attempts` times before it is given up, with `delay_seconds` between two looks.
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

    @property
    def patience(self) -> Patience:
        """How long runs are waited for at this moment."""
        return Patience(self.clock(), timedelta(seconds=self.delay_seconds), self.max_attempts)


@dataclass(frozen=True, kw_only=True)
class RunReporter(Reporter):
    """Handles runs' messages: posts, puts back, warns, or drops them.

    `send` puts one into the queue, to be seen after so many seconds; `write_again` has its run's report
    written again.
    """

    registry: RunRegistry
    send: Callable[[VerdictMessage, int], None]
    write_again: Callable[[VerdictMessage], None]

    def handle(self, message: VerdictMessage, message_id: str) -> Outcome:
        """Do what a message asks for; by the queue's own id one that is delivered again is known.

        Raises:
            SlackError: the channel did not take the post; the message has to come again.
        """
        run = self.store.run(message.campaign_id, message.run_id)
        newest = self.registry.newest(message.campaign_id, message.source)
        if is_overtaken(message, run, newest):
            return self._end(message, Outcome.OVERTAKEN)
        counts = self.store.counts(message.campaign_id)
        settled = is_settled(message, counts, run)
        is_last = message.attempt >= self.max_attempts
        # Of what others still move after the last look, a look at the counts tells.
        if settled and (is_last or not self._others_move_it(message)):
            return self._post(message, message_id, partial(self._verdict, message), Outcome.POSTED)
        if is_last:
            warn = partial(self._warning, message, counted_of(message, counts, run))
            return self._post(message, message_id, warn, Outcome.WARNED)
        return self._look_again(message, message_id, self.delay_seconds)

    def _others_move_it(self, message: VerdictMessage) -> bool:
        """Whether another run can still move what the message is about to say."""
        if message.source == "fanlist":
            return False
        patience = self.patience
        runs = self.store.runs(message.campaign_id, patience.horizon)
        return any(patience.can_move_counts(run) for run in runs if run.run_id != message.run_id)

    def _look_again(self, message: VerdictMessage, message_id: str, delay_seconds: int) -> Outcome:
        """Put a message back, once however often it is delivered: copies of copies would flood the queue."""
        if not self.store.claim_next_look(message, message_id):
            return self._done(message, Outcome.REPEATED)
        try:
            self.send(message.model_copy(update={"attempt": message.attempt + 1}), delay_seconds)
        except Exception:
            self.store.release_next_look(message, message_id)
            raise
        return self._done(message, Outcome.REQUEUED)

    def _verdict(self, message: VerdictMessage, last_posts: LastPosts) -> Item | None:
        # Read again under the lease: counts and what was said belong to the same moment.
        counts = self.store.counts(message.campaign_id)
        run = self.store.run(message.campaign_id, message.run_id)
        now, last = to_say(message, counts, run), last_posts.last(message.source)
        # Fans who are missing move no count: they are news once, however often the file is run.
        if now == last.said and message.news in (None, last.news):
            return None
        name = name_of(self.campaigns, message.campaign_id, message.campaign_name)
        text = sentence(name, now, last.said)
        self.channel.post(text, link=message.report, warnings=warnings(message, run))
        return post_item(message.source, now, last, name, message.run_id, message.news)

    def _warning(self, message: VerdictMessage, counted: int, last_posts: LastPosts) -> Item | None:
        about = message.run_id or f"{message.source}:{message.count}"
        if last_posts.warned == about:
            return None
        name = name_of(self.campaigns, message.campaign_id, message.campaign_name)
        self.channel.post(unsettled_sentence(name, message, counted), link=message.report)
        return {"warned": {"S": about}}

    def _post(self, message: VerdictMessage, message_id: str, post: PostIfNews, outcome: Outcome) -> Outcome:
        """Speak, or come back a little later where another worker does."""
        said = self.post_alone(message.campaign_id, post)
        if said is None:
            return self._look_again(message, message_id, _LEASED_DELAY_SECONDS)
        return self._end(message, outcome if said else Outcome.UNCHANGED)

    def _end(self, message: VerdictMessage, outcome: Outcome) -> Outcome:
        """Note on the run that its message has ended: nothing waits for its verdict from here on."""
        if message.run_id:
            self.store.end_verdict(message.campaign_id, message.run_id, outcome.value)
            self.write_again(message)
        return self._done(message, outcome)

    def _done(self, message: VerdictMessage, outcome: Outcome) -> Outcome:
        logger.info(
            "verdict message handled",
            extra={
                "outcome": outcome.value,
                "campaignId": message.campaign_id,
                "runId": message.run_id,
                "attempt": message.attempt,
            },
        )
        return outcome


@dataclass(frozen=True, kw_only=True)
class CountsReporter(Reporter):
    """Handles looks: posts counts that changed and that no run will post."""

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
