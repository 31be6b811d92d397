"""What every contestant is given, and the contract's words that more than one of them needs."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.measured import report

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

REQUIRED = ("globalUserId", "score", "isVerified", "hbase", "marketPreferences")
NUMBERS = ("registrationScore", "accountScore", "nudetectScore", "localFanscore")
COLUMNS = (
    *REQUIRED,
    *("campaignId", "memberId", "email", "firstName", "lastName", "phoneCountryCode", "phoneNumber"),
    *NUMBERS,
    "tags",
)

# rows_in = invalid + duplicate + valid (the contract, section 2); after these the rows by first reason.
Counts = dict[str, int]


def counts(rows_in: int, invalid_by: dict[str, int], valid: int) -> Counts:
    """Make a contestant's counts comparable."""
    invalid = sum(invalid_by.values())
    sums = {"in": rows_in, "invalid": invalid, "duplicate": rows_in - invalid - valid, "valid": valid}
    return sums | {reason: invalid_by[reason] for reason in REASONS if reason in invalid_by}


def main(job: Callable[[Path, Path], Any]) -> None:
    """Run a contestant as a program: the CSV file and an existing, empty folder are its arguments."""
    report(lambda: job(Path(sys.argv[1]), Path(sys.argv[2])))
