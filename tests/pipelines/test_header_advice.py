"""What a person is told of a file whose first lines are not what they should be (SPEC 1)."""

import bz2
import gzip
import lzma
from pathlib import Path

import pytest

from pipelines.errors import InvalidFileError
from tests.pipelines.files import outcome, run

HEADER = b"memberId,email,score,lastName\n"
ROWS = b"m1,,1,Ada\nm2,,2,Bob\n"


def refused(content: bytes) -> str:
    with pytest.raises(InvalidFileError) as error:
        outcome(content, "fanlist")
    return str(error.value)


@pytest.mark.parametrize(
    "first", [b"sep=,\n", b"SEP=,\r\n", b'"sep=,"\r\n', b"\n\nsep=,\n\n", b"\xef\xbb\xbfsep=,\n"]
)
def test_excels_separator_line_is_no_header(first: bytes) -> None:
    prepared, _, _ = outcome(first + HEADER + ROWS, "fanlist")
    assert (prepared.rows_in, prepared.valid) == (2, 2)


@pytest.mark.parametrize(
    ("above", "line"),
    [
        (b"Presale fans\n\n", 3),
        (b"# exported by hand\n# for the presale\n", 3),
        (b"Presale fans,,,\n", 2),
        (b'"Presale, fans"\r\n', 2),
        (b"score\n", 2),
    ],
)
def test_a_header_further_down_is_found(above: bytes, line: int) -> None:
    assert f"Line {line} looks like the file's header" in refused(above + HEADER + ROWS)


@pytest.mark.parametrize(
    "name", [b"sc\xe2\x80\x8bore", b"\xef\xbb\xbfscore", b"score\xc2\xad", b" SCORE\xe2\x80\x8e "]
)
def test_what_nobody_sees_in_a_name_does_not_count(name: bytes) -> None:
    prepared, _, _ = outcome(b"\xef\xbb\xbf\xef\xbb\xbfmemberId," + name + b"\nm1,1\n", "fanlist")
    assert prepared.valid == 1


@pytest.mark.parametrize("name", [b"scor", b"Scores", b"sco-re", b"sco\xe2\x80\x91re", b"s core", b"socre"])
def test_a_name_that_is_nearly_one_is_named(name: bytes) -> None:
    said = refused(b"memberId," + name + b"\nm1,1\n")
    assert "lacks the required column score" in said
    assert f"'{name.decode().strip()}': did you mean score?" in said


def test_what_is_nowhere_near_is_not() -> None:
    assert "did you mean" not in refused(b"memberId,points\nm1,1\n")


def test_separators_are_named_where_a_column_comes_out() -> None:
    for other, words in ((b";", "semicolons"), (b"\t", "tabs"), (b"|", "bars")):
        assert f"separated by {words}" in refused(HEADER.replace(b",", other) + ROWS)
        for first in (b"sep=%s\n", b'"sep=%s"\r\n', b"\xef\xbb\xbfSEP=%s\r\n\r\n"):
            assert f"separated by {words}" in refused((first % other) + (HEADER + ROWS).replace(b",", other))
    assert "tabs" not in refused(b"\x80\t\x81\n\x82\n")


@pytest.mark.parametrize("chunk", [1 << 16, 8 << 20])
def test_a_line_of_a_megabyte_is_named_by_its_number(chunk: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipelines.csv.source.CHUNK_BYTES", chunk)
    rows = b"m,,1,A\n" * 20_000
    assert refused(HEADER + rows + b"m,,1," + b"x" * (1 << 20) + b"\n" + ROWS).startswith(
        "Line 20,002 is longer"
    )


def test_a_header_in_quotes_as_a_whole() -> None:
    assert "The header is in quotes as a whole" in refused(b'"memberId,email,score"\n' + ROWS)


def test_whole_lines_in_quotes() -> None:
    lines = b"".join(b'"%s"\n' % line for line in (HEADER + ROWS).splitlines())
    assert "Each line of the file is in quotes as a whole" in refused(lines)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b'{"memberId": "m1", "score": 1}\n', "JSON"),
        (b'[\n {"memberId": "m1"}\n]', "JSON"),
        (b"<!DOCTYPE html>\n<html><body>Sign in</body></html>\n", "a web page"),
        (b'<?xml version="1.0"?>\n<Error><Code>AccessDenied</Code></Error>', "an error message of S3"),
        (b'<?xml version="1.0"?>\n<fans/>', "XML"),
        (b" \n <fans><fan/></fans>", "XML"),
        (b"{}", "JSON"),
        (b"%PDF-1.7\n", "a PDF document"),
        (b"{\\rtf1 scores}", "a rich-text document"),
        (b"\xff\xfe\x00\x00m\x00\x00\x00", "UTF-32 text"),
        (b"\x04\x22\x4d\x18" + b"\t" * 50, "packed with lz4"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 500, "an old Excel workbook"),
        (b"\x28\xb5\x2f\xfd" + b"\0x" * 50, "packed with zstd"),
        (bz2.compress(HEADER + ROWS), "packed with bzip2"),
        (lzma.compress(HEADER + ROWS), "packed with xz"),
        (b"7z\xbc\xaf\x27\x1c" + b"\0" * 50, "a 7z archive"),
        ("memberId,score\n".encode("cp037"), "EBCDIC text"),
        ("SCORE,MEMBERID\n".encode("cp500"), "EBCDIC text"),
        (gzip.compress(HEADER + ROWS, mtime=0), "a gzip file without '.gz'"),
    ],
)
def test_another_format_is_named(content: bytes, words: str) -> None:
    said = refused(content)
    assert f"The file is {words}" in said
    assert "CSV: " in said or "'.csv.gz'" in said


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (gzip.compress(gzip.compress(HEADER + ROWS, mtime=0), mtime=0), "gzip inside gzip"),
        (gzip.compress(HEADER + ROWS, mtime=0) + b"garbage", "other bytes after the end of its gzip"),
        (gzip.compress(HEADER + ROWS, mtime=0)[:-9], "gzip is cut off"),
        (gzip.compress(HEADER + ROWS, mtime=0)[:-8] + b"\0" * 8, "gzip is damaged"),
        (b"PK\x03\x04" + b"\0" * 50, "ends in '.gz', but the file is a ZIP archive"),
        (HEADER + ROWS, "ends in '.gz', but the file is no gzip"),
    ],
)
def test_gzip_that_is_not_only_that(content: bytes, words: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidFileError, match=words):
        run(content, tmp_path, suffix=".csv.gz", kind="fanlist")
