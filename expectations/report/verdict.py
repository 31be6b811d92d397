"""The report's first lines: what became of the file, and what there is to do."""

from dataclasses import dataclass, field
from typing import Literal

from expectations.report.advice import REFUSALS, remedy
from expectations.report.model import Facts, Outcome, RuleFact
from expectations.report.wording import is_share, many, number, percent, sentence, shown

Tone = Literal["good", "warn", "bad", "busy"]


@dataclass(frozen=True)
class Headline:
    """A verdict: `mark` and `tone` say it at a glance, `text` in a few words, `detail` in sentences."""

    tone: Tone
    text: str
    detail: str
    todo: list[str] = field(default_factory=list)

    @property
    def mark(self) -> str:
        """A sign for those who do not see colours."""
        return {"good": "\u2713", "warn": "!", "bad": "\u2717", "busy": "\u2026"}[self.tone]


def headline(facts: Facts, outcome: Outcome) -> Headline:
    """Return the verdict on a run, or on a file that was only checked."""
    fans = many(facts.counts.valid, "fan")
    match outcome.status:
        case "failed":
            return _failed(facts, outcome)
        case "succeeded":
            return _succeeded(facts, outcome)
        case "quarantined":
            return Headline("bad", "Quarantined", _nothing_published(facts, "was"), _gate_todo(facts))
        case "running":
            return Headline("busy", "Publishing", f"The checks let {fans} pass; publishing is under way.")
    if facts.verdict == "failed":
        detail = _nothing_published(facts, "would be")
        return Headline("bad", "Would be quarantined", detail, _gate_todo(facts))
    return _well(facts, "Fit to publish", f"{fans} would be published.")


def _succeeded(facts: Facts, outcome: Outcome) -> Headline:
    out = outcome.published if outcome.published is not None else outcome.saved
    written = facts.counts.valid if out is None else out
    detail = f"{many(written, 'fan')} published."
    if outcome.failed:
        lost = f"{many(outcome.failed, 'record')} could not be written and kept for a re-run."
        todo = ["Start the run again: what was written stays as it is, and what is missing is added."]
        return Headline("warn", "Complete, but not everything was written", f"{detail} {lost}", todo)
    if facts.verdict == "failed":
        detail += " Somebody chose to publish although checks failed (acceptQuality)."
        return Headline("warn", "Published in spite of failed checks", detail, _reading(facts))
    return _well(facts, "Complete", detail)


def _failed(facts: Facts, outcome: Outcome) -> Headline:
    refused = facts.verdict is None and outcome.error in REFUSALS
    cause = sentence(shown(outcome.cause or f"the run ended with {outcome.error or 'an error'}", 600))
    detail = cause if outcome.published or outcome.saved else f"Nothing was published. {cause}"
    return Headline("bad", "Refused" if refused else "Failed", detail, [remedy(outcome.error)])


def _well(facts: Facts, text: str, detail: str) -> Headline:
    warnings = len(facts.failed_rules)
    if not warnings:
        return Headline("good", text, f"{detail} All {number(len(facts.rules))} checks held.")
    told = f"{text}, with {many(warnings, 'warning')}"
    return Headline("warn", told, f"{detail} A warning does not hold a file back.", _reading(facts))


def _nothing_published(facts: Facts, verb: str) -> str:
    critical = sum(rule.severity == "critical" for rule in facts.failed_rules)
    one, more = "a critical check failed", f"{critical} critical checks failed"
    return f"Nothing {verb} published: {one if critical == 1 else more}."


def _reading(facts: Facts) -> list[str]:
    if not facts.failed_rules:
        return []
    judge = "Judge whether each finding is what this campaign expects."
    return [f"{judge} If it is not, have the file corrected and upload it again."]


def _gate_todo(facts: Facts) -> list[str]:
    """From what to look at first to how to go on."""
    todo = []
    if facts.rejects:
        most = facts.rejects[0]
        rows = ", ".join(map(str, most.examples[:3]))
        share = percent(most.rows / facts.counts.in_) if facts.counts.in_ else ""
        todo.append(
            f"Look at the rejected rows first: {share} of the rows were rejected as {most.reason} (for "
            f"example {'row' if most.applies == 1 else 'rows'} {rows}). What that means stands below."
        )
    todo.append("Have the file corrected and upload it again: a new upload is a new run.")
    todo.append(
        "If the file is right as it is, start the run again from the Step Functions console with "
        '"acceptQuality": true. The run keeps a record of that choice.'
    )
    return todo


def by_how_much(rule: RuleFact) -> str:
    """Return what was seen of a rule, in a few words; shares in percent."""
    seen = rule.observed
    if rule.unexpected_count:
        return f"{many(rule.unexpected_count, 'record')} did not"
    if seen is None:
        return "held" if rule.success else "\u2013"
    if isinstance(seen, str):
        return shown(seen)
    return f"{seen * 100:.2f}\u00a0%" if is_share(rule.column) else number(seen)
