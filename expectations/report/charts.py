"""The charts of a report. Each is a drawing of a table that stands beside it, and says the same."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from expectations.report import svg
from expectations.report.model import Group, Scores
from expectations.report.wording import brief, number, percent, shown

_ROW = 27
_LETTER = 7.5  # of the 12 points that text has; some fonts are wide
_LONGEST_LABEL = 22
_THINNEST = 0.004


@dataclass(frozen=True)
class Bar:
    """A line of a bar chart: parts side by side, and what is written behind them."""

    label: str
    parts: tuple[tuple[float, str], ...]
    figure: str


def bar(label: str, count: int, colour: str, behind: str = "") -> Bar:
    """Return a line of one part, with its count behind it."""
    return Bar(label, ((count, colour),), number(count) + behind)


def bars(name: str, title: str, description: str, lines: Sequence[Bar]) -> Markup:
    """Horizontal bars, the first one on top; their lengths share one scale."""
    labels = [shown(one.label, _LONGEST_LABEL) for one in lines]
    left = _room(labels)
    longest = max((sum(length for length, _ in one.parts) for one in lines), default=0) or 1
    scale = (svg.WIDTH - left - _room([one.figure for one in lines])) / longest
    drawn = []
    for place, one in enumerate(lines):
        top, start = 2 + _ROW * place, left
        for length, colour in one.parts:
            # What is not nothing can be seen.
            width = max(length, longest * _THINNEST) * scale if length else 0
            drawn.append(svg.box(start, top + 5, width, _ROW - 10, colour))
            start += width
        drawn.append(svg.text(left - 7, top + 18, labels[place], "end"))
        drawn.append(svg.text(start + 7, top + 18, one.figure))
    height = _ROW * len(lines) + 4
    return svg.drawing(
        name, title, description, [*drawn, svg.box(left - 1, 2, 1, height - 4, "line")], height
    )


def by_market(groups: Sequence[Group], title: str) -> Markup:
    """Draw verified and rejected fans, a bar a market."""
    lines = [
        Bar(
            one.name,
            ((one.verified or 0, "blue"), (one.records - (one.verified or 0), "orange")),
            f"{number(one.records)} ({percent((one.verified or 0) / one.records)})",
        )
        for one in groups
        if one.records
    ]
    first = groups[0]
    description = (
        f"Bars for {len(lines)} markets. The largest is {first.name} with {number(first.records)} fans, "
        f"{number(first.verified or 0)} of them verified. The table beside has all figures."
    )
    return bars("chart-markets", title, description, lines)


@dataclass(frozen=True)
class _Axes:
    """Where scores and counts stand in a drawing: its ground is at `bottom`, its bins are equally wide."""

    scores: Scores
    most: float
    left: float = 48
    right: float = svg.WIDTH - 16  # room for half of the last label
    top: float = 12
    bottom: float = 172

    @property
    def bin(self) -> float:
        return (self.right - self.left) / len(self.scores.bins)

    def y(self, count: float) -> float:
        return self.bottom - (self.bottom - self.top) * count / (self.most or 1)

    def drawn(self) -> list[Markup]:
        """Return what is behind and below: lines at round counts, the scores where bins begin."""
        bins = self.scores.bins
        parts = []
        for count in svg.ticks(self.most):
            y = self.y(count)
            parts.append(svg.box(self.left, y, self.right - self.left, 1, "line"))
            parts.append(svg.text(self.left - 7, y + 4, brief(count), "end", "soft"))
        beyond = bins[-1].high is None
        edges = [one.low for one in bins] + ([] if beyond else [bins[-1].high or 0.0])
        for place in range(0, len(bins) if beyond else len(edges), 4):
            label = f"> {number(edges[place])}" if beyond and place == len(bins) - 1 else number(edges[place])
            parts.append(svg.text(self.left + place * self.bin, self.bottom + 18, label, "middle", "soft"))
        parts.append(svg.box(self.left, self.bottom, self.right - self.left, 1, "soft"))
        middle = (self.left + self.right) / 2
        return [*parts, svg.text(middle, self.bottom + 36, "score", "middle", "soft")]


def by_score(scores: Scores, title: str) -> Markup:
    """Return a histogram: how many fans, verified and rejected, have which scores."""
    axes = _Axes(scores, max(one.records for one in scores.bins))
    drawn = axes.drawn()
    for place, one in enumerate(scores.bins):
        verified = one.records if one.verified is None else one.verified
        left, middle, top = axes.left + place * axes.bin, axes.y(verified), axes.y(one.records)
        drawn.append(svg.box(left, middle, axes.bin * 0.86, axes.bottom - middle, "blue"))
        drawn.append(svg.box(left, top, axes.bin * 0.86, middle - top, "orange"))
    peak = max(scores.bins, key=lambda one: one.records)
    upper = f"to {number(peak.high)}" if peak.high is not None else "and more"
    description = (
        f"A histogram of scores from {number(scores.lowest)} to {number(scores.highest)}. Most fans, "
        f"{number(peak.records)}, have {number(peak.low)} {upper}. The table below has all figures."
    )
    return svg.drawing("chart-scores", title, description, drawn, axes.bottom + 42)


def _room(texts: Sequence[str]) -> float:
    """About what the longest of some texts needs, in points."""
    return max((len(text) for text in texts), default=0) * _LETTER + 12
