"""A campaign's newest run of a kind, and which lists of fans are of the files before a run's own."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Self

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

    from steps.shared.payloads import Run


class Named(NamedTuple):
    """A run that passed its gate, with the version of the object that it is of."""

    scored_at: str
    run_id: str
    file: str

    def precedes(self, run: "Run") -> bool:
        """Whether it is of an earlier file than a run: of one scored before, or overwritten since."""
        if self.scored_at != run.scored_at:
            return self.scored_at < run.scored_at
        # Of a run from before files were kept here, nobody knows: the same file run again is likelier.
        return self.run_id < run.run_id and self.file not in {"", run.file.identity}


@dataclass(frozen=True)
class Latest:
    """What stands of a campaign's newest run of a kind, at one moment, beside a run of that kind.

    Attributes:
        newest: the newest run that passed its gate.
        overtaken: runs that passed theirs when it already had: of older files, so that on its list of fans
            theirs are not.
        base: the newest run that passed its gate of those of an earlier file than the run's own: a file that
            is run again is so compared with the same one as the first time.
        beside_base: runs whose fans may stand, too, and are not on the list of `base`.
        has_replaced: whether a run of the same file replaced the one before it: so does each that follows.
        is_outdated: whether a newer run has replaced what was there: nothing older may follow it.
    """

    newest: Named | None
    overtaken: frozenset[str]
    base: str | None
    beside_base: frozenset[str]
    has_replaced: bool
    is_outdated: bool

    @classmethod
    def of(cls, run: "Run", item: "Mapping[str, AttributeValueTypeDef]") -> Self:
        """Read the newest run's item; empty where there is none."""

        def text(name: str) -> str:
            return item.get(name, {}).get("S", "")

        def named(*names: str) -> Named | None:
            found = Named(*map(text, names))
            return found if found.run_id else None

        newest = named("scoredAt", "runId", "file")
        before = named("beforeScoredAt", "beforeRunId", "beforeFile")
        replaced = named("replacedScoredAt", "replacedRunId", "replacedFile")
        overtaken = frozenset(text("overtaken").split())
        base, beside = newest, overtaken
        if newest is None or not newest.precedes(run):
            base = before if before is not None and before.precedes(run) else None
            beside |= frozenset(text("beforeOvertaken").split())
        return cls(
            newest=newest,
            overtaken=overtaken,
            base=base and base.run_id,
            beside_base=beside - {run.run_id},
            has_replaced=replaced is not None
            and replaced.scored_at == run.scored_at
            and replaced.file in {"", run.file.identity},
            is_outdated=replaced is not None and replaced[:2] > (run.scored_at, run.run_id),
        )
