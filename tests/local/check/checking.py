"""A small file made by hand, and `vf check` called on it."""

import contextlib
import os
from pathlib import Path

from typer.testing import CliRunner, Result

from local.cli import app

NAME = "registrants.c-1.The.Tour.2026-02-13T100000.cleaned.csv"
KEY = f"scrubbed/{NAME}"
HEADER = "globalUserId,score,isVerified,hbase,marketPreferences,email,tags,note,tags\n"
# Eleven good rows, two of them ada's, and one that is bad in three ways.
ROWS = [
    "ada,80,true,Paris,Rome|Paris,Ada@Example.com,vip|app,x,gold",
    "ada,90,true,Rome,Rome|Paris,ada@example.com,app,x,",
    'bob,10.5,no,Oslo,"Oslo",,,"a, ""b""",',
    "row4,,maybe,Oslo,Oslo,not-an-address,,x,",
    *(f"fan{i},{i},1,Oslo,Oslo,,,," for i in range(8)),
]
CONTENT = HEADER + "\n".join(ROWS) + "\n"
COUNTS = {"in": 12, "invalid": 1, "duplicate": 1, "valid": 10}
FOUND = {
    "kind": "scrubbed",
    "campaignId": "c-1",
    "campaignName": "The.Tour",
    "scoredAt": "2026-02-13T10:00:00.000Z",
    "counts": COUNTS,
    "invalidBy": {"bad_score": 1},
    "unknownColumns": ["note"],
    "quality": {"verdict": "warned", "failed": ["At least 98% of the rows should be valid. It was 91.67%."]},
    "fans": {"verified": 9, "rejected": 1},
    "markets": [
        {"name": "oslo", "verified": 8, "rejected": 1},
        {"name": "rome", "verified": 1, "rejected": 0},
    ],
}
FILE = {"name": NAME, "key": KEY, "bytes": len(CONTENT)}


def vf(*words: str | Path, stdin: bytes | None = None) -> Result:
    return CliRunner().invoke(app, ["check", *map(str, words)], input=stdin)


def drawn_on(terminal: int) -> bytes:
    """Return all that a terminal whose other end is closed was given; one read may bring a part of it."""
    drawn = b""
    with contextlib.suppress(OSError):  # how Linux says that nobody holds the other end any more
        while block := os.read(terminal, 4096):
            drawn += block
    return drawn
