"""When a run is settled and what is said about it (SPEC 4). Pure: values in, values out."""

from dataclasses import asdict, dataclass

from steps.shared.messages import VerdictMessage
from steps.streaming.counting.changes import Tally
from steps.streaming.verdict.under_way import RunState


@dataclass(frozen=True)
class Processed:
    """What is said of a fanlist run, whose fans have no flag: its records, and when it was scored."""

    records: int
    scored_at: str | None


Said = Tally | Processed


def counted_of(message: VerdictMessage, counts: Tally, run: RunState) -> int:
    """Return the figure that is to reach the message's count: the run's tally or, without a run, all fans."""
    return run.counted if message.run_id else counts.verified + counts.rejected


def is_settled(message: VerdictMessage, counts: Tally, run: RunState) -> bool:
    """Whether everything that the message counts on has been counted."""
    counted = counted_of(message, counts, run)
    # A tally may pass the count: a record that was published, but reported as failed.
    return counted >= message.expected if message.run_id else counted == message.expected


def is_overtaken(message: VerdictMessage, run: RunState, newest: tuple[str, str] | None) -> bool:
    """Whether a newer run of the same campaign and kind of file has the word now.

    Args:
        message: the run's message; one without a run is never overtaken.
        run: the run's own record.
        newest: (scoredAt, runId) of the newest run that passed its gate.
    """
    if not message.run_id or not run.scored_at or newest is None:
        return False
    return (run.scored_at, message.run_id) < newest


def to_say(message: VerdictMessage, counts: Tally, run: RunState) -> Said:
    """Return what a settled message has to say."""
    if message.source == "fanlist":
        return Processed(message.count, run.scored_at or None)
    return counts


def sentence(name: str, now: Said, last: Said | None) -> str:
    """Return the text: `Campaign 'X' scoring complete: 75,000 verified (+3,000), 23,500 rejected (-3,000)`.

    Args:
        name: the campaign's name.
        now: what is to be said.
        last: what was said last of the same kind, None where nothing was.
    """
    parts = [f"{now.records:,} records processed"] if isinstance(now, Processed) else _parts(now, last)
    complete = f"Campaign '{name}' scoring complete"
    return f"{complete}: {', '.join(parts)}" if parts else complete


def changed_sentence(name: str, now: Tally, last: Said | None) -> str:
    """Put into words that the counts moved where no run has the word for it."""
    return f"Campaign '{name}' counts changed: {', '.join(_parts(now, last))}"


def _parts(now: Tally, last: Said | None) -> list[str]:
    counts, deltas = asdict(now), asdict(now - last if isinstance(last, Tally) else Tally())
    return [
        f"{count:,} {name}" + (f" ({deltas[name]:+,})" if deltas[name] else "")
        for name, count in counts.items()
        if count or deltas[name]
    ]


def unsettled_sentence(name: str, message: VerdictMessage, counted: int) -> str:
    """Put the warning after the last look into words."""
    run = f" (run {message.run_id})" if message.run_id else ""
    expected = f"expected {message.expected:,} records, counted {counted:,}"
    return f"Campaign '{name}' scoring not settled: {expected}{run}"


def warnings(message: VerdictMessage, run: RunState) -> list[str]:
    """Return what stands beside the post: what is missing first, then what the gate says."""
    said = list(message.warnings)
    if selected := run.withdrawn_selected:
        be = "is" if selected == 1 else "are"
        said.insert(0, f"{selected:,} of the withdrawn fans {be} selected in another system")
    if message.failed:
        records = "record" if message.failed == 1 else "records"
        said.insert(0, f"{message.failed:,} {records} could not be written; the run's summary lists them.")
    return said
