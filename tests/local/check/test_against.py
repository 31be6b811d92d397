"""`vf check NEW --against OLD`: what an upload would change, before it is made."""

import csv
import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from local.check.against import CHANGED
from tests.local.check.checking import KEY, vf

HEADER = "globalUserId,score,isVerified,hbase,marketPreferences,email\n"
OLD = [
    "same,10,true,Oslo,Oslo,",
    "gone,20,true,Rome,Rome,gone@example.com",
    "turns,30,true,Oslo,Oslo,",
    "returns,40,false,Oslo,Oslo,",
    "scored,50,true,Rome,Oslo|Rome,",
    "gone,10,true,Oslo,Oslo|Rome,",
]
NEW = [
    "fresh,10,true,Oslo,Oslo,fresh@example.com",
    ",10,true,Oslo,Oslo,",
    "turns,31,false,Oslo,Oslo,",
    "same,10,true,Oslo,Oslo,other@example.com",
    "returns,40,true,Oslo,Oslo,",
    "scored,51,true,Rome,Oslo|Rome,",
]
COUNTS = dict.fromkeys(CHANGED, 1)


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    new, old = tmp_path / "new.csv", tmp_path / "old.csv.gz"
    new.write_text(HEADER + "\n".join(NEW))
    old.write_bytes(gzip.compress((HEADER + "\n".join(OLD)).encode()))
    return new, old


def _json(*words: str | Path) -> Any:
    return json.loads(vf(*words, "--json").stdout)


def test_fans_are_counted_by_what_an_upload_would_change(files: tuple[Path, Path]) -> None:
    new, old = files
    said = _json(new, "--key", KEY, "--against", old)
    assert said["against"] == {
        **COUNTS,
        "file": "old.csv.gz",
        "fans": 5,
        "markets": [
            {
                **dict.fromkeys(CHANGED, 0),
                "name": "oslo",
                "fansNew": 1,
                "turnedVerified": 1,
                "turnedRejected": 1,
            },
            {**dict.fromkeys(CHANGED, 0), "name": "rome", "fansGone": 1, "scoreOnly": 1},
        ],
    }
    # The gate says what it would say beside that file.
    told = "At most 5% of the last file's fans are missing from this one. It was 20.00%."
    assert told in said["quality"]["failed"]


def test_a_file_beside_itself_differs_in_nothing(files: tuple[Path, Path]) -> None:
    new, _ = files
    said = _json(new, "--key", KEY, "--against", new)["against"]
    assert said == {**dict.fromkeys(CHANGED, 0), "file": "new.csv", "fans": 5, "markets": []}


def test_rows_are_listed_without_saying_who(files: tuple[Path, Path], tmp_path: Path) -> None:
    new, old = files
    out = tmp_path / "out"
    result = vf(new, "--key", KEY, "--against", old, "--out", out)
    assert "changes.csv" in result.stdout
    listed = (out / "changes.csv").read_text()
    assert [tuple(row.values()) for row in csv.DictReader(listed.splitlines())] == [
        ("fansGone", "rome", "", "", "2 6", "3 7"),
        ("fansNew", "oslo", "1", "2", "", ""),
        ("scoreOnly", "rome", "6", "7", "5", "6"),
        ("turnedRejected", "oslo", "3", "4", "3", "4"),
        ("turnedVerified", "oslo", "5", "6", "4", "5"),
    ]
    assert json.loads((out / "summary.json").read_text())["against"]["fansGone"] == 1
    page = (out / "report.html").read_text()
    assert "New since the last file: 1 fan. 1 fan of the last file is not in this one" in page
    assert "knows no earlier run" not in page
    # A later check without an older file leaves none of it.
    vf(new, "--key", KEY, "--out", out)
    assert not (out / "changes.csv").exists()
    assert "against" not in json.loads((out / "summary.json").read_text())


def test_a_person_reads_a_table(files: tuple[Path, Path]) -> None:
    new, old = files
    said = " ".join(vf(new, "--key", KEY, "--against", old).stdout.split())
    assert "Fans beside old.csv.gz New Gone To verified To rejected Score only" in said
    assert "All 1 1 1 1 1 oslo 1 0 1 1 0 rome 0 1 0 0 1" in said
    would = "More than 50% are gone: with --replace, this file would be quarantined."
    assert would not in said
    for fans, gone in ((3, False), (2, True)):
        new.write_text(HEADER + "\n".join(OLD[2 : 2 + fans]))
        said = " ".join(vf(new, "--key", KEY, "--against", old).stdout.split())
        assert (would in said) is gone


def test_a_fanlist_has_neither_flags_nor_markets(tmp_path: Path) -> None:
    new, old = tmp_path / "new.csv", tmp_path / "old.csv"
    new.write_text("email,score\nA@example.com,1\nb@example.com,2\n")
    old.write_text("email,score\na@example.com,1\nb@example.com,3\nc@example.com,3\n")
    said = _json(new, "--key", "fanlist/scored/c-1/2026-02-13T10:00:00.csv", "--against", old)["against"]
    nothing = dict.fromkeys(CHANGED, 0)
    assert said == nothing | {"fansGone": 1, "scoreOnly": 1, "file": "old.csv", "fans": 3, "markets": []}


@pytest.mark.parametrize(
    ("content", "told"),
    [(None, "There is no file"), ("", "old.csv: The file is empty"), ("a,b\n1,2\n", "old.csv: ")],
)
def test_an_older_file_that_cannot_be_read_is_named(
    files: tuple[Path, Path], tmp_path: Path, content: str | None, told: str
) -> None:
    old = tmp_path / "old.csv"
    if content is not None:
        old.write_text(content)
    result = vf(files[0], "--key", KEY, "--against", old, "--out", tmp_path / "out")
    assert (result.exit_code, result.stdout) == (2, "")
    assert told in result.stderr
    assert not (tmp_path / "out").exists()
