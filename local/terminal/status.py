"""`vf status` for a person: a block for each run, which fits 60 columns."""

from collections.abc import Sequence

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from local.status import CampaignState, RunState
from local.terminal.console import printable
from local.terminal.figures import MAX_WIDTH, pairs

_MARKS = {
    "succeeded": ("✔", "bold green"),
    "running": ("▸", "bold cyan"),
    "quarantined": ("✘", "bold red"),
    "failed": ("✘", "bold red"),
}
_LABELS = 11
_NOTHING = (
    "No campaign has been run here yet. Upload a file with `vf upload`; its run shows once the file is "
    "prepared."
)
_MORE = "Of one run: `vf open RUN` has its report, `vf logs RUN` what was logged."


def picture(campaigns: Sequence[CampaignState], console: Console) -> RenderableType:
    """Draw campaigns; keys are shortened to the console's width, so that none takes two lines."""
    width = min(console.width, MAX_WIDTH)
    if not campaigns:
        return Text(_NOTHING)
    return Group(*(_campaign(one, width) for one in campaigns), Text(_MORE, "dim"))


def _campaign(campaign: CampaignState, width: int) -> RenderableType:
    named = f", {printable(campaign.name)}" if campaign.name else ""
    parts: list[RenderableType] = [Text(f"Campaign {campaign.campaign_id}{named}", "bold")]
    counts, sources = campaign.counts.model_dump(), [run.source for run in campaign.runs]
    # A fanlist's fans have no flag to be counted by: what counts is the newest list.
    figures = [f"{count:,} {name}" for name, count in counts.items()]
    figures = figures if any(counts.values()) or "scrubbed" in sources else []
    lists = [run for run in campaign.runs if run.source == "fanlist" and run.status == "succeeded"]
    figures += [f"{run.counted:,} on the fanlist" for run in lists[:1]]
    parts.append(Text(", ".join(figures) or "nothing counted yet"))
    parts += [block for run in campaign.runs for block in _run(run, width)]
    older = campaign.older_runs
    return Group(*parts, Text(f"\nand {older:,} older" if older else "", "dim"))


def _run(run: RunState, width: int) -> list[RenderableType]:
    mark, style = _MARKS.get(run.status, ("?", "bold"))
    took = f", took {_duration(run.seconds)}" if run.seconds is not None else ""
    facts = pairs()
    facts.add_row("Run", run.run_id)
    facts.add_row("Began", f"{_moment(run.started_at)}{took}")
    facts.add_row("File", Text(shortened(printable(run.file_key), width - _LABELS)))
    facts.add_row("Scored", _moment(run.scored_at))
    if run.cause:
        facts.add_row("Why", Text(printable(f"{run.error}: {run.cause}")))
    if run.next:
        facts.add_row("Next", Text(run.next, "cyan", overflow="fold"))
    head = Text.assemble((f"{mark} {run.status}", style), f"  {_figures(run)}")
    return [Text(), head, Padding(facts, (0, 0, 0, 2), expand=False)]


def _figures(run: RunState) -> str:
    parts = [f"{run.rows:,} rows, {run.rejected:,} rejected"] if run.rows else []
    if run.records:
        late = f" ({run.counted:,} counted so far)" if run.counted < run.records else ""
        parts.append(f"{run.records:,} records{late}")
    return ", ".join(parts)


def shortened(text: str, width: int) -> str:
    """Return a text in at most `width` characters: of a key the beginning and the end say most."""
    if len(text) <= width:
        return text
    end = (width - 1) // 2
    return f"{text[: width - 1 - end]}…{text[len(text) - end :]}"


def _moment(moment: str) -> str:
    return moment.replace("T", " ").partition(".")[0]


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{seconds:.1f} s"
