"""verdictReporter's work on one message: post it, put it back, warn, or drop it (SPEC 4)."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from steps.shared.clock import now as utc_now
from steps.shared.messages import LONGEST_DELAY_SECONDS, VerdictMessage
from steps.shared.observability import logger
from steps.streaming.verdict.last_posts import LastPosts
from steps.streaming.verdict.poster import Poster, PostIfNews
from steps.streaming.verdict.sentences import (
    counted_of,
    is_overtaken,
    is_settled,
    sentence,
    to_say,
    unsettled_sentence,
    warnings,
)
from steps.streaming.verdict.store import Lease, VerdictStore
from steps.streaming.verdict.under_way import Patience

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

    from steps.shared.wire import Source

_LEASED_DELAY_SECONDS = 5


class Outcome(StrEnum):
    """What became of one message."""

    POSTED = "posted"
    UNCHANGED = "unchanged"
    REQUEUED = "requeued"
    WARNED = "warned"
    OVERTAKEN = "overtaken"
    REPEATED = "repeated"


class Runs(Protocol):
    """Where runs are known; `steps.shared.runs.RunRegistry` is one."""

    def newest(self, campaign_id: str, source: "Source") -> tuple[str, str] | None:
        """Return the (scoredAt, runId) of the newest run."""


class Requeue:
    """Puts a message back into its queue, to be seen again after a delay."""

    def __init__(self, sqs: "SQSClient", queue_url: str) -> None:
        self._sqs = sqs
        self._queue_url = queue_url

    def __call__(self, message: VerdictMessage, delay_seconds: int) -> None:
        """Send the message again."""
        self._sqs.send_message(
            QueueUrl=self._queue_url,
            MessageBody=json.dumps(message.wire()),
            DelaySeconds=min(delay_seconds, LONGEST_DELAY_SECONDS),
        )


class Reporter:
    """Handles messages; safe to be used by several threads and by several workers at once.

    Args:
        store: counts, and what was last said.
        runs: which run is the newest.
        poster: says them.
        requeue: puts a message back.
        write_again: has the report of a message's run written again.
        delay_seconds: wait between two looks.
        max_attempts: looks before the channel is warned.
        clock: the present moment.
    """

    def __init__(
        self,
        *,
        store: VerdictStore,
        runs: Runs,
        poster: Poster,
        requeue: Callable[[VerdictMessage, int], None],
        write_again: Callable[[VerdictMessage], None],
        delay_seconds: int,
        max_attempts: int,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._store = store
        self._runs = runs
        self._poster = poster
        self._requeue = requeue
        self._write_again = write_again
        self._delay_seconds = delay_seconds
        self._max_attempts = max_attempts
        self._clock = clock

    def handle(self, message: VerdictMessage, message_id: str) -> Outcome:
        """Do what a message asks for.

        Args:
            message: the message.
            message_id: the queue's own, by which one that is delivered again is known.

        Raises:
            SlackError: the channel did not take the post; the message has to come again.
        """
        run = self._store.run(message.campaign_id, message.run_id)
        newest = self._runs.newest(message.campaign_id, message.source)
        if is_overtaken(message, run, newest):
            return self._end(message, Outcome.OVERTAKEN)
        figures = self._store.figures(message.campaign_id)
        settled = is_settled(message, figures, run)
        is_last = message.attempt >= self._max_attempts
        # Of what others still move after the last look, a look at the counts tells.
        if settled and (is_last or not self._others_move_it(message)):
            return self._say(message, message_id)
        if is_last:
            return self._warn(message, message_id, counted_of(message, figures, run))
        return self._look_again(message, message_id, self._delay_seconds)

    def _others_move_it(self, message: VerdictMessage) -> bool:
        """Whether another run can still move what the message is about to say."""
        if message.source == "fanlist":
            return False
        patience = Patience(self._clock(), timedelta(seconds=self._delay_seconds), self._max_attempts)
        runs = self._store.runs(message.campaign_id, patience.horizon)
        return any(patience.can_move_counts(run) for run in runs if run.run_id != message.run_id)

    def _look_again(self, message: VerdictMessage, message_id: str, delay_seconds: int) -> Outcome:
        """Put a message back, once however often it is delivered: copies of copies would flood the queue."""
        if not self._store.claim_next_look(message, message_id):
            return self._done(message, Outcome.REPEATED)
        try:
            self._requeue(message.model_copy(update={"attempt": message.attempt + 1}), delay_seconds)
        except Exception:
            self._store.release_next_look(message, message_id)
            raise
        return self._done(message, Outcome.REQUEUED)

    def _say(self, message: VerdictMessage, message_id: str) -> Outcome:
        def say(last_posts: LastPosts) -> Callable[[Lease], bool] | None:
            # Read again under the lease: counts and what was said belong to the same moment.
            figures = self._store.figures(message.campaign_id)
            run = self._store.run(message.campaign_id, message.run_id)
            now, last = to_say(message, figures, run), last_posts.last(message.source)
            # Fans who are missing move no count: they are news once, however often the file is run.
            told = message.news in (None, last_posts.news.get(message.source))
            if now == last and told:
                return None
            name = self._poster.name(message.campaign_id, message.campaign_name)
            self._poster.channel.post(
                sentence(name, now, last), link=message.report, warnings=warnings(message, run)
            )
            return lambda lease: self._store.remember(
                message.campaign_id, lease, message.source, now, name, message.run_id, message.news
            )

        return self._post(message, message_id, say, Outcome.POSTED)

    def _warn(self, message: VerdictMessage, message_id: str, counted: int) -> Outcome:
        about = message.run_id or f"{message.source}:{message.count}"

        def warn(last_posts: LastPosts) -> Callable[[Lease], bool] | None:
            if last_posts.warned == about:
                return None
            name = self._poster.name(message.campaign_id, message.campaign_name)
            self._poster.channel.post(unsettled_sentence(name, message, counted), link=message.report)
            return lambda lease: self._store.remember_warning(message.campaign_id, lease, about)

        return self._post(message, message_id, warn, Outcome.WARNED)

    def _post(self, message: VerdictMessage, message_id: str, post: PostIfNews, outcome: Outcome) -> Outcome:
        """Speak, or come back a little later where another worker does."""
        said = self._poster.post_alone(message.campaign_id, post)
        if said is None:
            return self._look_again(message, message_id, _LEASED_DELAY_SECONDS)
        return self._end(message, outcome if said else Outcome.UNCHANGED)

    def _end(self, message: VerdictMessage, outcome: Outcome) -> Outcome:
        """Note on the run that its message has ended: nothing waits for its verdict from here on."""
        if message.run_id:
            self._store.end_verdict(message.campaign_id, message.run_id, outcome.value)
            self._write_again(message)
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
