"""A campaign's newest runs side by side, from their lines in the list of runs."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import get_args

from markupsafe import Markup

from expectations.report import charts
from expectations.report.model import Entry
from expectations.report.wording import day, number
from pipelines.keys import Kind

_MOST_RUNS = 30
_UNPUBLISHED = ("quarantined", "refused", "failed")


@dataclass(frozen=True)
class Trend:
    """The runs of one kind of file, the newest last, and a drawing for each of their figures."""

    source: Kind
    runs: list[Entry]
    drawn: list[Markup]

    @property
    def unpublished(self) -> bool:
        """Whether one of the runs has an empty bar."""
        return any(run.word in _UNPUBLISHED for run in self.runs)


def trends(entries: Iterable[Entry]) -> list[Trend]:
    """Return a trend for each kind of file of which two runs at least have fans."""
    newest = sorted(entries, key=lambda entry: entry.run_id)
    found = []
    for source in get_args(Kind):
        runs = [entry for entry in newest if entry.source == source and entry.records][-_MOST_RUNS:]
        if len(runs) > 1:
            found.append(Trend(source, runs, _drawn(source, runs)))
    return found


def _drawn(source: Kind, runs: list[Entry]) -> list[Markup]:
    rows = ("Rows read", "grey", [run.rows for run in runs])
    if source == "fanlist":
        figures = [
            ("Fans", "blue", [run.records for run in runs]),
            ("Rejected rows", "bad", [run.invalid for run in runs]),
            rows,
        ]
    else:
        verified = [run.verified or 0 for run in runs]
        rejected = [run.records - count for run, count in zip(runs, verified, strict=True)]
        figures = [("Verified", "blue", verified), ("Rejected fans", "orange", rejected), rows]
    days = day(runs[0].started_at or runs[0].scored_at), day(runs[-1].started_at or runs[-1].scored_at)
    hollow = [run.word in _UNPUBLISHED for run in runs]
    return [
        charts.small(
            f"chart-{source}-{place}",
            title,
            f"Bars for {len(runs)} runs, the newest last: {'; '.join(map(number, counts))}.",
            [(n, "hollow" if empty else colour) for n, empty in zip(counts, hollow, strict=True)],
            days,
        )
        for place, (title, colour, counts) in enumerate(figures)
    ]
