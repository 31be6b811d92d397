"""What the channel was last told about a campaign, and how the demand table's item has it."""

from dataclasses import asdict, dataclass

from steps.shared.attributes import Item, number, read_int, read_text, text
from steps.shared.wire import Source
from steps.streaming.counting.changes import Tally
from steps.streaming.verdict.sentences import Processed, Said


@dataclass(frozen=True)
class Post:
    """What was last said about a kind of file.

    Attributes:
        said: the figures.
        run: the run that said them, where one did.
        before: the count that stood before it.
        news: the last news beside figures.
    """

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
