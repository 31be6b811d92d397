"""When a run is settled, what is said about it, and what was said last, as the table has it (SPEC 4).

Pure: values in, values out.
"""

from dataclasses import asdict, dataclass

from steps.shared.attributes import Item, number, read_int, read_text, text
from steps.shared.messages import VerdictMessage
from steps.shared.wire import Source
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

    `newest` is (scoredAt, runId) of the newest one that passed its gate; a message without a run has none.
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
    """Return the text, such as `Campaign 'X' scoring complete: 75,000 verified (+3,000), 23,500 rejected`."""
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


@dataclass(frozen=True)
class Post:
    """What was last said about a kind of file, by which run, after which count; the last news beside it."""

    said: Said | None = None
    run: str | None = None
    before: int | None = None
    news: str | None = None

    def before_run(self, run_id: str) -> int | None:
        """Return the count that a run's report compares with: what was said last by another than itself."""
        return self.before if self.run == run_id else self.count

    @property
    def count(self) -> int | None:
        """The one figure that a sale asks for: verified fans, of a fanlist its records."""
        if isinstance(self.said, Processed):
            return self.said.records
        return None if self.said is None else self.said.verified


@dataclass(frozen=True)
class LastPosts:
    """What the channel was last told about a campaign: `warned` is the last run warned about."""

    scrubbed: Post = Post()
    fanlist: Post = Post()
    warned: str | None = None
    name: str | None = None

    def last(self, source: Source) -> Post:
        """Return what was last said about this kind of file."""
        return self.fanlist if source == "fanlist" else self.scrubbed


def last_posts_of(item: Item) -> LastPosts:
    """Read `meta:slack:counts`."""
    return LastPosts(
        _post_of(item, "scrubbed"),
        _post_of(item, "fanlist"),
        warned=read_text(item, "warned"),
        name=read_text(item, "name"),
    )


def _post_of(item: Item, source: Source) -> Post:
    news = read_text(item, f"{source}News")
    if source not in item:
        return Post(news=news)
    stored = item[source]["M"]
    fanlist = source == "fanlist"
    said = (
        Processed(read_int(stored, "records"), read_text(stored, "scoredAt")) if fanlist else Tally.of(stored)
    )
    before = read_int(stored, "before") if "before" in stored else None
    return Post(said, read_text(stored, "runId"), before, news)


def post_item(
    source: Source, said: Said, last: Post, name: str, run_id: str | None = None, news: str | None = None
) -> Item:
    """Return a post as `meta:slack:counts` has it: what was said, after what, by which name and run."""
    figures = (
        asdict(said) if isinstance(said, Tally) else {"records": said.records, "scoredAt": said.scored_at}
    )
    values = figures | {"before": last.count, "runId": run_id}
    stored = {
        field: number(value) if isinstance(value, int) else text(value)
        for field, value in values.items()
        if value is not None
    }
    return {source: {"M": stored}, "name": text(name)} | ({f"{source}News": text(news)} if news else {})
