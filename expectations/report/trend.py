"""A campaign's newest runs side by side, from their lines in the list of runs."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import get_args

from markupsafe import Markup

from expectations.report import charts
from expectations.report.model import Entry
from expectations.report.wording import day, number
from pipelines.keys import Kind

_MOST_RUNS = 30
_UNPUBLISHED = ("quarantined", "refused", "failed")


_Figure = tuple[str, str, Callable[[Entry], int]]
_ROWS: _Figure = ("Rows read", "grey", lambda run: run.rows)
# Title, colour and count of each drawing.
_FIGURES: dict[Kind, list[_Figure]] = {
    "scrubbed": [
        ("Verified", "blue", lambda run: run.verified or 0),
        ("Rejected fans", "orange", lambda run: run.records - (run.verified or 0)),
        _ROWS,
    ],
    "fanlist": [
        ("Fans", "blue", lambda run: run.records),
        ("Rejected rows", "bad", lambda run: run.invalid),
        _ROWS,
    ],
}


@dataclass(frozen=True)
class Trend:
    """The runs of one kind of file, the newest last."""

    source: Kind
    runs: list[Entry]

    @property
    def unpublished(self) -> bool:
        """Whether one of the runs has an empty bar."""
        return any(run.word in _UNPUBLISHED for run in self.runs)

    @property
    def drawn(self) -> list[Markup]:
        """A drawing for each of their figures."""
        first, last = (day(run.started_at or run.scored_at) for run in (self.runs[0], self.runs[-1]))
        hollow = [run.word in _UNPUBLISHED for run in self.runs]
        drawn = []
        for place, (title, colour, count) in enumerate(_FIGURES[self.source]):
            counts = [count(run) for run in self.runs]
            said = f"Bars for {len(counts)} runs, the newest last: {'; '.join(map(number, counts))}."
            columns = [(n, "hollow" if empty else colour) for n, empty in zip(counts, hollow, strict=True)]
            drawn.append(charts.small(f"chart-{self.source}-{place}", title, said, columns, (first, last)))
        return drawn


def trends(entries: Iterable[Entry]) -> list[Trend]:
    """Return a trend for each kind of file of which two runs at least have fans."""
    newest = sorted(entries, key=lambda entry: entry.run_id)
    of_kinds = (
        Trend(kind, [entry for entry in newest if entry.source == kind and entry.records][-_MOST_RUNS:])
        for kind in get_args(Kind)
    )
    return [trend for trend in of_kinds if len(trend.runs) > 1]
