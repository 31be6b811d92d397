"""The charts of a report. Each is a drawing of a table that stands beside it, and says the same."""

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from expectations.report import svg
from expectations.report.model import Group, Scores
from expectations.report.wording import brief, number, percent, shown

_DPI = 72
_WIDTH = 400
_ROW = 27
_LETTER = 7.5  # of the 12 points that text has; some fonts are wide
_LONGEST_LABEL = 19
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


@svg.drawing
def bars(name: str, title: str, description: str, lines: Sequence[Bar]) -> str:
    """Horizontal bars, the first one on top; their lengths share one scale."""
    height = _ROW * len(lines) + 4
    figure = _figure(height)
    left = _room([shown(line.label, _LONGEST_LABEL) for line in lines])
    axes = _axes(figure, left, 2, _WIDTH - left - _room([line.figure for line in lines]), height - 4)
    longest = max((sum(length for length, _ in line.parts) for line in lines), default=0) or 1
    axes.set_xlim(0, longest)
    axes.set_ylim(len(lines) - 0.5, -0.5)
    axes.axis("off")
    axes.vlines(0, -0.5, len(lines) - 0.5, color=svg.LINE, linewidth=1.5)
    for place, line in enumerate(lines):
        _draw(axes, place, line, longest)
    return svg.inline(figure, name, title, description)


def _draw(axes: Axes, place: int, line: Bar, longest: float) -> None:
    start = 0.0
    for length, colour in line.parts:
        # What is not nothing can be seen.
        drawn = max(length, longest * _THINNEST) if length else 0
        axes.barh(place, drawn, 0.62, left=start, color=colour, linewidth=0)
        start += drawn
    gap = longest * 0.03
    label = shown(line.label, _LONGEST_LABEL)
    axes.text(-gap, place, label, ha="right", va="center_baseline", color=svg.INK, fontsize=12)
    axes.text(start + gap, place, line.figure, ha="left", va="center_baseline", color=svg.INK, fontsize=12)


def by_market(groups: Sequence[Group], title: str) -> str:
    """Draw verified and rejected fans, a bar a market."""
    lines = [
        Bar(
            one.name,
            ((one.verified or 0, svg.BLUE), (one.records - (one.verified or 0), svg.ORANGE)),
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


@svg.drawing
def by_score(scores: Scores, title: str) -> str:
    """Return a histogram: how many fans, verified and rejected, have which scores."""
    height, left, bottom = 212, 48, 40
    figure = _figure(height)
    axes = _axes(figure, left, bottom, _WIDTH - left - 8, height - bottom - 12)
    places = range(len(scores.bins))
    verified = [one.verified if one.verified is not None else one.records for one in scores.bins]
    rejected = [one.records - part for one, part in zip(scores.bins, verified, strict=True)]
    axes.bar(places, verified, 0.86, align="edge", color=svg.BLUE, linewidth=0)
    axes.bar(places, rejected, 0.86, align="edge", bottom=verified, color=svg.ORANGE, linewidth=0)
    regular = [one for one in scores.bins if one.high is not None]
    beyond = len(scores.bins) > len(regular)
    ticks = list(range(0, len(regular) + (0 if beyond else 1), 4))
    edges = [number(one.low) for one in regular] + [number(regular[-1].high or 0.0)]
    labels = [edges[tick] for tick in ticks]
    # The bin of what is beyond the last edge says so instead of it.
    axes.set_xticks([*ticks, *[len(regular) + 0.43] * beyond], [*labels, *[f"> {edges[-1]}"] * beyond])
    axes.set_xlabel("score", color=svg.SOFT)
    axes.locator_params(axis="y", nbins=5, integer=True)
    axes.yaxis.set_major_formatter(lambda value, _place: brief(value))
    axes.grid(axis="y", color=svg.LINE, linewidth=1)
    axes.set_axisbelow(True)
    axes.tick_params(length=0, labelcolor=svg.SOFT)
    axes.spines[:].set_visible(False)
    axes.spines["bottom"].set_visible(True)
    axes.spines["bottom"].set_color(svg.SOFT)
    peak = max(scores.bins, key=lambda one: one.records)
    upper = f"to {number(peak.high)}" if peak.high is not None else "and more"
    description = (
        f"A histogram of scores from {number(scores.lowest)} to {number(scores.highest)}. Most fans, "
        f"{number(peak.records)}, have {number(peak.low)} {upper}. The table below has all figures."
    )
    return svg.inline(figure, "chart-scores", title, description)


def _room(texts: Sequence[str]) -> float:
    """About what the longest of some texts needs, in points."""
    return max((len(text) for text in texts), default=0) * _LETTER + 12


def _figure(height: float) -> Figure:
    return Figure(figsize=(_WIDTH / _DPI, height / _DPI), dpi=_DPI, facecolor="none")


def _axes(figure: Figure, left: float, bottom: float, width: float, height: float) -> Axes:
    """Axes at a place in points, so that no font's size decides where things are."""
    total = figure.get_figheight() * _DPI
    axes = figure.add_axes((left / _WIDTH, bottom / total, width / _WIDTH, height / total))
    axes.set_facecolor("none")
    return axes
