"""Which runs of a campaign can still change its counts, or will still post them (SPEC 4). Pure.

Only scrubbed runs count here: a fanlist's fans have no flag, so that they move none of what a verdict says of
the campaign; and a fanlist run speaks of its own records, which no other run moves.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

from steps.shared.attributes import Item, plain, read_text
from steps.shared.clock import to_iso
from steps.shared.meta_items import RUN
from steps.shared.wire import Payload

# The state machines' own timeout: what began before that is over, whatever its record says.
LONGEST_RUN = timedelta(hours=4)
# What a run's tally lacks, once it has stood still for so many waits, is not waited for any longer.
_STILL_DELAYS = 10
# A message may wait in its queue beside its looks: five tries, six minutes apart.
_TRIES = timedelta(minutes=30)


class RunState(Payload):
    """One run as the table knows it; moments as the contract spells them, empty where there is none.

    Attributes:
        source: `scrubbed` or `fanlist`.
        status: as in `RunStatus`.
        updated: when a record of it was last counted or found stale.
        output: records that it is known to have sent on.
        counted: those of them counted.
        stale: those of them that a newer run left nothing to do for; one that came again counts twice.
        verdict: what became of its verdict.
        withdrawn_selected: fans whom it withdrew and another system has selected.
    """

    run_id: str = ""
    source: str = ""
    status: str = ""
    scored_at: str = ""
    started_at: str = ""
    finished_at: str = ""
    updated: str = ""
    output: int = 0
    counted: int = 0
    stale: int = 0
    verdict: str = ""
    withdrawn_selected: int = 0

    @classmethod
    def of(cls, item: Item) -> Self:
        """Read a run's item; all empty where there is none."""
        return cls.model_validate(plain(item) | {"runId": (read_text(item, "SK") or "").removeprefix(RUN)})


@dataclass(frozen=True)
class Patience:
    """How long runs are waited for, at one moment: so many `attempts`, with a `delay` between two of them."""

    now: datetime
    delay: timedelta
    attempts: int

    @property
    def horizon(self) -> str:
        """When a run that is waited for began at the earliest."""
        return to_iso(self.now - LONGEST_RUN - self._verdict)

    def can_move_counts(self, run: RunState) -> bool:
        """Whether a run is under way, or ended and its records still arrive."""
        if run.source != "scrubbed":
            return False
        if run.status == "running":
            return run.started_at > to_iso(self.now - LONGEST_RUN)
        moved = max(run.finished_at, run.updated)
        still = to_iso(self.now - _STILL_DELAYS * self.delay)
        return run.counted + run.stale < run.output and moved > still

    def will_speak(self, run: RunState) -> bool:
        """Whether a run that ended well has its verdict before it."""
        waits = run.source == "scrubbed" and run.status == "succeeded" and not run.verdict
        return waits and run.finished_at > to_iso(self.now - self._verdict)

    @property
    def _verdict(self) -> timedelta:
        return self.attempts * self.delay + _TRIES
