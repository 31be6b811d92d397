import gzip
import io
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
from rich.console import Console
from typer.testing import CliRunner, Result

from local.check import KEPT, RUN_ID, check_file
from local.check_progress import estimated_rows, watching
from local.check_report import render_check
from local.check_result import Checked, CheckedCounts, CheckedFile, CheckedQuality, ReasonFound, Timing
from local.cli import app
from local.reasons import REASONS
from local.sample import generate
from pipelines.keys import parse_key
from pipelines.schema import RECORD_SCHEMA

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
    "counts": COUNTS,
    "invalidBy": {"bad_score": 1},
    "unknownColumns": ["note"],
    "quality": {"verdict": "passed", "failed": []},
}
VF = Path(sys.executable).with_name("vf")
PERSONAL = ("ada", "example.com", "not-an-address", "row4", "fan7")


def vf(*words: str | Path) -> Result:
    return CliRunner().invoke(app, ["check", *map(str, words)])


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / NAME
    path.write_text(CONTENT)
    return path


def json_of(result: Result) -> Any:
    assert result.stderr == ""
    assert result.stdout.count("\n") == 1
    return json.loads(result.stdout)


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
        (sentence,) = quality["failed"]
        assert "90" in sentence
        assert "50.00%" in sentence

    def test_a_file_without_a_record_fails(self, tmp_path: Path) -> None:
        path, out = tmp_path / NAME, tmp_path / "out"
        path.write_text(HEADER + ",1,y,Oslo,Oslo,,,,\n")
        result = vf(path, "--json", "--out", out)
        assert result.exit_code == 1
        assert json_of(result)["counts"] == {"in": 1, "invalid": 1, "duplicate": 0, "valid": 0}
        empty = pl.read_parquet(out / "records.parquet")
        assert (empty.schema, empty.height) == (RECORD_SCHEMA, 0)


class TestRefusals:
    @pytest.mark.parametrize(
        ("content", "message"),
        [
            (b"", "The file is empty: upload it again with a header and rows."),
            (HEADER.encode(), "The file has a header but no rows: upload it again with its rows."),
            (b"PK\x03\x04rest", "The file is a ZIP archive (an Excel workbook is one), not CSV"),
            (b"globalUserId,email\na,b\n", "required columns score, isVerified, hbase, marketPreferences:"),
            ((HEADER + 'ada,"80,y,Oslo,Oslo,,,,\n').encode(), "unterminated quote at or after row 1: close"),
            ((HEADER + "ada,8\0,y,Oslo,Oslo,,,,\n").encode(), "it holds NUL bytes"),
        ],
    )
    @pytest.mark.parametrize("suffix", ["", ".gz"])
    def test_a_file_that_is_refused_whole(
        self, tmp_path: Path, content: bytes, message: str, suffix: str
    ) -> None:
        path, out = tmp_path / (NAME + suffix), tmp_path / "new" / "out"
        path.write_bytes(gzip.compress(content) if suffix else content)
        result = vf(path, "--json", "--out", out)
        self.is_one_sentence(result, message)
        assert result.stderr.startswith(f"{path}: ")
        assert not out.parent.exists()

    def test_what_is_no_gzip(self, tmp_path: Path) -> None:
        path = tmp_path / f"{NAME}.gz"
        path.write_text(CONTENT)
        self.is_one_sentence(vf(path), "its content is not whole gzip")

    def test_there_is_no_file(self, tmp_path: Path) -> None:
        self.is_one_sentence(vf(tmp_path / NAME), f"There is no file '{tmp_path / NAME}'")

    def test_a_folder(self, tmp_path: Path) -> None:
        self.is_one_sentence(vf(tmp_path), "is a folder: name one CSV file in it.")

    def test_a_pipe(self, tmp_path: Path) -> None:
        path = tmp_path / NAME
        os.mkfifo(path)
        self.is_one_sentence(vf(path), "save its content as a file first")

    @pytest.mark.parametrize(
        ("key", "message"),
        [
            ("registrants.c-1.tour.2026-02-13T10:00:00.csv", "starts with neither 'scrubbed/' nor"),
            ("scrubbed/registrants.c-1.tour.yesterday.csv", "'yesterday' at its end is not an ISO-8601"),
            ("", "correct --key"),
            ("fanlist/scored/c-1/2026-02-13T10:00:00.csv", "is that of a fanlist, and only scrubbed files"),
        ],
    )
    def test_a_key_that_is_none(self, file: Path, key: str, message: str) -> None:
        self.is_one_sentence(vf(file, "--key", key), message)

    @pytest.mark.parametrize(
        ("name", "message"),
        [
            ("export.csv", "give the key that it goes to with --key, as scrubbed/registrants.<campaignId>."),
            ("registrants.c-1.tour.csv", "rename the file, or give its key with --key."),
        ],
    )
    def test_a_name_that_is_no_key(self, tmp_path: Path, name: str, message: str) -> None:
        (tmp_path / name).write_text(CONTENT)
        self.is_one_sentence(vf(tmp_path / name), message)

    def test_results_that_have_no_place(self, file: Path) -> None:
        self.is_one_sentence(vf(file, "--out", file), f"Nothing can be written to '{file}' (it is a file)")
        self.is_one_sentence(vf(file, "--out", file / "out"), "give --out a folder that you may write to.")

    def test_an_option_that_is_none(self, file: Path) -> None:
        assert vf(file, "--nonsense").exit_code == 2
        assert vf().exit_code == 2

    @staticmethod
    def is_one_sentence(result: Result, message: str) -> None:
        assert result.exit_code == 2
        assert result.stdout == ""
        assert message in result.stderr
        assert result.stderr.count("\n") == 1
        assert "Traceback" not in result.stderr


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
                "reasons": ["bad_score", "bad_verified_flag", "bad_email"],
                "raw": ["row4", "", "maybe", "Oslo", "Oslo", "not-an-address", "", "x", ""],
            }
        ]
        assert json.loads(pl.read_parquet_metadata(rejected)["header"]) == HEADER.strip().split(",")

    def test_the_summary(self, file: Path, tmp_path: Path) -> None:
        vf(file, "--out", tmp_path)
        assert json.loads((tmp_path / "summary.json").read_text()) == {
            "campaignName": "The.Tour",
            "scoredAt": "2026-02-13T10:00:00.000Z",
            "file": {"name": NAME, "key": KEY, "bytes": len(CONTENT)},
            **FOUND,
        }

    def test_the_same_file_gives_the_same_bytes(self, tmp_path: Path) -> None:
        path = tmp_path / NAME
        sample = generate("scrubbed", 20_000, 1, path)
        for out in ("one", "two"):
            checked = check_file(path, sample.key, tmp_path / out, _Deaf(), partition_rows=3_000)
            assert checked.counts.invalid == sample.invalid
        one, two = ({name: (tmp_path / out / name).read_bytes() for name in KEPT} for out in ("one", "two"))
        assert one == two

    def test_many_partitions_become_one_file(self, file: Path, tmp_path: Path) -> None:
        for rows in (3, 1000):
            check_file(file, None, tmp_path / str(rows), _Deaf(), partition_rows=rows)
        few, many = (pl.read_parquet(tmp_path / rows / "records.parquet") for rows in ("1000", "3"))
        assert few.height == 10
        assert many.equals(few)

    def test_an_earlier_check_is_replaced_by_a_good_one_only(self, file: Path, tmp_path: Path) -> None:
        out = tmp_path / "a [1] *"  # no pattern, for all that it looks like one
        vf(file, "--out", out)
        before = {path.name: path.read_bytes() for path in out.iterdir()}
        file.write_text("")
        assert vf(file, "--out", out).exit_code == 2
        assert {path.name: path.read_bytes() for path in out.iterdir()} == before
        file.write_text(CONTENT.replace("fan7", "fan8"))
        assert vf(file, "--out", out).exit_code == 0
        assert (out / "records.parquet").read_bytes() != before["records.parquet"]
        assert {path.name for path in out.iterdir()} == set(before)

    def test_nothing_is_left_behind(self, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        folder = file.parent / "temporary"
        folder.mkdir()
        monkeypatch.setattr(tempfile, "tempdir", str(folder))
        assert vf(file).exit_code == 0
        assert list(folder.iterdir()) == []
        assert {path.name for path in file.parent.iterdir()} == {NAME, "temporary"}


class TestReport:
    def test_tells_what_would_become_of_the_file(self, file: Path) -> None:
        result = vf(file)
        assert (result.exit_code, result.stderr) == (0, "")
        text = result.stdout
        assert "✔ The quality gate would pass this file." in text
        assert "1 unknown column: note" in text
        steps = {line[1:27].strip(): line[27:].split()[0] for line in text.splitlines() if " %  " in line}
        assert list(steps.values()) == ["12", "1", "1", "10"]
        assert list(steps) == ["Rows read", "- rejected", "- merged into a better row", "= records"]
        assert REASONS["bad_score"] in " ".join(text.split())
        assert "12 rows (" in text
        assert "rows/s" in text
        assert "--out DIR keeps the records and the rejected rows" in text

    def test_names_rows_and_nobody(self, file: Path) -> None:
        text = vf(file).stdout
        assert "Row 4" in text
        assert "A row with several reasons is counted at the first of them" in " ".join(text.split())
        assert not [word for word in PERSONAL if word in text]

    def test_a_refusal_names_each_rule_with_what_was_seen(self, tmp_path: Path) -> None:
        path = tmp_path / NAME
        path.write_text(HEADER + "ada,101,y,Oslo,Oslo,,,,\nbob,,y,Oslo,Oslo,,,,\n")
        result = vf(path)
        assert result.exit_code == 1
        assert "✘ The quality gate would refuse this file: nothing of it would be published." in result.stdout
        assert "✘ At least 90% of the rows are valid. It was 50.00%." in result.stdout
        assert "! Scores go up to 100. 1 did not." in result.stdout

    def test_a_warning_is_no_refusal(self, tmp_path: Path) -> None:
        path = tmp_path / NAME
        path.write_text(HEADER + "ada,101,y,Oslo,Oslo,,,,\n")
        result = vf(path)
        assert result.exit_code == 0
        assert "! The quality gate would pass this file with 1 warning." in result.stdout
        assert "! Scores go up to 100. 1 did not." in result.stdout

    @pytest.mark.parametrize("width", [120, 80, 50])
    def test_fits_and_leaves_paths_in_one_piece(self, width: int) -> None:
        kept = [Path("/a/folder/with/a/long/name/in/which/it/all/is/kept", name) for name in KEPT]
        lines = self.rendered(_checked(), width, kept)
        for path in kept:
            assert [line for line in lines if line.endswith(f" {path}")]
        assert all(len(line) <= width for line in lines if "Kept" not in line)

    def test_examples_and_totals_of_a_reason(self) -> None:
        lines = [line.strip() for line in self.rendered(_checked(), 120, [])]
        at = {line.split()[0]: number for number, line in enumerate(lines) if line}
        assert lines[at["bad_email"]].split(None, 2)[1:] == ["1,200", REASONS["bad_email"]]
        assert lines[at["bad_email"] + 1] == "1,201 rows in all: 3, 17, 1004, 20005, 20006, ..."
        assert lines[at["unranked"] + 1] == "Rows 5, 9"

    def test_many_unknown_columns_are_not_all_named(self) -> None:
        checked = _checked(unknown_columns=[f"column{i}" for i in range(40)])
        text = " ".join(" ".join(self.rendered(checked, 80, [])).split())
        assert "40 unknown columns: column0," in text
        assert "column11, ..." in text

    def test_names_are_no_markup(self) -> None:
        text = "\n".join(self.rendered(_checked(campaign_name="[red]x[/red]"), 80, []))
        assert text.startswith("[red]x[/red] ──")

    @staticmethod
    def rendered(checked: Checked, width: int, kept: list[Path]) -> list[str]:
        console = Console(file=io.StringIO(), width=width, record=True)
        render_check(console, checked, kept)
        return [line.rstrip() for line in console.export_text().splitlines()]


class TestProgress:
    def test_rows_are_estimated_from_the_beginning(self, tmp_path: Path) -> None:
        path = tmp_path / "rows.csv"
        path.write_bytes(b"0123456,89\n" * 300_000)
        assert estimated_rows(path) == pytest.approx(300_000, rel=0.01)
        packed = tmp_path / "rows.csv.gz"
        packed.write_bytes(gzip.compress(os.urandom(1_500_000).hex(" ", 50).replace(" ", "\n").encode()))
        assert estimated_rows(packed) == pytest.approx(30_000, rel=0.05)

    def test_nothing_is_estimated_from_nothing(self, tmp_path: Path) -> None:
        path = tmp_path / "rows.csv"
        assert estimated_rows(path) is None
        for content in (b"", b"\x1f\x8bno gzip", b"one line"):
            path.write_bytes(content)
            assert estimated_rows(path) is None

    def test_a_log_sees_no_moving_picture(self, file: Path) -> None:
        log = io.StringIO()
        with watching(Console(file=log, force_terminal=True), file) as watcher:
            watcher.prepared(10)
            watcher.checking()
        assert log.getvalue() == ""


class TestCommand:
    """The command as a process of its own."""

    def test_in_a_script(self, file: Path) -> None:
        command = [str(VF), "check", str(file), "--json"]
        temporary = file.parent / "temporary"
        temporary.mkdir()
        environment = os.environ | {"TMPDIR": str(temporary)}
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
        assert (done.returncode, done.stderr) == (0, "")
        assert json.loads(done.stdout) == FOUND
        assert list(temporary.iterdir()) == []

    def test_on_a_terminal_the_bar_is_on_stderr_and_goes_again(self, file: Path) -> None:
        terminal, end = pty.openpty()
        command = [str(VF), "check", str(file), "--json"]
        environment = os.environ | {"TERM": "xterm-256color", "COLUMNS": "80"}
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=end, env=environment) as process:
            os.close(end)
            drawn = b"".join(iter(lambda: _read(terminal), b""))
            assert process.stdout is not None
            assert json.loads(process.stdout.read()) == FOUND
        os.close(terminal)
        assert b"Checking" in drawn
        assert b"12 rows" in drawn
        assert drawn.rstrip().endswith(b"\x1b[2K")  # the line is erased


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 4096)
    except OSError:  # how Linux says that the other end is closed
        return b""


class _Deaf:
    def prepared(self, rows: int) -> None:
        pass

    def checking(self) -> None:
        pass


def _checked(**changed: Any) -> Checked:
    given: dict[str, Any] = {
        "kind": "scrubbed",
        "campaign_id": "c-1",
        "campaign_name": "The.Tour",
        "scored_at": parse_key(KEY).scored_at,
        "file": CheckedFile(name=NAME, key=KEY, bytes=190_000_000),
        "counts": CheckedCounts(in_=1_000_000, invalid=1_202, duplicate=0, valid=998_798),
        "invalid_by": {"bad_email": 1_200, "unranked": 2},
        "unknown_columns": [],
        "quality": CheckedQuality(verdict="passed", failed=[], critical=0),
        "reasons": [
            ReasonFound(reason="bad_email", rows=1200, applies=1201, examples=[3, 17, 1004, 20005, 20006]),
            ReasonFound(reason="unranked", rows=2, applies=2, examples=[5, 9]),
        ],
        "timing": Timing(prepare_seconds=1.5, gate_seconds=2.25),
    }
    return Checked(**(given | changed))
