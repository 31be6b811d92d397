import gzip
import json
import os
import pty
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from typer.testing import Result

from local.check.file import KEPT, check_file
from local.check.reading import RUN_ID
from local.sample.generate import generate
from pipelines.schema import RECORD_SCHEMA
from tests.local.check.checking import CONTENT, FILE, FOUND, HEADER, KEY, NAME, drawn_on, vf

VF = Path(sys.executable).with_name("vf")


def _bytes_in(folder: Path) -> dict[str, bytes]:
    """All files of a folder and the folders in it, by their place."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def json_of(result: Result) -> Any:
    assert result.stderr == ""
    assert result.stdout.count("\n") == 1
    found = json.loads(result.stdout)
    del found["file"]
    return found


class TestJson:
    def test_is_exactly_one_object(self, file: Path) -> None:
        result = vf(file, "--json")
        assert result.exit_code == 0
        assert json_of(result) == FOUND

    def test_a_key_decides_and_not_the_name(self, tmp_path: Path) -> None:
        path = tmp_path / "export.txt"
        path.write_text(CONTENT)
        assert json_of(vf(path, "--key", KEY, "--json")) == FOUND

    def test_gzip_is_the_same_file(self, tmp_path: Path) -> None:
        path = tmp_path / f"{NAME}.gz"
        path.write_bytes(gzip.compress(CONTENT.encode()))
        assert json_of(vf(path, "--json")) == FOUND

    def test_whether_it_is_gzip_is_for_the_key_to_say(self, tmp_path: Path) -> None:
        path = tmp_path / "export"
        path.write_bytes(gzip.compress(CONTENT.encode()))
        assert json_of(vf(path, "--key", f"{KEY}.gz", "--json")) == FOUND

    def test_a_failed_gate_says_why(self, tmp_path: Path) -> None:
        path = tmp_path / NAME
        path.write_text(HEADER + "ada,1,y,Oslo,Oslo,,,,\nbob,,y,Oslo,Oslo,,,,\n")
        result = vf(path, "--json")
        assert result.exit_code == 1
        quality = json_of(result)["quality"]
        assert quality["verdict"] == "failed"
        assert quality["failed"] == [
            "At least 90% of the rows are valid. It was 50.00%.",
            "Between 2% and 98% of the records are verified. It was 100.00%.",
        ]

    def test_thresholds_are_named_as_the_templates_parameters(self, tmp_path: Path) -> None:
        path = tmp_path / NAME
        path.write_text(HEADER + "ada,1,y,Oslo,Oslo,,,,\nbob,,y,Oslo,Oslo,,,,\n")
        tolerant = ("--threshold", "ValidShareCritical=0.5", "--threshold", "VerifiedShareMost=1")
        result = vf(path, "--json", *tolerant)
        assert result.exit_code == 0
        assert json_of(result)["quality"]["failed"] == [
            "At least 98% of the rows should be valid. It was 50.00%."
        ]

    @pytest.mark.parametrize(
        "given", ["ValidShare=0.5", "ValidShareCritical", "HighestScore=-1", "HighestScore=nan"]
    )
    def test_a_threshold_that_is_none_is_said(self, file: Path, given: str) -> None:
        result = vf(file, "--threshold", given)
        assert (result.exit_code, result.stdout) == (2, "")
        assert given.partition("=")[0] in result.stderr

    def test_a_file_without_a_record_fails(self, tmp_path: Path) -> None:
        path, out = tmp_path / NAME, tmp_path / "out"
        path.write_text(HEADER + ",1,y,Oslo,Oslo,,,,\n")
        result = vf(path, "--json", "--out", out)
        assert result.exit_code == 1
        assert json_of(result)["counts"] == {"in": 1, "invalid": 1, "duplicate": 0, "valid": 0}
        empty = pl.read_parquet(out / "records.parquet")
        assert (empty.schema, empty.height) == (RECORD_SCHEMA, 0)


class TestKept:
    def test_a_record_is_as_on_the_wire(self, file: Path, tmp_path: Path) -> None:
        out = tmp_path / "new" / "out"
        assert vf(file, "--out", out).exit_code == 0
        assert sorted(path.name for path in out.iterdir()) == sorted(KEPT)
        records = pl.read_parquet(out / "records.parquet")
        assert records.schema == RECORD_SCHEMA
        found = {row["globalUserId"]: row for row in records.iter_rows(named=True)}
        assert set(found) == {"ada", "bob", *(f"fan{i}" for i in range(8))}
        assert found["ada"] == dict.fromkeys(RECORD_SCHEMA) | {
            "campaignId": "c-1",
            "globalUserId": "ada",
            "email": "ada@example.com",
            "score": 90.0,
            "isVerified": True,
            "tags": ["app", "vip", "gold"],
            "hbase": "rome",
            "rank": 0,
            "events": ["rome", "paris"],
            "runId": RUN_ID,
            "scoredAt": "2026-02-13T10:00:00.000Z",
        }

    def test_a_rejected_row_is_as_it_stood(self, file: Path, tmp_path: Path) -> None:
        vf(file, "--out", tmp_path)
        rejected = tmp_path / "rejected.parquet"
        assert pl.read_parquet(rejected).to_dicts() == [
            {
                "rowNumber": 4,
                "lineNumber": 5,
                "reasons": ["bad_score", "bad_verified_flag", "bad_email"],
                "raw": ["row4", "", "maybe", "Oslo", "Oslo", "not-an-address", "", "x", ""],
            }
        ]
        assert json.loads(pl.read_parquet_metadata(rejected)["header"]) == HEADER.strip().split(",")

    def test_the_summary(self, file: Path, tmp_path: Path) -> None:
        vf(file, "--out", tmp_path)
        assert json.loads((tmp_path / "summary.json").read_text()) == FOUND | {"file": FILE}

    def test_the_same_file_gives_the_same_bytes(self, tmp_path: Path) -> None:
        path = tmp_path / NAME
        sample = generate("scrubbed", 20_000, 1, path)
        for out in ("one", "two"):
            checked = check_file(path, sample.key, tmp_path / out, partition_rows=3_000)
            assert checked.facts.counts.invalid == sample.invalid
        one, two = (_bytes_in(tmp_path / out) for out in ("one", "two"))
        assert {name.split("/")[0] for name in one} == set(KEPT)
        assert one == two

    def test_many_partitions_become_one_file(self, file: Path, tmp_path: Path) -> None:
        for rows in (3, 1000):
            check_file(file, None, tmp_path / str(rows), partition_rows=rows)
        few, many = (pl.read_parquet(tmp_path / rows / "records.parquet") for rows in ("1000", "3"))
        assert few.height == 10
        assert many.equals(few)

    def test_an_earlier_check_is_replaced_by_a_good_one_only(self, file: Path, tmp_path: Path) -> None:
        out = tmp_path / "a [1] *"  # no pattern, for all that it looks like one
        vf(file, "--out", out)
        before = _bytes_in(out)
        file.write_text("")
        assert vf(file, "--out", out).exit_code == 2
        assert _bytes_in(out) == before
        file.write_text(CONTENT.replace("fan7", "fan8"))
        assert vf(file, "--out", out).exit_code == 0
        assert (out / "records.parquet").read_bytes() != before["records.parquet"]
        assert set(_bytes_in(out)) == set(before)

    def test_nothing_is_left_behind(self, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        folder = file.parent / "temporary"
        folder.mkdir()
        monkeypatch.setattr(tempfile, "tempdir", str(folder))
        assert vf(file).exit_code == 0
        assert list(folder.iterdir()) == []
        assert {path.name for path in file.parent.iterdir()} == {NAME, "temporary"}


class TestCommand:
    """The command as a process of its own."""

    def test_in_a_script(self, file: Path) -> None:
        command = [str(VF), "check", str(file), "--json"]
        temporary = file.parent / "temporary"
        temporary.mkdir()
        environment = os.environ | {"TMPDIR": str(temporary)}
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
        assert (done.returncode, done.stderr) == (0, "")
        assert json.loads(done.stdout) == FOUND | {"file": FILE}
        assert list(temporary.iterdir()) == []

    def test_on_a_terminal_the_bar_is_on_stderr_and_goes_again(self, file: Path) -> None:
        terminal, end = pty.openpty()
        command = [str(VF), "check", str(file), "--json"]
        environment = os.environ | {"TERM": "xterm-256color", "COLUMNS": "80"}
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=end, env=environment) as process:
            os.close(end)
            drawn = drawn_on(terminal)
            assert process.stdout is not None
            assert json.loads(process.stdout.read()) == FOUND | {"file": FILE}
        os.close(terminal)
        assert b"Checking" in drawn
        assert b"12 rows" in drawn
        assert drawn.rstrip().endswith(b"\x1b[2K")  # the line is erased
