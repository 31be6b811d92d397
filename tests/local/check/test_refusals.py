import gzip
import json
import os
from pathlib import Path

import pytest
from typer.testing import Result

from tests.local.check.checking import CONTENT, HEADER, NAME, vf


class TestRefusals:
    @pytest.mark.parametrize(
        ("content", "message"),
        [
            (b"", "The file is empty: upload it again with a header and rows."),
            (HEADER.encode(), "The file has a header but no rows: upload it again with its rows."),
            (b"PK\x03\x04rest", "The file is a ZIP archive (an Excel workbook is one), not CSV"),
            (b"globalUserId,score\r1,2\r", "lines end in a carriage return alone"),
            (
                b"globalUserId;score;isVerified\n1;2;y\n",
                "separated by semicolons: save the file with commas instead",
            ),
            (b"globalUserId\tscore\n1\t2\n", "separated by tabs"),
            (b"globalUserId,email\na,b\n", "required columns score, isVerified, hbase, marketPreferences:"),
            ((HEADER + 'ada,"80,y,Oslo,Oslo,,,,\n').encode(), "unterminated quote, opened in line 2: close"),
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
        assert json.loads(result.stdout)["error"]["name"] == "InvalidFile"
        assert not out.parent.exists()

    def test_what_is_no_gzip(self, tmp_path: Path) -> None:
        path = tmp_path / f"{NAME}.gz"
        path.write_text(CONTENT)
        self.is_one_sentence(vf(path), "but the file is no gzip: compress it")

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
            ("fanlist/scored/c-1/yesterday.csv", "'yesterday' is not an ISO-8601"),
        ],
    )
    def test_a_key_that_is_none(self, file: Path, key: str, message: str) -> None:
        self.is_one_sentence(vf(file, "--key", key), message)

    @pytest.mark.parametrize(
        ("name", "message"),
        [
            (
                "export.csv",
                "give --kind and --campaign, or its S3 key with --key, as scrubbed/registrants.",
            ),
            ("2026-02-13T100000.csv", "or fanlist/scored/<campaignId>/<dateTime>.csv[.gz]."),
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
        if result.stdout:  # with --json
            assert message in json.loads(result.stdout)["error"]["message"]
        assert message in result.stderr
        assert result.stderr.count("\n") == 1
        assert "Traceback" not in result.stderr
