"""What one thing that was kept aside is, and what a replay of it comes to. Never a row's value."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from steps.shared.payloads import Run


class Keeper(StrEnum):
    """Who could not deliver something, by the name of its folder or of its work."""

    uploads = "uploads"
    publish_partition = "publish-partition"
    save_fanlist_partition = "save-fanlist-partition"
    load_scores = "load-scores-to-dynamodb"
    process_saved_scores = "process-saved-scores"
    save_entry_scoring = "save-entry-scoring"
    verdict_reporter = "verdict-reporter"


class Outcome(StrEnum):
    """What became of one thing in a replay."""

    REPLAYED = "replayed"
    OUTDATED = "outdated"
    KEPT = "still kept"


@dataclass(frozen=True)
class Replayed:
    """A replay's outcome, and in words what was done; `run` is one that got records it had lacked."""

    outcome: Outcome
    said: str
    run: Run | None = None


class NotDeliveredError(Exception):
    """What was kept aside could again not be delivered; the message says why and holds no value of a row."""


@dataclass(frozen=True, kw_only=True)
class Kept:
    """One thing that was kept aside.

    Attributes:
        keeper: who could not deliver it.
        campaigns: the campaigns it is of; none where it does not say.
        place: where it is kept: a key of the bucket, a run's partitions, or a queue's message.
        reason: why, in words without any value of a row.
        records: how many records it holds.
        since: since when, in the contract's spelling.
        plan: says what a replay would do; does nothing.
        replay: delivers it again, and takes it from where it is kept once that went well; raises
            `NotDeliveredError` where it was not taken and is kept as it was.
        release: lets others see it again, where it is hidden from them meanwhile.
    """

    keeper: Keeper
    campaigns: frozenset[str]
    place: str
    reason: str
    records: int
    since: str
    plan: Callable[[], str]
    replay: Callable[[], Replayed]
    release: Callable[[], None] = lambda: None
