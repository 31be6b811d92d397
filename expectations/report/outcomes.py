"""What a run or a check came to, in one word: the same in reports, lists, alerts, documents (SPEC 6)."""

from typing import Literal

from expectations.report.advice import REFUSALS
from expectations.report.model import Entry, Facts, Outcome, Word

Tone = Literal["good", "warn", "bad", "busy"]

TONES: dict[Word, Tone] = {
    "running": "busy",
    "passed": "good",
    "warned": "warn",
    "accepted": "warn",
    "incomplete": "warn",
    "quarantined": "bad",
    "refused": "bad",
    "failed": "bad",
}
# Signs for those who do not see colours.
MARKS: dict[Tone, str] = {"good": "\u2713", "warn": "!", "bad": "\u2717", "busy": "\u2026"}


def word_of(facts: Facts, outcome: Outcome) -> Word:
    """Return the word for a run, or for what a run of a checked file would come to."""
    if outcome.status in ("running", "quarantined"):
        return "running" if outcome.status == "running" else "quarantined"
    if outcome.status == "failed":
        return bad_end(outcome.error)
    if outcome.failed:
        return "incomplete"
    if facts.verdict == "failed":
        return "accepted" if outcome.status == "succeeded" else "quarantined"
    return "warned" if facts.failed_rules else "passed"


def bad_end(error: str | None) -> Literal["refused", "failed"]:
    """Return which of the two an error is: an answer to the file or the input, or the system's own fault."""
    return "refused" if error in REFUSALS else "failed"


def entry_of(facts: Facts, outcome: Outcome) -> Entry:
    """Return the line of a run in a list of runs."""
    named = {"run_id", "campaign_id", "source", "scored_at", "started_at"}
    return Entry(
        **facts.about.model_dump(include=named),
        campaign_name=outcome.name or facts.about.campaign_name,
        word=word_of(facts, outcome),
        rows=facts.counts.in_,
        invalid=facts.counts.invalid,
        records=facts.counts.valid,
        verified=facts.records.verified,
    )
