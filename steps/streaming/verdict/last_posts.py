"""What the channel was last told about a campaign, and how the demand table's item has it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from steps.streaming.demand_table.attributes import Item, read_int, read_text
from steps.streaming.verdict.sentences import Figures, Processed, Said

if TYPE_CHECKING:
    from steps.shared.wire import Source


@dataclass(frozen=True)
class Post:
    """What a post was about: `run` said it, where one did, and `before` stood the count before it."""

    run: str | None = None
    before: int | None = None


@dataclass(frozen=True)
class LastPosts:
    """What the channel was last told about a campaign, and by which name."""

    scrubbed: Figures | None = None
    fanlist: Processed | None = None
    warned: str | None = None
    scrubbed_post: Post = Post()
    fanlist_post: Post = Post()
    name: str | None = None
    # Of each kind of file, the last news beside the figures.
    news: Mapping[str, str | None] = field(default_factory=dict)

    def last(self, source: "Source") -> Said | None:
        """Return what was last said about this kind of file."""
        return self.fanlist if source == "fanlist" else self.scrubbed

    def before(self, source: "Source", run_id: str) -> int | None:
        """Return the count that a run's report compares with: what was said last by another than itself."""
        post = self.fanlist_post if source == "fanlist" else self.scrubbed_post
        return post.before if post.run == run_id else count_of(self.last(source))


def last_posts_of(item: Item) -> LastPosts:
    """Read `meta:slack:counts`."""
    scrubbed, fanlist = item.get("scrubbed", {}).get("M"), item.get("fanlist", {}).get("M")
    return LastPosts(
        scrubbed=None if scrubbed is None else figures_of(scrubbed),
        fanlist=None
        if fanlist is None
        else Processed(read_int(fanlist, "records"), read_text(fanlist, "scoredAt")),
        warned=read_text(item, "warned"),
        scrubbed_post=_post_of(scrubbed),
        fanlist_post=_post_of(fanlist),
        name=read_text(item, "name"),
        news={kind: read_text(item, f"{kind}News") for kind in ("scrubbed", "fanlist")},
    )


def _post_of(item: Item | None) -> Post:
    if item is None:
        return Post()
    return Post(read_text(item, "runId"), read_int(item, "before") if "before" in item else None)


def count_of(said: Said | None) -> int | None:
    """Return the one figure that a sale asks for: verified fans, of a fanlist its records."""
    if said is None:
        return None
    return said.records if isinstance(said, Processed) else said.verified


def figures_of(item: Item) -> Figures:
    """Read fans by state."""
    return Figures(read_int(item, "verified"), read_int(item, "rejected"), read_int(item, "selected"))


def stored(said: Said, last: Said | None = None, run_id: str | None = None) -> Item:
    """Return what was said as the item has it, by which run, and the count that was said last before it."""
    before = count_of(last)
    return {
        **_figures(said),
        **({} if before is None else {"before": {"N": str(before)}}),
        **({} if run_id is None else {"runId": {"S": run_id}}),
    }


def _figures(said: Said) -> Item:
    if isinstance(said, Processed):
        scored_at = {} if said.scored_at is None else {"scoredAt": {"S": said.scored_at}}
        return {"records": {"N": str(said.records)}, **scored_at}
    return {
        "verified": {"N": str(said.verified)},
        "rejected": {"N": str(said.rejected)},
        "selected": {"N": str(said.selected)},
    }
