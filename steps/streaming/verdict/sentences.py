"""When a run is settled and what is said about it (SPEC 4). Pure: values in, values out."""

from dataclasses import dataclass

from steps.shared.messages import VerdictMessage

_PARTS = ("verified", "rejected", "selected")


@dataclass(frozen=True)
class Figures:
    """What is said of a scrubbed run's campaign: its fans by state, whatever run they are of."""

    verified: int = 0
    rejected: int = 0
    selected: int = 0


@dataclass(frozen=True)
class Processed:
    """What is said of a fanlist run, whose fans have no flag: its records, and when it was scored."""

    records: int
    scored_at: str | None


Said = Figures | Processed


@dataclass(frozen=True)
class RunTally:
    """How many records of a run are counted, and when its file was scored.

    `withdrawn_selected` are fans whom the run withdrew and another system has selected.
    """

    counted: int = 0
    scored_at: str | None = None
    withdrawn_selected: int = 0


def counted_of(message: VerdictMessage, figures: Figures, run: RunTally) -> int:
    """Return the figure that is to reach the message's count: the run's tally or, without a run, all fans."""
    return run.counted if message.run_id else figures.verified + figures.rejected


def is_settled(message: VerdictMessage, figures: Figures, run: RunTally) -> bool:
    """Whether everything that the message counts on has been counted."""
    counted = counted_of(message, figures, run)
    # A tally may pass the count: a record that was published, but reported as failed.
    return counted >= message.expected if message.run_id else counted == message.expected


def is_overtaken(message: VerdictMessage, run: RunTally, newest: tuple[str, str] | None) -> bool:
    """Whether a newer run of the same campaign and kind of file has the word now.

    Args:
        message: the run's message; one without a run is never overtaken.
        run: the run's own record.
        newest: (scoredAt, runId) of the newest run that passed its gate.
    """
    if not message.run_id or run.scored_at is None or newest is None:
        return False
    return (run.scored_at, message.run_id) < newest


def to_say(message: VerdictMessage, figures: Figures, run: RunTally) -> Said:
    """Return what a settled message has to say."""
    if message.source == "fanlist":
        return Processed(message.count, run.scored_at)
    return figures


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


def changed_sentence(name: str, now: Figures, last: Figures | None) -> str:
    """Put into words that the counts moved where no run has the word for it."""
    return f"Campaign '{name}' counts changed: {', '.join(_parts(now, last))}"


def _parts(now: Figures, last: Said | None) -> list[str]:
    return [part for one in _PARTS if (part := _part(one, now, last))]


def _part(name: str, now: Figures, last: Said | None) -> str | None:
    count: int = getattr(now, name)
    delta: int = count - getattr(last, name) if isinstance(last, Figures) else 0
    if not count and not delta:
        return None
    return f"{count:,} {name}" + (f" ({delta:+,})" if delta else "")


def unsettled_sentence(name: str, message: VerdictMessage, counted: int) -> str:
    """Put the warning after the last look into words."""
    run = f" (run {message.run_id})" if message.run_id else ""
    expected = f"expected {message.expected:,} records, counted {counted:,}"
    return f"Campaign '{name}' scoring not settled: {expected}{run}"


def warnings(message: VerdictMessage, run: RunTally) -> list[str]:
    """Return what stands beside the post: what is missing first, then what the gate says."""
    said = list(message.warnings)
    if selected := run.withdrawn_selected:
        said.insert(0, f"{selected:,} of the withdrawn fans {_be(selected)} selected in another system")
    if message.failed:
        records = "record" if message.failed == 1 else "records"
        said.insert(0, f"{message.failed:,} {records} could not be written; the run's summary lists them.")
    return said


def _be(count: int) -> str:
    return "is" if count == 1 else "are"
