"""The charts of a report. Each draws the figures of a table beside it."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from expectations.report import svg
from expectations.report.model import Group, Scores
from expectations.report.what_if import WhatIf
from expectations.report.wording import brief, number, percent, shown

_ROW = 27
_LETTER = 7.5  # of the 12 points that text has; some fonts are wide
_LONGEST_LABEL = 22
_THINNEST = 0.004
_SMALL = 260
_WIDEST = 32


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


def small(
    name: str, title: str, description: str, columns: Sequence[tuple[int, str]], ends: tuple[str, str]
) -> Markup:
    """Columns beside others of their kind, the newest at the right end, its count above.

    Args:
        name: an identifier, unique in the page.
        title: what is counted.
        description: for those who do not see it.
        columns: a count and its colour each.
        ends: what is written below the first and the last.
    """
    top, ground = 24, 84
    step = min(_SMALL / len(columns), _WIDEST)
    left = _SMALL - step * len(columns)
    scale = (ground - top) / (max(count for count, _ in columns) or 1)
    drawn = [svg.text(0, 14, title), svg.text(_SMALL, 14, number(columns[-1][0]), "end")]
    for place, (count, colour) in enumerate(columns):
        height = max(count * scale, 1) if count else 0
        drawn.append(svg.box(left + step * place + 1, ground - height, step * 0.82, height, colour))
    drawn.append(svg.box(0, ground, _SMALL, 1, "soft"))
    if ends[0] != ends[1]:
        drawn.append(svg.text(min(left, _SMALL / 2), ground + 16, ends[0], colour="soft"))
    drawn.append(svg.text(_SMALL, ground + 16, ends[1], "end", "soft"))
    return svg.drawing(name, title, description, drawn, ground + 22, _SMALL)


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

    def x(self, score: float) -> float:
        first = self.scores.bins[0]
        place = (score - first.low) / ((first.high or 1) - first.low)
        # Beyond the last edge there is no scale.
        return self.left + self.bin * min(place, len(self.scores.bins) - 0.5)

    def drawn(self, below: str = "score") -> list[Markup]:
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
        return [*parts, svg.text(middle, self.bottom + 36, below, "middle", "soft")]


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


def by_threshold(of: WhatIf, title: str) -> Markup:
    """Return a curve: how many fans would be verified from which score; where the flag's ends are today."""
    axes = _Axes(of.scores, of.above[0], top=42)
    drawn = axes.drawn("verified from this score up")
    now = axes.y(of.verified)
    drawn.append(svg.line([(axes.left, now), (axes.right, now)], "grey"))
    said, crossing = f"verified now: {number(of.verified)}", sum(count > of.verified for count in of.above)
    if crossing * 2 > len(of.above):  # the curve is above the line on the left, and below it on the right
        first = axes.x(of.lowest_verified) if of.lowest_verified < of.scores.median else axes.left
        drawn.append(svg.text(first + 5, now + 14, said, "start", "soft"))
    else:
        last = max(axes.x(of.lowest_verified), axes.x(of.highest_rejected))
        free = last - 5 if last > svg.WIDTH / 2 else axes.right
        drawn.append(svg.text(free, now - 5, said, "end", "soft"))
    marks = (
        ("lowest verified", of.lowest_verified, "blue", 14),
        ("highest rejected", of.highest_rejected, "orange", 29),
    )
    for name, score, colour, base in marks:
        x = axes.x(score)
        drawn.append(svg.line([(x, base - 10), (x, axes.bottom)], colour))
        side = (x + 5, "start") if x < svg.WIDTH / 2 else (x - 5, "end")
        drawn.append(svg.text(side[0], base, f"{name}: {number(score)}", side[1]))
    steps = [(axes.left + place * axes.bin, axes.y(count)) for place, count in enumerate(of.above)]
    drawn.append(svg.line(steps, "ink"))
    description = f"A curve that falls from {number(of.above[0])} fans. {of.said} The table has all figures."
    return svg.drawing("chart-what-if", title, description, drawn, axes.bottom + 42)


def _room(texts: Sequence[str]) -> float:
    """About what the longest of some texts needs, in points."""
    return max((len(text) for text in texts), default=0) * _LETTER + 12
