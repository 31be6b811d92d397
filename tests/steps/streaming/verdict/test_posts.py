"""When a run is settled, and the words for it."""

import pytest

from steps.shared.messages import VerdictMessage
from steps.streaming.counting.changes import Tally
from steps.streaming.verdict.posts import (
    Processed,
    Said,
    is_overtaken,
    is_settled,
    sentence,
    to_say,
    unsettled_sentence,
    warnings,
)
from steps.streaming.verdict.under_way import RunState
from tests.steps.records import LATER, LATER_RUN, RUN, SCORED_AT


def message(count: int = 10_000, run: str | None = RUN, source: str = "scrubbed") -> VerdictMessage:
    return VerdictMessage.model_validate(
        {"campaignId": "campaign-1", "count": count, "runId": run, "source": source}
    )


@pytest.mark.parametrize(
    ("now", "last", "text"),
    [
        # Scenario 1.
        (
            Tally(75_000, 23_500),
            Tally(72_000, 26_500),
            "75,000 verified (+3,000), 23,500 rejected (-3,000)",
        ),
        # Scenario 4.
        (Tally(10_000), Tally(8_000), "10,000 verified (+2,000)"),
        (Tally(75_000, 23_500), None, "75,000 verified, 23,500 rejected"),
        (Tally(5, 0, 2), Tally(5, 1, 0), "5 verified, 0 rejected (-1), 2 selected (+2)"),
        (Tally(1, 1), Tally(1, 2), "1 verified, 1 rejected (-1)"),
        # Scenario 2.
        (Processed(48_000, SCORED_AT), None, "48,000 records processed"),
        (Processed(48_000, LATER), Processed(47_000, SCORED_AT), "48,000 records processed"),
    ],
)
def test_sentence(now: Said, last: Said | None, text: str) -> None:
    assert (
        sentence("Taylor Swift Presale", now, last)
        == f"Campaign 'Taylor Swift Presale' scoring complete: {text}"
    )


def test_a_campaign_without_fans_has_no_parts() -> None:
    assert sentence("X", Tally(), None) == "Campaign 'X' scoring complete"


@pytest.mark.parametrize(
    ("run", "figures", "tally", "settled"),
    [
        (RUN, Tally(9_500), RunState(counted=9_999), False),
        (RUN, Tally(9_500), RunState(counted=10_000), True),
        (RUN, Tally(), RunState(counted=10_001), True),
        (None, Tally(9_500), RunState(), False),
        (None, Tally(9_500, 500), RunState(), True),
        (None, Tally(9_501, 500), RunState(), False),
    ],
)
def test_settled(run: str | None, figures: Tally, tally: RunState, settled: bool) -> None:
    assert is_settled(message(run=run), figures, tally) is settled


@pytest.mark.parametrize(
    ("run", "scored_at", "newest", "overtaken"),
    [
        (RUN, SCORED_AT, (LATER, LATER_RUN), True),
        (RUN, SCORED_AT, (SCORED_AT, LATER_RUN), True),
        (RUN, SCORED_AT, (SCORED_AT, RUN), False),
        (LATER_RUN, LATER, (SCORED_AT, RUN), False),
        (RUN, SCORED_AT, None, False),
        (RUN, None, (LATER, LATER_RUN), False),
        (None, None, (LATER, LATER_RUN), False),
    ],
)
def test_overtaken(
    run: str | None, scored_at: str | None, newest: tuple[str, str] | None, overtaken: bool
) -> None:
    assert is_overtaken(message(run=run), RunState(scored_at=scored_at or ""), newest) is overtaken


def test_what_is_said_depends_on_the_kind_of_file() -> None:
    figures, run = Tally(1, 2, 3), RunState(counted=7, scored_at=SCORED_AT)
    assert to_say(message(), figures, run) == figures
    assert to_say(message(source="fanlist"), figures, run) == Processed(10_000, SCORED_AT)


def test_warnings() -> None:
    text = "Campaign 'X' scoring not settled: expected 10,000 records, counted 9,500"
    assert unsettled_sentence("X", message(run=None), 9_500) == text
    assert unsettled_sentence("X", message(), 9_500) == f"{text} (run {RUN})"
    assert warnings(message(), RunState()) == []
    one = message().model_copy(update={"failed": 1})
    assert warnings(one, RunState()) == ["1 record could not be written; the run's summary lists them."]
    checked = message().model_copy(update={"warnings": ["Scores go up to 100. 1 did not."]})
    assert warnings(checked, RunState()) == ["Scores go up to 100. 1 did not."]
    both = checked.model_copy(update={"failed": 1})
    assert warnings(both, RunState()) == [*warnings(one, RunState()), *warnings(checked, RunState())]


def test_withdrawn_fans_whom_others_selected_are_a_number() -> None:
    replaced = message().model_copy(update={"failed": 1, "warnings": ["50 fans go."]})
    said = warnings(replaced, RunState(withdrawn_selected=3))
    assert said[1:] == ["3 of the withdrawn fans are selected in another system", "50 fans go."]
    assert warnings(message(), RunState(withdrawn_selected=1)) == [
        "1 of the withdrawn fans is selected in another system"
    ]


def test_a_run_that_withdraws_is_settled_once_its_withdrawals_are_counted() -> None:
    replaced = message().model_copy(update={"count": 150, "withdrawn": 50})
    assert not is_settled(replaced, Tally(), RunState(counted=199))
    assert is_settled(replaced, Tally(), RunState(counted=200))
