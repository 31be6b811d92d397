"""What the gates that are measured are given beside the records, and what they leave to be compared."""

import json
from collections.abc import Mapping
from pathlib import Path

from bench.contestants.common import Counts

COUNTS, RULES = "counts.json", "rules.json"

# Whether each rule held, by its description, and how many values did not.
Rules = Mapping[str, tuple[bool, int | None]]


def counts_of(prepared: Path) -> dict[str, int]:
    """The counts of the prepared file: in, invalid, duplicate, valid."""
    found: dict[str, int] = json.loads((prepared / COUNTS).read_text())
    return found


def keep_counts(prepared: Path, counts: Counts | None) -> None:
    """Keeps the counts of the file that was prepared."""
    assert counts is not None
    wire = {"in": counts.rows_in, "invalid": counts.invalid}
    wire |= {"duplicate": counts.duplicate, "valid": counts.valid}
    (prepared / COUNTS).write_text(json.dumps(wire))


def keep_rules(folder: Path, rules: Rules) -> None:
    """Keeps what a gate found."""
    (folder / RULES).write_text(json.dumps(rules))
