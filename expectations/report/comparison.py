"""The file compared with the campaign's last one, and what became of its rows."""

from collections.abc import Callable
from dataclasses import dataclass

from expectations.report.model import Facts, Outcome, Previous
from expectations.report.wording import number, percent, sign, signed

_Told = Callable[[float, float], tuple[str, str, str]]


def previous_of(facts: Facts, run_id: str, scored_at: str) -> Previous:
    """Return what a run's facts say of it to the campaign's next one."""
    counts, records = facts.counts, facts.records
    share = records.verified / counts.valid if records.verified is not None and counts.valid else None
    return Previous(
        run_id=run_id,
        scored_at=scored_at,
        rows=counts.in_,
        invalid=counts.invalid,
        duplicate=counts.duplicate,
        records=counts.valid,
        verified_share=share,
        mean_score=records.scores.mean if records.scores else None,
        profile=records.profile,
    )


@dataclass(frozen=True)
class Step:
    """A step on the way from the file to the counts."""

    name: str
    count: int
    colour: str
    meaning: str


def funnel(facts: Facts, outcome: Outcome) -> list[Step]:
    """From rows read to fans counted; what is nothing, or nobody has looked at, is left out."""
    counts = facts.counts
    steps: list[tuple[str, int | None, str, str]] = [
        ("Rows read", counts.in_, "grey", "in the file"),
        ("Rejected rows", counts.invalid, "bad", "rows that break a rule; kept, with the reason"),
        ("Merged rows", counts.duplicate, "soft", "rows of a fan with a better row, merged into it"),
        ("Fans", counts.valid, "grey", "records, one a fan"),
    ]
    reached = [
        ("Saved", outcome.saved, "good", "in the table"),
        ("Published", outcome.published, "good", "on the stream"),
    ]
    # A fanlist is saved first, and published where it was saved.
    steps += reached if facts.about.source == "fanlist" else reached[::-1]
    steps.append(("Counted", outcome.counted, "good", "in the campaign's counts"))
    return [
        Step(name, count, colour, meaning)
        for name, count, colour, meaning in steps
        if count or (name == "Rows read" and count is not None)
    ]


@dataclass(frozen=True)
class Change:
    """A figure then and now."""

    name: str
    before: str
    now: str
    change: str


def compared(facts: Facts) -> list[Change]:
    """Return the figures that are known of both runs; none on a campaign's first run."""
    before, counts = facts.previous, facts.counts
    if before is None:
        return []
    verified, scores = facts.records.verified, facts.records.scores
    share = verified / counts.valid if verified is not None and counts.valid else None
    rows: list[tuple[str, float | None, float | None, _Told]] = [
        ("Rows read", before.rows, counts.in_, _counts),
        ("Rejected rows", before.invalid, counts.invalid, _counts),
        ("Merged rows", before.duplicate, counts.duplicate, _counts),
        ("Fans", before.records, counts.valid, _counts),
        ("Verified share", before.verified_share, share, _shares),
        ("Mean score", before.mean_score, scores.mean if scores else None, _means),
    ]
    return [
        Change(name, *told(was, now))
        for name, was, now, told in rows
        if was is not None and now is not None and (was or now)
    ]


def _counts(was: float, now: float) -> tuple[str, str, str]:
    relative = (now - was) / was if was else 0
    told = f" ({sign(relative)}{percent(abs(relative))})" if relative else ""
    return number(was), number(now), signed(now - was) + told


def _shares(was: float, now: float) -> tuple[str, str, str]:
    # Of the shares as they stand beside it, so that it is their difference.
    points = round(round(now * 100, 1) - round(was * 100, 1), 1)
    return percent(was), percent(now), f"{signed(points)} points" if points else "no change"


def _means(was: float, now: float) -> tuple[str, str, str]:
    return number(was), number(now), signed(round(now - was, 2))
