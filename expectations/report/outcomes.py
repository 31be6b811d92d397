"""What a run or a check came to, in one word, the same everywhere (SPEC 6), and what to do then."""

from typing import Literal

from expectations.report.model import Entry, Facts, Outcome, Status, Verdict, Word

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
# What each word says, as a sentence goes on after it: the contract's table.
SAID: dict[Word, str] = {
    "running": "is under way",
    "passed": "published; every check held",
    "warned": "published, with warnings: checks failed that do not hold a file back",
    "accepted": "published although a critical check failed: somebody chose acceptQuality",
    "incomplete": "published, except for records that could not be written",
    "quarantined": "nothing was published: a critical check failed",
    "refused": "nothing was published: the file or the input cannot be taken",
    "failed": "an error stopped the run, and it is not the file's or the input's",
}


# What to do about an error, in words for a campaign manager.
AGAIN = "Start it again: nothing is written twice."
REMEDIES = {
    "Configuration": "The deployment is incomplete: deploy the stack again with the named value.",
    "InvalidFile": "Correct the file as the cause says and upload it again; nothing was published.",
    "InvalidInput": "Start the run again with an input that the cause names.",
    "InvalidKey": "Upload the file again under a key of the expected form; nothing was published.",
    "OutdatedFile": 'Nothing, unless the older file is really wanted: then run it with "force": true.',
    "QualityGateFailed": (
        "Read the report and the rejected rows, correct the file and upload it again. Where the file is"
        ' right as it is, run it with "acceptQuality": true beside its own input.'
    ),
}
# What is an answer to the file or the input, and no fault of the system's.
REFUSALS = ("InvalidFile", "InvalidInput", "InvalidKey", "OutdatedFile")


def word_of(facts: Facts, outcome: Outcome) -> Word:
    """Return the word for a run, or for what a run of a checked file would come to."""
    verdict = facts.verdict if facts.verdict == "failed" or not facts.failed_rules else "warned"
    return word_for(outcome.status, verdict, outcome.failed, outcome.error)


def word_for(status: Status, verdict: Verdict | None, failed: int, error: str | None) -> Word:
    """Return the word for a run by its status, the gate's verdict, records not written, and its error."""
    if status == "failed":
        return bad_end(error)
    if status in ("running", "quarantined"):
        return "running" if status == "running" else "quarantined"
    if failed:
        return "incomplete"
    if verdict == "failed":
        return "accepted" if status == "succeeded" else "quarantined"
    return verdict or "passed"


def bad_end(error: str | None) -> Literal["refused", "failed"]:
    """Return which of the two an error is: an answer to the file or the input, or the system's own fault."""
    return "refused" if error in REFUSALS else "failed"


def remedy(error: str | None) -> str:
    """Return what to do about an error by its name; `InvalidFileError` and `InvalidFile` are the same."""
    return REMEDIES.get((error or "").rsplit(".", 1)[-1].removesuffix("Error"), AGAIN)


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
