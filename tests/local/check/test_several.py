"""Files by kind and campaign, several at once, and stdin."""

import csv
import gzip
import json
import os
from pathlib import Path
from typing import Any

import pytest

from local.check.file import KEPT
from tests.local.check.checking import CONTENT, FOUND, HEADER, vf

GIVEN = ("--kind", "scrubbed", "--campaign", "c-1")


def of_file(found: dict[str, Any]) -> dict[str, Any]:
    """What does not depend on where the file came from."""
    return {name: value for name, value in found.items() if name not in ("file", "scoredAt", "campaignName")}


def test_kind_and_campaign_stand_for_a_key_of_the_time_of_the_last_change(tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    path.write_text(CONTENT)
    os.utime(path, (0, 1_770_000_000))
    found = json.loads(vf(path, *GIVEN, "--json").stdout)
    assert found["file"]["key"] == "scrubbed/registrants.c-1.c-1.2026-02-02T02:40:00.csv"
    assert of_file(found) == of_file(FOUND)


@pytest.mark.parametrize("words", [GIVEN[:2], GIVEN[2:], (*GIVEN, "--key", "scrubbed/x.csv")])
def test_kind_and_campaign_go_together_and_alone(file: Path, words: tuple[str, ...]) -> None:
    result = vf(file, *words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == "--kind and --campaign go together, in place of --key.\n"


@pytest.mark.parametrize("campaign", ["c-1.x", "c 1", "c/1", ""])
def test_what_is_no_campaign_makes_no_key_of_another(file: Path, campaign: str) -> None:
    result = vf(file, "--kind", "scrubbed", "--campaign", campaign)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith(f"--campaign '{campaign}' is no campaign's id")


@pytest.mark.parametrize(
    "content", [CONTENT.encode(), gzip.compress(CONTENT.encode())], ids=["plain", "gzip"]
)
def test_stdin(content: bytes) -> None:
    result = vf("-", *GIVEN, "--json", stdin=content)
    assert of_file(json.loads(result.stdout)) == of_file(FOUND)
    refused = vf("-", *GIVEN, "--json", stdin=b"")
    assert refused.exit_code == 2
    assert json.loads(refused.stdout)["error"]["message"].startswith("-: The file is empty")


def test_of_several_files_each_is_told_and_the_worst_decides(tmp_path: Path) -> None:
    contents = {"good.csv": CONTENT, "bad.csv": HEADER + "ada,,y,Oslo,Oslo,,,,\n", "no.csv": ""}
    paths = [tmp_path / name for name in contents]
    for path in paths:
        path.write_text(contents[path.name])
    result = vf(*paths, *GIVEN, "--json", "--out", tmp_path / "out")
    assert result.exit_code == 2
    good, bad, refused = json.loads(result.stdout)["files"]
    assert of_file(good) == of_file(FOUND)
    assert bad["quality"]["verdict"] == "failed"
    assert refused["file"] == {"name": str(paths[2])}
    assert refused["error"]["name"] == "InvalidFile"
    assert {path.name for path in (tmp_path / "out" / "good.csv").iterdir()} == set(KEPT)
    assert vf(*paths[:2], *GIVEN).exit_code == 1
    assert "--key is for one file" in vf(*paths, "--key", "scrubbed/x.csv").stderr


def test_rejected_rows_are_kept_for_a_spreadsheet(file: Path, tmp_path: Path) -> None:
    file.write_text(CONTENT + '"=HYPERLINK(""x"")",,y,Oslo,Oslo,,,,\n')
    vf(file, "--out", tmp_path / "out")
    with (tmp_path / "out" / "rejected.csv").open(newline="") as table:
        first, second = csv.DictReader(table)
    assert first["globalUserId"] == "row4"
    assert first["reasons"] == "bad_score bad_verified_flag bad_email"
    assert second["globalUserId"] == '\'=HYPERLINK("x")'
    assert 'href="rejected.csv"' in (tmp_path / "out" / "report.html").read_text()


def test_a_person_reads_fans_by_market(file: Path) -> None:
    text = " ".join(vf(file).stdout.split())
    assert "Fans by market Verified Rejected Fans" in text
    assert "All 9 1 10 oslo 8 1 9 rome 1 0 1" in text
