"""The report's first lines: what became of the file, and what there is to do."""

from dataclasses import dataclass, field

from expectations.report.model import Facts, Outcome, RuleFact, Word
from expectations.report.outcomes import MARKS, TONES, Tone, remedy, word_of
from expectations.report.reasons import NAMES
from expectations.report.wording import is_share, many, number, percent, rows_at, sentence, shown, signed

# Rules that are broken by what has a name.
_NAMED = {"newMarkets": "New", "vanishedMarkets": "Vanished"}


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
        return MARKS[self.tone]


def headline(facts: Facts, outcome: Outcome) -> Headline:
    """Return the verdict on a run, or on a file that was only checked."""
    word = word_of(facts, outcome)
    detail, todo = _told(word, facts, outcome)
    text = word.capitalize()
    if outcome.status == "checked":
        text = "Would be quarantined" if word == "quarantined" else "Would pass"
    return Headline(TONES[word], text, detail, todo)


def would(word: Word, warnings: int) -> str:
    """Return what a run of a file that was only checked would come to, in a line."""
    if word == "quarantined":
        return "Would be quarantined: a critical check failed"
    return f"Would pass, with {many(warnings, 'warning')}" if warnings else "Would pass: every check held"


def _told(word: Word, facts: Facts, outcome: Outcome) -> tuple[str, list[str]]:
    """Return what happened, in sentences, and what there is to do."""
    if word == "running":
        fans = many(facts.counts.valid, "fan")
        return f"The checks let {fans} pass; publishing is under way.", []
    if word == "quarantined":
        verb = "would be" if outcome.status == "checked" else "was"
        critical = sum(rule.severity == "critical" for rule in facts.failed_rules)
        broken = "a critical check" if critical == 1 else f"{critical} critical checks"
        return f"Nothing {verb} published: {broken} failed.", _gate_todo(facts)
    if word in ("refused", "failed"):
        cause = sentence(shown(outcome.cause or f"the run ended with {outcome.error or 'an error'}", 600))
        nothing = "" if outcome.published or outcome.saved else "Nothing was published. "
        return f"{nothing}{cause}", [remedy(outcome.error)]
    return _published(word, facts, outcome)


def _published(word: Word, facts: Facts, outcome: Outcome) -> tuple[str, list[str]]:
    out = outcome.published if outcome.published is not None else outcome.saved
    would = " would be" if outcome.status == "checked" else ""
    detail = f"{many(facts.counts.valid if out is None else out, 'fan')}{would} published"
    if word == "incomplete":
        lost = f"{many(outcome.failed, 'record')} could not be written and kept for a re-run."
        todo = "Start the run again: what was written stays as it is, and what is missing is added."
        return f"{detail}. {lost}", [todo]
    if word == "passed":
        return f"{detail}. Every check held.", []
    if word == "accepted":
        chosen = "in spite of failed checks: somebody chose so (acceptQuality)"
        return f"{detail}, {chosen}.", _reading(facts)
    warnings = many(len(facts.failed_rules), "warning")
    return f"{detail}, with {warnings}. A warning does not hold a file back.", _reading(facts)


def on_sale(facts: Facts, outcome: Outcome) -> str | None:
    """Return the answer to what everybody asks first, whatever became of the file; None: nobody knows."""
    sale = outcome.on_sale
    if sale is None:
        return None
    change = sale.count - sale.before if sale.before is not None else 0
    since = f" ({signed(change)} since the last verdict)" if change else ""
    if facts.about.source == "fanlist":
        return f"On the list now: {many(sale.count, 'fan')}{since}"
    return f"On sale now: {number(sale.count)} verified{since}"


def _reading(facts: Facts) -> list[str]:
    if not facts.failed_rules:
        return []
    judge = "Check whether each finding is expected for this campaign."
    return [f"{judge} If it is not, have the file corrected and upload it again."]


def _gate_todo(facts: Facts) -> list[str]:
    """From what to look at first to how to go on."""
    todo = []
    if facts.rejects:
        most = facts.rejects[0]
        rows = rows_at(most.examples[:3], most.lines[:3])
        share = percent(most.rows / facts.counts.in_) if facts.counts.in_ else ""
        why = NAMES.get(most.reason, most.reason)
        todo.append(
            f"Look at the rejected rows first: {share} of the rows were rejected for “{why}” (for "
            f"example {rows}). The table below explains it."
        )
    todo.append("Have the file corrected and upload it again.")
    todo.append(
        "If the file is right as it is, start the run again from the Step Functions console with "
        '"acceptQuality": true beside its own input. The run records that choice.'
    )
    return todo


def sentence_of(rule: RuleFact) -> str:
    """Return a broken rule, by how much it was missed, and where."""
    where = f"Look at {rows_at(rule.rows, rule.lines)}." if rule.rows else ""
    return " ".join(filter(None, (rule.description, _missed(rule), where)))


def _missed(rule: RuleFact) -> str:
    seen, column = rule.observed, rule.column or ""
    if isinstance(seen, str):
        return f"{_NAMED[column]}: {seen}." if column in _NAMED else ""
    if rule.unexpected_count:
        return f"{rule.unexpected_count:,} did not."
    if seen is None:
        return ""
    if column.endswith("Change"):
        change = f"{seen:.2%}" if column == "recordsChange" else f"{seen * 100:.1f} points"
        return f"It differs by {change}."
    return f"It was {seen:.2%}." if isinstance(seen, float) and 0 <= seen <= 1 else f"It was {seen:,}."


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
