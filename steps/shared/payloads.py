"""What states, workers and stored documents say to each other, typed.

Wire names are camelCase (the contract, section 0), Python names snake_case; `Payload.wire` and
`model_validate` go from one to the other. Rows never stand in any of these: only URIs and counts.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SerializerFunctionWrapHandler, model_serializer
from pydantic.alias_generators import to_camel

from steps.shared.schema_version import FIELD, SCHEMA_VERSION, Version

# `pipelines.keys.Kind` says the same; the workers' zips do without `pipelines`.
Source = Literal["scrubbed", "fanlist"]
RunStatus = Literal["running", "succeeded", "failed", "quarantined"]
Verdict = Literal["passed", "warned", "failed"]


class Payload(BaseModel):
    """A frozen value with camelCase names on the wire."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True, extra="ignore")

    def wire(self) -> dict[str, Any]:
        """Return the value as JSON-ready types under its wire names."""
        return self.model_dump(mode="json", by_alias=True)


class Versioned(Payload):
    """What outlives a deployment on its way; written in the newest version, whichever it was read in."""

    schema_version: Version = None

    def wire(self) -> dict[str, Any]:
        """Return the value as JSON-ready types under its wire names, and its schema version."""
        return super().wire() | {FIELD: SCHEMA_VERSION}


class FileRef(Payload):
    """One version of one object in S3. `bytes` is the object's size."""

    bucket: str
    key: str
    version_id: str | None = None
    bytes: int = 0


class Run(Payload):
    """One processing of one file: what Resolve decided and every later state is told."""

    run_id: str
    campaign_id: str
    campaign_name: str
    source: Source
    file: FileRef
    scored_at: str
    started_at: str
    accept_quality: bool = False
    forced: bool = False


class InputCounts(Payload):
    """Rows of a file and the records they became: in = invalid + duplicate + valid (section 2)."""

    in_: int = Field(0, alias="in")
    invalid: int = 0
    duplicate: int = 0
    valid: int = 0


class Counts(InputCounts):
    """Rows and records of a run: also valid = output + failed (section 2)."""

    output: int = 0
    failed: int = 0


class SinkCounts(Payload):
    """Records offered to one sink: in = failed + out (section 2)."""

    in_: int = Field(0, alias="in")
    failed: int = 0
    out: int = 0

    def __add__(self, other: "SinkCounts") -> "SinkCounts":
        return SinkCounts(
            in_=self.in_ + other.in_, failed=self.failed + other.failed, out=self.out + other.out
        )


class FanlistCounts(Payload):
    """A fanlist's counts: dynamo.in = input.valid and stream.in = dynamo.out (section 2).

    The properties read them as `Counts` has them, the table being the sink that decides.
    """

    input: InputCounts
    dynamo: SinkCounts
    stream: SinkCounts

    @property
    def in_(self) -> int:
        """Rows read."""
        return self.input.in_

    @property
    def invalid(self) -> int:
        """Rows rejected."""
        return self.input.invalid

    @property
    def duplicate(self) -> int:
        """Rows merged into a better one."""
        return self.input.duplicate

    @property
    def valid(self) -> int:
        """Records."""
        return self.input.valid

    @property
    def output(self) -> int:
        """Records that the table holds of this run."""
        return self.dynamo.out

    @property
    def failed(self) -> int:
        """Records that the table or, after it, the stream did not take."""
        return self.dynamo.failed + self.stream.failed


class Refusal(Payload):
    """An answer that no retry would change: `error` by the contract's name, `cause` in one sentence."""

    error: str
    cause: str


class Prepared(Payload):
    """What Prepare left in S3: the manifest of partitions, the document of counts, the rejects.

    The two URIs are for whoever reads the execution in the console.
    """

    manifest_key: str
    document_uri: str
    rejected_uri: str
    partitions: int
    counts: Counts


class IdentifierFacts(Payload):
    """`pipelines.identifiers.Identifiers`, which the workers' zips do without: figures and row numbers."""

    most_rows: int = 0
    most_rows_at: list[int] = Field(default_factory=list)
    placeholders: int = 0
    placeholders_at: list[int] = Field(default_factory=list)
    markets: int | None = None
    most_addresses: int = 0
    most_addresses_at: list[int] = Field(default_factory=list)


class SeenFacts(Payload):
    """`pipelines.noticed.Seen`: rows, lines that they take beyond one each, and where the first ones are."""

    rows: int
    lines: int = 0
    first: list[int]
    last: list[int]


class PreparedDocument(Payload):
    """The document Prepare writes beside the partitions; too open-ended for a state payload.

    `unaccounted` is what is left over at each hand-over inside Prepare, and so 0 throughout.
    """

    counts: Counts
    unaccounted: dict[str, int]
    invalid_by: dict[str, int]
    unknown_columns: list[str]
    identifiers: IdentifierFacts = IdentifierFacts()
    recognised: dict[str, SeenFacts] = Field(default_factory=dict)


class PartitionItem(Payload):
    """One line of the manifest: one Parquet partition of `records` records."""

    partition: int
    key: str
    records: int


class PartitionResult(Payload):
    """What publishing one partition came to: in = out + failed, in records."""

    partition: int
    in_: int = Field(0, alias="in")
    out: int = 0
    failed: int = 0


class SavedPartition(Payload):
    """What saving one partition of a fanlist came to; `statuses` are the merge writer's, in records."""

    partition: int
    dynamo: SinkCounts
    stream: SinkCounts
    statuses: dict[str, int]


class Quality(Payload):
    """The gate's word on a run: `failed` says which expectations did not hold, the `critical` ones first.

    `fans_new` and `fans_gone` compare its fans with the last file's (`pipelines.standing.Since`); None where
    there is nothing to compare with.
    """

    verdict: Verdict
    failed: list[str] = Field(default_factory=list)
    critical: int = 0
    report: str | None = None
    accepted: bool = False
    fans_new: int | None = None
    fans_gone: int | None = None


class RunSummary(Payload):
    """What Finish writes to runs/<campaignId>/<runId>/summary.json.

    `recognised` counts rows by kind (`pipelines.noticed`), `recognised_lines` has the first and last line of
    the first of them.
    """

    run_id: str
    campaign_id: str
    campaign_name: str
    source: Source
    file: FileRef
    scored_at: str
    started_at: str
    finished_at: str
    status: RunStatus
    # Both would take the other's document with zeros: the one whose groups are required goes first.
    counts: Annotated[FanlistCounts | Counts, Field(union_mode="left_to_right")]
    invalid_by: dict[str, int]
    unknown_columns: list[str]
    recognised: dict[str, int] = Field(default_factory=dict)
    recognised_lines: dict[str, list[tuple[int, int]]] = Field(default_factory=dict)
    quality: Quality | None
    failed_partitions: list[int] = Field(default_factory=list)
    error: str | None = None
    cause: str | None = None

    @model_serializer(mode="wrap")
    def _without_empty_failures(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Leave out what speaks of failures or of things recognised where there are none."""
        found: dict[str, Any] = handler(self)
        return {name: value for name, value in found.items() if value or to_camel(name) not in _ONLY_IF_ANY}


_ONLY_IF_ANY = ("failedPartitions", "error", "cause", "recognised", "recognisedLines")


class VerdictMessage(Versioned):
    """What the verdictReporterQueue carries (section 4).

    `count` is the run's records sent on, `warnings` what the gate says of them, in sentences.
    """

    campaign_id: str
    campaign_name: str | None = None
    run_id: str | None = None
    source: Source = "scrubbed"
    count: int
    attempt: int = 1
    failed: int = 0
    report: str | None = None
    warnings: list[str] = Field(default_factory=list)


class SettledRun(Payload):
    """What verdictReporter asks Finish for: the report of this run again, now that its message has ended."""

    bucket: str
    campaign_id: str
    run_id: str


class CountsLook(Versioned):
    """What the verdictReporterQueue carries beside verdicts: a look at a campaign's counts (section 4).

    `look` is 1 for the first in a row, `due` when it may be taken at the earliest (Unix time, s), `seen` what
    the look before it found: verified, rejected, selected.
    """

    campaign_id: str
    look: int = Field(ge=1)
    due: float
    seen: tuple[int, int, int] | None = None
