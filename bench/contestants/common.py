"""What every contestant says when it is done, and how its own process measures it."""

import json
import resource
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

CAMPAIGN_ID = "campaign-123"
RUN_ID = "20260213T100000000Z-00000000"
SCORED_AT = "2026-02-13T10:00:00.000Z"

# In the order of the contract, section 2: a rejected row is counted by the first that applies.
REASONS = (
    "malformed_row",
    "bad_encoding",
    "campaign_mismatch",
    "missing_id",
    "bad_id",
    "bad_score",
    "bad_verified_flag",
    "bad_number",
    "bad_email",
    "unranked",
)
# What makes an identifier a bad one: a control character (Unicode's category Cc), or more bytes than this.
CONTROL = r"[\x00-\x1f\x7f-\x9f]"
LONGEST_ID = 1024
YES = ("true", "t", "yes", "y", "1")
NO = ("false", "f", "no", "n", "0")
OPTIONAL_NUMBERS = ("registrationScore", "accountScore", "nudetectScore", "localFanscore")
# What stands in the files that are measured, in the file's order.
FILE_COLUMNS = (
    "campaignId",
    "globalUserId",
    "memberId",
    "email",
    "firstName",
    "lastName",
    "phoneCountryCode",
    "phoneNumber",
    "hbase",
    "marketPreferences",
    "score",
    "isVerified",
    *OPTIONAL_NUMBERS,
    "tags",
    "signupNote",
)


@dataclass(frozen=True)
class Counts:
    """rows_in = invalid + duplicate + valid (the contract, section 2); `invalid_by` by first reason."""

    rows_in: int
    invalid: int
    duplicate: int
    valid: int
    invalid_by: dict[str, int]


@dataclass(frozen=True)
class Measured:
    """One run of one contestant, as its own process saw it; imports and start-up are not in the times."""

    seconds: float
    cpu_seconds: float
    peak_bytes: int
    counts: Counts | None

    def to_json(self) -> str:
        """The line that the process prints."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, line: str) -> Self:
        """What `to_json` made."""
        found: dict[str, Any] = json.loads(line)
        counts = found.pop("counts")
        return cls(**found, counts=counts and Counts(**counts))


def main(job: Callable[[Path, Path], Counts | None]) -> None:
    """Runs a contestant as a program: the CSV file and an existing, empty folder are its arguments."""
    source, folder = Path(sys.argv[1]), Path(sys.argv[2])
    started, used = time.perf_counter(), time.process_time()
    counts = job(source, folder)
    seconds, cpu_seconds = time.perf_counter() - started, time.process_time() - used
    print(Measured(seconds, cpu_seconds, peak_bytes(), counts).to_json())


def peak_bytes() -> int:
    """The most memory that this process has held at once.

    `ru_maxrss` starts from what the parent held when it started us, so Linux's own figure for this
    program alone comes first where there is one.
    """
    status = Path("/proc/self/status")
    if status.exists():
        for line in status.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
