"""The picture of docs/scaling.md: what lies before each station, minute by minute."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bench.scaling.simulation import Simulated
from expectations.report import svg

_WIDTH, _HEIGHT, _DPI = 760, 320, 72
_LINES = (
    ("publish", "to be published", svg.GREY),
    ("upsert", "on the stream, to be upserted", svg.BLUE),
    ("entries", "on the stream, to be sent as entries", svg.ORANGE),
)
# The report's colours come from its page; this drawing stands alone.
_PAINT = {"ink": "#1f2328", "soft": "#59636e", "line": "#d1d9e0", "blue": "#0969da", "orange": "#bc4c00"}
_PAINT |= {"grey": "#818b98", "good": "#1a7f37", "bad": "#cf222e"}


@svg.drawing
def backlogs(runs: Sequence[tuple[str, Simulated]]) -> str:
    """One panel a run, side by side on one scale of records; an SVG document."""
    figure = Figure(figsize=(_WIDTH / _DPI, _HEIGHT / _DPI), dpi=_DPI, facecolor="white")
    panels = [figure.add_subplot(1, len(runs), place + 1) for place in range(len(runs))]
    for axes, (name, run) in zip(panels, runs, strict=True):
        _panel(axes, name, run)
    panels[0].set_ylabel("million records", color=svg.SOFT)
    drawn, labels = panels[0].get_legend_handles_labels()
    figure.legend(drawn, labels, loc="lower center", ncols=3, frameon=False, fontsize=11, labelcolor=svg.INK)
    figure.subplots_adjust(left=0.07, right=0.98, top=0.89, bottom=0.27, wspace=0.14)
    said = "; ".join(f"{name}: Slack after {run.verdict / 60:.0f} minutes" for name, run in runs)
    made = svg.inline(figure, "scaling", f"What lies before each station, {runs[0][1].fans:,} fans", said)
    for name, colour in _PAINT.items():
        made = made.replace(f"var(--{name})", colour)
    return made + "\n"


def _panel(axes: Axes, name: str, run: Simulated) -> None:
    for station, label, colour in _LINES:
        backlog = run.flow[station].backlog
        minutes = [(run.before + second + 1) / 60 for second in range(len(backlog))]
        before = run.fans if station == "publish" else 0
        axes.plot(
            [0, run.before / 60, *minutes],
            [before / 1e6, before / 1e6, *(records / 1e6 for records in backlog)],
            color=colour,
            linewidth=2,
            label=label,
        )
    axes.axvline(run.verdict / 60, color=svg.INK, linewidth=1, linestyle=(0, (3, 3)))
    axes.text(run.verdict / 60, run.fans / 1e6 * 0.5, "Slack ", ha="right", color=svg.INK, fontsize=11)
    axes.set_title(name, color=svg.INK, fontsize=12, loc="left")
    axes.set_xlabel("minutes since the upload", color=svg.SOFT)
    axes.set_xlim(0, max(run.verdict, run.before + run.flow["entries"].ended) / 60 * 1.1)
    axes.set_ylim(0, run.fans / 1e6 * 1.05)
    axes.grid(axis="y", color=svg.LINE, linewidth=1)
    axes.set_axisbelow(True)
    axes.tick_params(length=0, labelcolor=svg.SOFT)
    axes.spines[:].set_visible(False)
    axes.spines["bottom"].set_visible(True)
    axes.spines["bottom"].set_color(svg.SOFT)
