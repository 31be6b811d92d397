"""`vf status` for a person: a block for each run, which fits 60 columns."""

from collections.abc import Sequence
from dataclasses import asdict

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.segment import Segment, Segments
from rich.text import Text

from expectations.report.outcomes import TONES
from local.status import CampaignState, NotStarted, RunState, StackState
from local.terminal.console import printable
from local.terminal.figures import MAX_WIDTH, SIGNS, pairs
from local.terminal.rerun import ANSWERS

_NAME, _LABELS = 6, 11
_NOTHING = (
    "No campaign has been run here yet. Upload a file with `vf upload`; its run shows once the file is "
    "prepared."
)
_MORE = "Times are UTC. For one run: `vf open RUN` opens its report, `vf logs RUN` shows its logs."
_CUT = "... and more: enlarge the window or name a campaign."


def show(state: StackState, console: Console) -> None:
    """Print it. The command to give next stays in one line, however long, so that it can be copied."""
    console.print(picture(state, console), soft_wrap=True)


def screenful(state: StackState, console: Console) -> RenderableType:
    """Draw it as far as the window shows it, and say where that is not all."""
    lines = console.render_lines(picture(state, console), pad=False)
    if len(lines) <= console.height:
        return picture(state, console)
    seen = [segment for line in lines[: console.height - 1] for segment in (*line, Segment.line())]
    return Group(Segments(seen), Text(_CUT, "dim", no_wrap=True))


def picture(state: StackState, console: Console) -> RenderableType:
    """Draw campaigns and what became no run; a key is shortened so that it takes one line."""
    width = min(console.width, MAX_WIDTH)
    parts = [_campaign(one, width) for one in state.campaigns]
    if state.not_started:
        parts.append(_not_started(state.not_started, width))
    return Group(*parts, _line((_MORE, "dim"))) if parts else _line(_NOTHING)


def _campaign(campaign: CampaignState, width: int) -> RenderableType:
    named = f", {printable(campaign.name)}" if campaign.name else ""
    parts: list[RenderableType] = [_line((f"Campaign {campaign.campaign_id}{named}", "bold"))]
    counts, sources = asdict(campaign.counts), [run.source for run in campaign.runs]
    # A fanlist's fans have no flag to be counted by: what counts is the newest list.
    figures = [f"{count:,} {name}" for name, count in counts.items()]
    figures = figures if any(counts.values()) or "scrubbed" in sources else []
    lists = [run for run in campaign.runs if run.source == "fanlist" and run.status == "succeeded"]
    figures += [f"{max(run.counted - run.withdrawn, 0):,} on the fanlist" for run in lists[:1]]
    parts.append(_line(", ".join(figures) or "nothing counted yet"))
    parts += [block for run in campaign.runs for block in _run(run, width)]
    older = campaign.older_runs
    return Group(*parts, Text(f"\nand {older:,} older" if older else "", "dim"))


def _run(run: RunState, width: int) -> list[RenderableType]:
    took = f", took {_duration(run.seconds)}" if run.seconds is not None else ""
    facts = {
        "Run": run.run_id,
        "Began": f"{_moment(run.started_at)}{took}",
        "File": run.file_key,
        "Scored": _moment(run.scored_at),
    }
    return _block(run, _figures(run), facts, width)


def _not_started(refused: Sequence[NotStarted], width: int) -> RenderableType:
    parts: list[RenderableType] = [Text("Not started: these became no run", "bold")]
    for one in refused:
        named = f"  campaign {one.campaign_id}" if one.campaign_id else ""
        facts = {"Began": _moment(one.started_at)} | ({"File": one.key} if one.key else {})
        parts += _block(one, f"{one.source}{named}", facts, width)
    return Group(*parts, Text())


def _block(
    ended: RunState | NotStarted, said: str, facts: dict[str, str], width: int
) -> list[RenderableType]:
    """Draw the word and what is said beside it, the facts, why it ended so, and what to do."""
    mark, style = SIGNS[TONES[ended.word]]
    table = pairs()
    table.columns[0].min_width = _NAME
    for name, value in facts.items():
        table.add_row(name, Text(shortened(printable(value), width - _LABELS)))
    if ended.cause:
        table.add_row("Why", Text(printable(f"{ended.error}: {ended.cause}"), overflow="fold"))
    if not ended.next and (answer := ANSWERS.get(ended.error or "")):
        table.add_row("Next", answer)
    head = _line((f"{mark} {ended.word}", style), f"  {said}")
    block: list[RenderableType] = [Text(), head, Padding(table, (0, 0, 0, 2), expand=False)]
    # In a line of its own: a table would break the command, and a quoted key in it.
    command = Text.assemble(("  Next    ", "dim"), (printable(ended.next or ""), "cyan"))
    return [*block, command] if ended.next else block


def _line(*parts: str | tuple[str, str]) -> Text:
    """Give words that are broken between words, also where the console breaks nothing by itself."""
    return Text.assemble(*parts, no_wrap=False, overflow="fold")


def _figures(run: RunState) -> str:
    parts = [f"{run.rows:,} rows, {run.rejected:,} rejected"] if run.rows else []
    if run.records or run.withdrawn:
        records, gone = run.records or 0, f", {run.withdrawn:,} withdrawn" if run.withdrawn else ""
        late = f" ({run.counted:,} counted so far)" if run.counted < records + run.withdrawn else ""
        parts.append(f"{records:,} records{gone}{late}")
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
