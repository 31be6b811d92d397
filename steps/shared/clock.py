"""Time as the contract writes it: UTC, ISO-8601, milliseconds, `Z`, so that it sorts as text."""

import hashlib
from datetime import UTC, datetime


def to_iso(moment: datetime) -> str:
    """Return a moment in the contract's spelling, such as `2026-02-13T10:00:00.000Z`."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def now() -> datetime:
    """Return this moment."""
    return datetime.now(UTC)


def now_iso() -> str:
    """Return this moment in the contract's spelling."""
    return to_iso(now())


def in_days(days: float) -> dict[str, str]:
    """When an item may go, as DynamoDB's time-to-live wants it: Unix time in seconds."""
    return {"N": str(int(now().timestamp() + days * 86_400))}


def run_id_of(started_at: str, execution_arn: str) -> str:
    """Return the run of an execution: `20261123T233015123Z-1a2b3c4d`.

    It sorts by time, and a retried or redriven execution gets the same one again.
    """
    return f"{compact(started_at)}-{hashlib.sha256(execution_arn.encode()).hexdigest()[:8]}"


def compact(moment: str) -> str:
    """Return a moment of the contract's spelling as run ids begin with it: `20261123T233015123Z`."""
    return moment.replace("-", "").replace(":", "").replace(".", "")
