"""This system's Prepare, whole: the yardstick that the others are compared with.

It alone writes partitions of the size that the deployment uses, and the raw values of rejected rows.
"""

from pathlib import Path

from bench.contestants import CAMPAIGN_ID, RUN_ID, SCORED_AT, Counts, main
from pipelines.prepare import Stamp, prepare_scrubbed
from steps.shared.settings import PrepareSettings

PARTITION_ROWS: int = PrepareSettings.model_fields["partition_rows"].default


def prepare(source: Path, folder: Path) -> Counts:
    """Prepare the file as the state machine's Prepare does, from and to a local disk."""
    done = prepare_scrubbed(
        str(source),
        Stamp(CAMPAIGN_ID, RUN_ID, SCORED_AT),
        records_uri=str(folder / "records"),
        rejected_uri=str(folder / "rejected.parquet"),
        partition_rows=PARTITION_ROWS,
    )
    sums = {"in": done.rows_in, "invalid": done.invalid, "duplicate": done.duplicate, "valid": done.valid}
    return sums | done.invalid_by


if __name__ == "__main__":
    main(prepare)
