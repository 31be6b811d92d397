"""What a check is told, and what it came to: for `--json`, `summary.json` and the report."""

from collections.abc import Callable, Sequence
from dataclasses import fields, replace
from typing import Any

from pydantic import Field
from pydantic.alias_generators import to_pascal

from expectations.report.model import InputCounts, RecordFacts, RejectReason, RuleFact
from expectations.thresholds import Thresholds
from local.errors import VfError
from pipelines.keys import Kind
from steps.shared.payloads import Payload, Verdict

# Is told how far a check has come: what is going on, and the rows judged so far.
Told = Callable[[str, int], None]
READING, CHECKING = "Reading", "Checking"
# Only where there is something to say.
_IF_ANY = ("recognised", "recognisedLines", "fans", "markets")


class CheckedFile(Payload):
    """The file by its name here, the key it was checked under, and its size."""

    name: str
    key: str
    bytes: int


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
    counts: InputCounts
    invalid_by: dict[str, int]
    unknown_columns: list[str]
    recognised: dict[str, int] = Field(default_factory=dict)
    recognised_lines: dict[str, list[tuple[int, int]]] = Field(default_factory=dict)
    quality: CheckedQuality
    records: RecordFacts = Field(default_factory=RecordFacts, exclude=True)
    reasons: list[RejectReason] = Field(exclude=True)
    rules: list[RuleFact] = Field(default_factory=list, exclude=True)
    timing: Timing = Field(exclude=True)

    def wire(self) -> dict[str, Any]:
        """Return the value as JSON-ready types.

        Of a scrubbed file `fans` are the records by flag and `markets` the largest ones with theirs; of any
        file what was recognised, where something was: rows by kind, the lines of the first of them.
        """
        found = super().wire()
        if self.kind == "scrubbed":
            verified = self.records.verified or 0
            found["fans"] = {"verified": verified, "rejected": self.counts.valid - verified}
            found["markets"] = [
                {"name": one.name, "verified": one.verified, "rejected": one.records - (one.verified or 0)}
                for one in self.records.groups
            ]
        return {name: value for name, value in found.items() if value or name not in _IF_ANY}


# A parameter of the template by the field that it sets.
PARAMETERS = {to_pascal(field.name): field.name for field in fields(Thresholds)}


class ToleratedError(VfError):
    """A threshold that is none; the text says which, and what there is."""


def tolerated(given: Sequence[str]) -> Thresholds:
    """Return a stack's default thresholds with some of them set, the last one of a name counting.

    Raises:
        ToleratedError: a name that is no threshold's, or a value that is no number of 0 or more.
    """
    thresholds = Thresholds()
    for one in given:
        name, _, value = one.partition("=")
        if name not in PARAMETERS:
            raise ToleratedError(f"'{name}' is no threshold of the gate; there are {', '.join(PARAMETERS)}.")
        try:
            number = float(value)
        except ValueError:
            number = -1.0
        if not 0 <= number < float("inf"):
            raise ToleratedError(f"'{one}' sets no threshold: give a number of 0 or more, as in {name}=0.8.")
        thresholds = replace(thresholds, **{PARAMETERS[name]: number})
    return thresholds
