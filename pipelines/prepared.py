"""What Prepare writes on records, what it says about a file, and the steps whose counts must agree."""

from dataclasses import dataclass

from pipelines.identifiers import Identifiers
from pipelines.lines import Lines
from pipelines.noticed import Recognised
from pipelines.sinks import Partition

# Where rows go from one hand to the next, and what has to hold there.
HANDOVERS = {
    "lines": "Every line of the file is a header's, a row's or blank.",
    "rows": "Every row that was read is accepted or rejected.",
    "accepted": "Every accepted row is its fan's only one or waits to be merged.",
    "merged": "Every row that waits to be merged is merged.",
    "fans": "Every fan has one record.",
    "records": "Every record is in a partition.",
    "counts": "Rows read = rejected + merged + records.",
    # Whoever reads what Prepare left compares this one.
    "rejects": "Every rejected row is kept.",
}


@dataclass(frozen=True)
class Stamp:
    """What a run writes on each of its records."""

    campaign_id: str
    run_id: str
    scored_at: str


@dataclass(frozen=True)
class Prepared:
    """What became of a file: `rows_in = invalid + duplicate + valid` (SPEC 2, "Counts").

    Each count is taken where it arises, so that they add up only where nothing is lost.

    Attributes:
        rows_in: rows read; blank lines are none.
        unaccounted: what is left over at each of `HANDOVERS` but the rejects: 0, or there is a fault in here.
        invalid: rows rejected.
        duplicate: rows merged into a better row of the same fan.
        valid: records, which is also the sum over the partitions.
        invalid_by: rejected rows by their first reason, in the contract's order, without zeros.
        unknown_columns: header names that were ignored, in file order.
        partitions: the files of records; none where no row is valid.
        identifiers: whether the accepted rows tell fans apart.
        recognised: what was noticed in the file (`noticed.KINDS`), in rows and first line numbers.
        lines: in which line of the file each row begins.
    """

    rows_in: int
    unaccounted: dict[str, int]
    invalid: int
    duplicate: int
    valid: int
    invalid_by: dict[str, int]
    unknown_columns: list[str]
    partitions: list[Partition]
    identifiers: Identifiers
    recognised: Recognised
    lines: Lines
