"""Which runs are waited for, and until when."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from steps.shared.clock import to_iso
from steps.streaming.verdict.under_way import Patience, RunState

NOW = datetime(2026, 2, 13, 12, tzinfo=UTC)
PATIENCE = Patience(NOW, delay=timedelta(seconds=30), attempts=240)


def ago(minutes: float) -> str:
    return to_iso(NOW - timedelta(minutes=minutes))


def replace(run: RunState, **changed: Any) -> RunState:
    return run.model_copy(update=changed)


RUNNING = RunState(run_id="r", source="scrubbed", status="running", started_at=ago(239))
ENDED = RunState(
    run_id="r",
    source="scrubbed",
    status="succeeded",
    started_at=ago(60),
    finished_at=ago(4),
    output=10,
    counted=6,
    stale=3,
)


@pytest.mark.parametrize(
    ("run", "can"),
    [
        (RUNNING, True),
        # The state machine itself has a timeout: a run that died without a word blocks nobody for ever.
        (replace(RUNNING, started_at=ago(241)), False),
        (replace(RUNNING, source="fanlist"), False),
        (ENDED, True),
        (replace(ENDED, status="failed"), True),
        (replace(ENDED, source="fanlist"), False),
        (replace(ENDED, stale=4), False),
        (replace(ENDED, counted=10, stale=0), False),
        (replace(ENDED, status="quarantined", output=0, counted=0, stale=0), False),
        # What is missing for five minutes is not waited for; what moves is, however long ago the run ended.
        (replace(ENDED, finished_at=ago(6)), False),
        (replace(ENDED, finished_at=ago(50), updated=ago(4)), True),
        (replace(ENDED, finished_at=ago(50), updated=ago(6)), False),
        (RunState(run_id="r", source="scrubbed"), False),
    ],
)
def test_which_runs_can_move_counts(run: RunState, can: bool) -> None:
    assert PATIENCE.can_move_counts(run) is can


@pytest.mark.parametrize(
    ("run", "will"),
    [
        (ENDED, True),
        (replace(ENDED, verdict="posted"), False),
        (replace(ENDED, status="failed"), False),
        (replace(ENDED, source="fanlist"), False),
        (replace(ENDED, finished_at=ago(149)), True),
        (replace(ENDED, finished_at=ago(151)), False),
        (RUNNING, False),
    ],
)
def test_which_runs_will_speak(run: RunState, will: bool) -> None:
    assert PATIENCE.will_speak(run) is will


def test_no_run_that_is_waited_for_began_before_the_horizon() -> None:
    assert PATIENCE.horizon == ago(240 + 150)
