"""Progress of a check, and its result: for `--json`, `summary.json` and the report."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from pydantic import Field
from pydantic.alias_generators import to_pascal

from expectations.report.model import Facts
from expectations.thresholds import Thresholds
from local.errors import VfError
from pipelines.keys import ScoreFileKey
from steps.shared.wire import Payload

# Is told how far a check has come: what is going on, and the rows judged so far.
Told = Callable[[str, int], None]
READING, CHECKING = "Reading", "Checking"
# Only where there is something to say.
_IF_ANY = ("recognised", "recognisedLines", "fans", "markets", "against")


class Changes(Payload):
    """Fans by what differs between two files; one who turned is not counted for the score again."""

    fans_new: int = 0
    fans_gone: int = 0
    turned_verified: int = 0
    turned_rejected: int = 0
    score_only: int = 0


class MarketChanges(Changes):
    """The changes of one market, that of the fan's best row; of who is gone, in the older file."""

    name: str


class Against(Changes):
    """What differs from an older file, `file`, with so many fans; a fanlist has no markets."""

    file: str
    fans: int
    markets: list[MarketChanges] = Field(default_factory=list)


@dataclass(frozen=True)
class Checked:
    """What a run would make of a file.

    `name` is the file's here, `key` what it was checked under. `failed` has a sentence for each check that
    did not hold, first the `critical` ones, of which there are so many.
    """

    name: str
    key: ScoreFileKey
    facts: Facts
    invalid_by: dict[str, int]
    failed: list[str]
    critical: int
    prepare_seconds: float
    gate_seconds: float
    against: Against | None = None

    def wire(self) -> dict[str, Any]:
        """Return the value as JSON-ready types; what was recognised or compared only where something was.

        Of a scrubbed file `fans` are the records by flag and `markets` the largest ones with theirs;
        `recognised` are rows by kind, `recognisedLines` first and last line of the first of them.
        """
        key, facts = self.key, self.facts
        found: dict[str, Any] = {
            "kind": key.kind,
            "campaignId": key.campaign_id,
            "campaignName": key.campaign_name,
            "scoredAt": key.scored_at,
            "file": {"name": self.name, "key": key.key, "bytes": facts.about.file_bytes},
            "counts": facts.counts.wire(),
            "invalidBy": self.invalid_by,
            "unknownColumns": facts.unknown_columns,
            "recognised": facts.recognised,
            "recognisedLines": facts.recognised_lines,
            "quality": {"verdict": facts.verdict, "failed": self.failed},
            "against": self.against and self.against.wire(),
        }
        if key.kind == "scrubbed":
            verified = facts.records.verified or 0
            found["fans"] = {"verified": verified, "rejected": facts.counts.valid - verified}
            found["markets"] = [
                {"name": one.name, "verified": one.verified, "rejected": one.records - (one.verified or 0)}
                for one in facts.records.groups
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
            raise ToleratedError(
                f"'{name}' is not a threshold of the gate; the thresholds are {', '.join(PARAMETERS)}."
            )
        try:
            number = float(value)
        except ValueError:
            number = -1.0
        if not 0 <= number < float("inf"):
            raise ToleratedError(
                f"'{one}' does not set a threshold: give a number of 0 or more, as in {name}=0.8."
            )
        thresholds = replace(thresholds, **{PARAMETERS[name]: number})
    return thresholds
