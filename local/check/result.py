"""What a check came to, as `--json` prints it, as `summary.json` keeps it and as the report reads it."""

import json

from pydantic import Field

from expectations.report.model import RejectReason, RuleFact
from pipelines.keys import Kind
from steps.shared.payloads import Payload, Verdict

_PRINTED = ("kind", "campaignId", "counts", "invalidBy", "unknownColumns", "quality")


class CheckedFile(Payload):
    """The file by its name here, the key it was checked under, and its size."""

    name: str
    key: str
    bytes: int


class CheckedCounts(Payload):
    """Rows and records: in = invalid + duplicate + valid (the contract, section 2)."""

    in_: int = Field(alias="in")
    invalid: int
    duplicate: int
    valid: int


class CheckedQuality(Payload):
    """The gate's word: `failed` says what did not hold and what was seen, the `critical` ones first."""

    verdict: Verdict
    failed: list[str]
    critical: int = Field(exclude=True)


class Timing(Payload):
    """How long the two parts took, in seconds."""

    prepare_seconds: float
    gate_seconds: float


class Checked(Payload):
    """What a run would make of a file. Reasons, rules and timing are for the reports and in no JSON."""

    kind: Kind
    campaign_id: str
    campaign_name: str | None
    scored_at: str
    file: CheckedFile
    counts: CheckedCounts
    invalid_by: dict[str, int]
    unknown_columns: list[str]
    quality: CheckedQuality
    reasons: list[RejectReason] = Field(exclude=True)
    rules: list[RuleFact] = Field(default_factory=list, exclude=True)
    timing: Timing = Field(exclude=True)

    def to_json(self) -> str:
        """One JSON object with exactly kind, campaignId, counts, invalidBy, unknownColumns and quality."""
        wire = self.wire()
        return json.dumps({name: wire[name] for name in _PRINTED}, ensure_ascii=False)
