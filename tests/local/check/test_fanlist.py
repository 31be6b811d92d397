"""`vf check` on a fanlist: the key decides the kind, and what is kept is named as on the wire."""

import json
from pathlib import Path

import polars as pl
from typer.testing import Result

from pipelines.schema import REJECTED_SCHEMA
from tests.local.check.checking import vf

KEY = "fanlist/scored/c-1/2026-02-13T10:00:00.csv"
ROWS = ["Email,Score,note,memberId,tags", "Ada@Example.com,80,x,,vip", "ada@example.com,90,,,app|vip"]
ROWS += [f"no address,{number},,m{number}," for number in range(17)] + ["not-an-address,1,,,"]


def _check(tmp_path: Path, rows: list[str], *words: str | Path) -> Result:
    path = tmp_path / "2026-02-13T100000.csv"
    path.write_text("\n".join(rows) + "\n")
    return vf(path, "--key", KEY, *words)


def test_json(tmp_path: Path) -> None:
    result = _check(tmp_path, ROWS, "--json")
    assert result.exit_code == 0, result.stderr
    found = json.loads(result.stdout)
    assert found.pop("file")["key"] == KEY
    assert found == {
        "kind": "fanlist",
        "campaignId": "c-1",
        "campaignName": None,
        "scoredAt": "2026-02-13T10:00:00.000Z",
        "counts": {"in": 20, "invalid": 1, "duplicate": 1, "valid": 18},
        "invalidBy": {"bad_email": 1},
        "unknownColumns": ["note"],
        "recognised": {"droppedAddresses": 17},
        "recognisedLines": {"droppedAddresses": [[line, line] for line in range(4, 9)]},
        "quality": {
            "verdict": "warned",
            "failed": ["At least 98% of the rows should be valid. It was 95.00%."],
        },
    }


def test_what_is_kept(tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert _check(tmp_path, ROWS, "--out", out).exit_code == 0
    records = pl.read_parquet(out / "records.parquet")
    names = ["campaignId", "globalUserId", "memberId", "email", "firstName", "lastName", "score", "tags"]
    assert records.columns == names
    (ada,) = records.filter(pl.col("email").is_not_null()).to_dicts()
    assert (ada["campaignId"], ada["email"], ada["score"]) == ("c-1", "ada@example.com", 90.0)
    assert ada["tags"] == ["app", "vip"]
    rejected = pl.read_parquet(out / "rejected.parquet")
    assert rejected.schema == REJECTED_SCHEMA
    assert rejected["rowNumber"].to_list() == [20]


def test_the_gate_and_the_refusal(tmp_path: Path) -> None:
    refused = _check(tmp_path, ["score,tags", "1,vip"])
    assert refused.exit_code == 2
    assert "identifier (one of globalUserId, memberId, email)" in refused.stderr
    assert _check(tmp_path, ["email,score", "a@example.com,1", "b@example.com,"]).exit_code == 1


def test_the_report_has_the_campaign(tmp_path: Path) -> None:
    said = _check(tmp_path, ROWS).stdout
    assert "c-1" in said
    assert "bad_email" in said
    assert "ada@" not in said.lower()
