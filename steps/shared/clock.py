"""Time as the contract writes it: UTC, ISO-8601, milliseconds, `Z`, so that it sorts as text."""

import hashlib
from datetime import UTC, datetime


def to_iso(moment: datetime) -> str:
    """A moment in the contract's spelling, such as `2026-02-13T10:00:00.000Z`."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def now_iso() -> str:
    """This moment in the contract's spelling."""
    return to_iso(datetime.now(UTC))


def run_id_of(started_at: str, execution_arn: str) -> str:
    """The run of an execution: `20261123T233015123Z-1a2b3c4d`.

    It sorts by time, and a retried or redriven execution gets the same one again.
    """
    compact = started_at.replace("-", "").replace(":", "").replace(".", "")
    return f"{compact}-{hashlib.sha256(execution_arn.encode()).hexdigest()[:8]}"
