"""What states pass to each other and store, typed."""

from operator import not_
from typing import Annotated, Any, Literal

from pydantic import Field

from steps.shared.counts import Counts, FanlistCounts, InputCounts, SinkCounts
from steps.shared.wire import Payload, Source

RunStatus = Literal["running", "succeeded", "failed", "quarantined"]
Verdict = Literal["passed", "warned", "failed"]
# What asks, in an object's metadata, that its file replace the one before it: an upload has no input.
REPLACE = "replace"


class FileRef(Payload):
    """One version of one object in S3. `bytes` is the object's size."""

    bucket: str
    key: str
    version_id: str | None = None
    bytes: int = 0

    @property
    def identity(self) -> str:
        """What no other object's version has; of a bucket without versions, no other object."""
        return f"{self.version_id or ''}:{self.key}"


class Processing(Payload):
    """One processing of one file."""

    run_id: str
    campaign_id: str
    campaign_name: str
    source: Source
    file: FileRef
    scored_at: str
    started_at: str


class Run(Processing):
    """What Resolve decided of one processing, and every later state is told."""

    accept_quality: bool = False
    forced: bool = False
    replace: bool = False


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
    """`pipelines.identifiers.Identifiers`, which the workers' zips do without: figures, rows and lines."""

    most_rows: int = 0
    most_rows_at: list[int] = Field(default_factory=list)
    most_rows_lines: list[int] = Field(default_factory=list)
    placeholders: int = 0
    placeholders_at: list[int] = Field(default_factory=list)
    placeholders_lines: list[int] = Field(default_factory=list)
    markets: int | None = None
    most_addresses: int = 0
    most_addresses_at: list[int] = Field(default_factory=list)
    most_addresses_lines: list[int] = Field(default_factory=list)


class SeenFacts(Payload):
    """`pipelines.noticed.Seen`: rows, lines that they take beyond one each, and where the first ones are."""

    rows: int
    lines: int = 0
    first: list[int]
    last: list[int]
    meant: str = ""


class PreparedDocument(Payload):
    """The document Prepare writes beside the partitions; too open-ended for a state payload.

    `unaccounted` is what is left over at each hand-over inside Prepare, and so 0 throughout. A document of a
    run that began before `prepared_at` was kept has none.
    """

    counts: Counts
    unaccounted: dict[str, int]
    invalid_by: dict[str, int]
    unknown_columns: list[str]
    identifiers: IdentifierFacts = IdentifierFacts()
    recognised: dict[str, SeenFacts] = Field(default_factory=dict)
    prepared_at: str | None = None

    @property
    def recognised_rows(self) -> dict[str, Any]:
        """How many rows of each kind, as `recognised`, and the first ones' lines, as `recognised_lines`."""
        return {
            "recognised": {name: seen.rows for name, seen in self.recognised.items()},
            "recognised_lines": {
                name: list(zip(seen.first, seen.last, strict=True)) for name, seen in self.recognised.items()
            },
        }


class PartitionItem(Payload):
    """One line of the manifest: one Parquet partition of `records` records or, flagged so, withdrawals."""

    partition: int
    key: str
    records: int
    withdrawn: bool = Field(False, exclude_if=not_)


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
    there is nothing to compare with. `withdrawn` fans are to be withdrawn. A `refusal` stops the run whatever
    the verdict.
    """

    verdict: Verdict
    failed: list[str] = Field(default_factory=list)
    critical: int = 0
    report: str | None = None
    accepted: bool = False
    fans_new: int | None = None
    fans_gone: int | None = None
    withdrawn: int = 0
    refusal: Refusal | None = None


class RunSummary(Processing):
    """What Finish writes to runs/<campaignId>/<runId>/summary.json.

    `recognised` counts rows by kind (`pipelines.noticed`), `recognised_lines` has the first and last line of
    the first of them.
    """

    finished_at: str
    status: RunStatus
    # Both would take the other's document with zeros: the one whose groups are required goes first.
    counts: Annotated[FanlistCounts | Counts, Field(union_mode="left_to_right")]
    invalid_by: dict[str, int]
    unknown_columns: list[str]
    recognised: dict[str, int] = Field(default_factory=dict, exclude_if=not_)
    recognised_lines: dict[str, list[tuple[int, int]]] = Field(default_factory=dict, exclude_if=not_)
    quality: Quality | None
    failed_partitions: list[int] = Field(default_factory=list, exclude_if=not_)
    error: str | None = Field(None, exclude_if=not_)
    cause: str | None = Field(None, exclude_if=not_)

    @property
    def rows(self) -> InputCounts:
        """Rows read, and what they became."""
        return self.counts.input if isinstance(self.counts, FanlistCounts) else self.counts
