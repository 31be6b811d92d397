"""What a report says, as plain values: `Facts` of the prepared file, `Outcome` of what became of it.

`Facts` are measured once, where the quality gate stands, and kept as facts.json; the page is rendered from
them again whenever more is known. All of it is counts, shares, row numbers and names of markets and columns:
no address, phone number, name or id of a fan.
"""

from collections.abc import Iterable
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from pipelines.keys import Kind

Verdict = Literal["passed", "warned", "failed"]
# `checked` is a file that was looked at without a run.
Status = Literal["checked", "running", "succeeded", "failed", "quarantined"]
# What a run came to, as everybody says it (SPEC, Words).
Word = Literal["running", "passed", "warned", "accepted", "incomplete", "quarantined", "refused", "failed"]


class Shape(BaseModel):
    """A frozen value with camelCase names in JSON."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True, extra="ignore")

    def wire(self) -> dict[str, Any]:
        """Return the value as JSON-ready types under its wire names."""
        return self.model_dump(mode="json", by_alias=True)


class About(Shape):
    """The run and its file; `started_at` is None where there was no run."""

    run_id: str
    campaign_id: str
    campaign_name: str
    source: Kind
    file_key: str
    file_bytes: int
    scored_at: str
    started_at: str | None = None


class InputCounts(Shape):
    """Rows and records: in = invalid + duplicate + valid (the contract, section 2)."""

    in_: int = Field(0, alias="in")
    invalid: int = 0
    duplicate: int = 0
    valid: int = 0


class RejectReason(Shape):
    """A reason among the rejected rows.

    `rows` counts those that have it as their first reason, `applies` all that have it; `examples` are the
    1-based numbers of the first few of these, `lines` where these begin in the file.
    """

    reason: str
    rows: int
    applies: int
    examples: list[int]
    lines: list[int] = Field(default_factory=list)


class Group(Shape):
    """Records of one market, one choice or one kind of identifier; `verified` None where there is no flag."""

    name: str
    records: int
    verified: int | None = None


class Bin(Shape):
    """Records with low <= score < high; the last one but one holds `high` too, the last has none."""

    low: float
    high: float | None
    records: int
    verified: int | None = None


class Scores(Shape):
    """How scores are spread; the last four None where there is no such fan, no flag, or facts of long ago.

    99 % of the verified fans score `most_verified` at least, 99 % of the rejected `most_rejected` at most.
    """

    lowest: float
    highest: float
    mean: float
    median: float
    bins: list[Bin]
    lowest_verified: float | None = None
    highest_rejected: float | None = None
    most_verified: float | None = None
    most_rejected: float | None = None


class Profile(Shape):
    """What the campaign's next run is compared with, beside the counts.

    Attributes:
        median: the score that half of the records are not above.
        above: share of the records with a score above it; less than half where many have that very score.
        shortest: length, in characters, that 1% of the `globalUserId` are at most; None where there are none.
        longest: the length that 99% of them are at most.
        markets: names as `facts.market_names` gives them; None on a fanlist, and where they are too many.
    """

    median: float
    above: float
    shortest: int | None = None
    longest: int | None = None
    markets: list[str] | None = None


class RecordFacts(Shape):
    """The records, one a fan: `groups` are markets (scrubbed) or kinds of identifier (fanlist)."""

    verified: int | None = None
    groups: list[Group] = Field(default_factory=list)
    choices: list[Group] = Field(default_factory=list)
    scores: Scores | None = None
    profile: Profile | None = None


class RuleFact(Shape):
    """One expectation: what was expected and what was seen, as aggregates.

    `rows` are numbers of rows to look at, `lines` where these begin in the file.
    """

    expectation: str
    description: str
    severity: str
    success: bool
    column: str | None = None
    expected: str | None = None
    observed: float | int | str | None = None
    unexpected_count: int | None = None
    rows: list[int] = Field(default_factory=list)
    lines: list[int] = Field(default_factory=list)


def failed_rules(rules: Iterable[RuleFact]) -> list[RuleFact]:
    """Rules that did not hold, critical ones first; no warning of what is critical already."""
    failed = sorted(
        (rule for rule in rules if not rule.success), key=lambda rule: rule.severity != "critical"
    )
    said = {(rule.expectation, rule.column) for rule in failed if rule.severity == "critical"}
    return [
        rule for rule in failed if rule.severity == "critical" or (rule.expectation, rule.column) not in said
    ]


class Previous(Shape):
    """The campaign's last run of the same kind of file; what is not known of it is None."""

    run_id: str
    scored_at: str | None = None
    rows: int | None = None
    invalid: int | None = None
    duplicate: int | None = None
    records: int | None = None
    verified_share: float | None = None
    mean_score: float | None = None
    profile: Profile | None = None


class Stage(Shape):
    """How long a part of a run took, waiting included."""

    name: str
    seconds: float


class Facts(Shape):
    """What is known once the gate has spoken; `verdict` None where it could not.

    `fans_new` and `fans_gone` are this file's fans who were not in the last one, and the last one's who are
    not in this; None where there is nothing to compare with. `withdrawn` fans go with this file.
    """

    about: About
    counts: InputCounts = Field(default_factory=InputCounts)
    unknown_columns: list[str] = Field(default_factory=list)
    recognised: dict[str, int] = Field(default_factory=dict)
    recognised_lines: dict[str, list[tuple[int, int]]] = Field(default_factory=dict)
    rejects: list[RejectReason] = Field(default_factory=list)
    records: RecordFacts = Field(default_factory=RecordFacts)
    verdict: Verdict | None = None
    accepted: bool = False
    rules: list[RuleFact] = Field(default_factory=list)
    previous: Previous | None = None
    fans_new: int | None = None
    fans_gone: int | None = None
    withdrawn: int = 0
    stages: list[Stage] = Field(default_factory=list)
    checked_at: str | None = None

    @property
    def failed_rules(self) -> list[RuleFact]:
        """Rules that did not hold, critical ones first; no warning of what is critical already."""
        return failed_rules(self.rules)


class OnSale(Shape):
    """What the campaign's sale works with, whatever run it is of.

    `count` are verified fans, of a fanlist its records; `before` what the channel was last told of them, None
    where nothing was. A fanlist has neither rejected nor selected fans.
    """

    count: int
    before: int | None = None
    rejected: int | None = None
    selected: int | None = None


class Outcome(Shape):
    """What has become of the records when the page is written; None is what nobody has looked at.

    `saved` are records in the table, `published` records on the stream, `counted` those that the
    campaign's counts hold, `name` the campaign's as the channel knows it.
    """

    status: Status
    published: int | None = None
    saved: int | None = None
    counted: int | None = None
    failed: int = 0
    failed_partitions: list[int] = Field(default_factory=list)
    error: str | None = None
    cause: str | None = None
    finished_at: str | None = None
    as_of: str | None = None
    stages: list[Stage] = Field(default_factory=list)
    on_sale: OnSale | None = None
    name: str | None = None

    @property
    def has_left(self) -> bool:
        """Whether anything of the file is, or is about to be, published."""
        return self.status in ("running", "succeeded") or bool(self.published or self.saved)


class Entry(Shape):
    """A run as a list of runs shows it: one line.

    `started_at` is when its file was uploaded, or run again; a line of long ago has neither that nor `word`.
    """

    run_id: str
    campaign_id: str
    campaign_name: str
    source: Kind
    scored_at: str
    started_at: str | None = None
    word: Word | None = None
    rows: int
    invalid: int
    records: int
    verified: int | None
