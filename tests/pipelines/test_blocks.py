"""Cutting bytes at records, whatever the chunks that they come in."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.csv import blocks
from pipelines.errors import InvalidFileError
from tests.pipelines.files import outcome, run, tables, to_csv


def chunks(content: bytes, size: int) -> list[bytes]:
    return [content[i : i + size] for i in range(0, len(content), size)]


@given(tables(), st.integers(1, 40), st.integers(1, 60))
def test_blocks_hold_whole_records_and_all_bytes(
    table: tuple[list[str], list[list[str]]], chunk: int, block: int
) -> None:
    content = to_csv(*table)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(blocks, "BLOCK_BYTES", block)
        line, rest = blocks.split_header(iter(chunks(content, chunk)))
        found = list(blocks.blocks(rest, len(table[0])))
    assert line.text + b"".join(found) == content
    rows = [row for piece in found for row in csv.reader(io.StringIO(piece.decode(), newline=""))]
    assert rows == list(csv.reader(io.StringIO(content.decode(), newline="")))[1:]


@given(tables(), st.integers(1, 200))
def test_size_of_blocks_does_not_show(table: tuple[list[str], list[list[str]]], block: int) -> None:
    content = to_csv(*table)
    whole = outcome(content + b"u1,1,1,x,y\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(blocks, "BLOCK_BYTES", block)
        patch.setattr("pipelines.csv.source.CHUNK_BYTES", block)
        cut = outcome(content + b"u1,1,1,x,y\n")
    assert [cut[0].rows_in, *cut[1:]] == [whole[0].rows_in, *whole[1:]]


def test_stray_quotes_across_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "BLOCK_BYTES", 40)
    monkeypatch.setattr("pipelines.csv.source.CHUNK_BYTES", 20)
    head = "globalUserId,score,isVerified,hbase,marketPreferences\n"
    rows = [
        f'u{i:02d},{i},true,5"paris,5"paris\n' if i % 3 else f'u{i:02d},{i},t,5"paris,p|5"paris|"\n'
        for i in range(30)
    ]
    prepared, records, _ = outcome((head + "".join(rows)).encode())
    assert prepared.rows_in == 30
    assert sorted(record["globalUserId"] for record in records) == [f"u{i:02d}" for i in range(30)]


def test_header_of_several_lines_and_without_an_end() -> None:
    line, rest = blocks.split_header(iter(chunks(b'\xef\xbb\xbf\r\n"a\nb",c\nd,e', 3)))
    assert line == blocks.HeaderText(b'"a\nb",c\n', 3)
    assert b"".join(rest) == b"d,e"
    with pytest.raises(InvalidFileError, match="unterminated quote"):
        blocks.split_header(iter([b'"a,b\n']))


FANLIST = b"memberId,email,score,"


@pytest.mark.parametrize("header", [b'in"', b'l"atname', b'6""', b'"in ""x""" out', b"lat\rname"])
@pytest.mark.parametrize("size", [3, 1000])
def test_a_stray_quote_in_the_header_is_a_character(header: bytes, size: int) -> None:
    rows = b'm1,,1,\nm2,,2,\nm3,,3,5"\nm4,,4,\n'
    text, rest = blocks.split_header(iter(chunks(FANLIST + header + b"\n" + rows, size)))
    assert text == blocks.HeaderText(FANLIST + header + b"\n", 1)
    assert b"".join(rest) == rows


@pytest.mark.parametrize("ending", [b"\n", b"\r\n"])
@pytest.mark.parametrize(
    "swallowed",
    [
        [b'"in', b"m1,,1,", b'm2,,2,5"'],
        [b'"in', b'm1",,1,'],
        [b'"in', b"m1,,1,", b'm2,"",2,', b'm3,,3"'],
    ],
)
def test_rows_are_no_part_of_the_header(swallowed: list[bytes], ending: bytes) -> None:
    content = FANLIST + ending.join([*swallowed, b"m8,,8,", b"m9,,9,", b""])
    with pytest.raises(InvalidFileError, match="header's column 4 closes only"):
        outcome(content, "fanlist")


def test_a_name_of_several_lines_is_one() -> None:
    prepared, records, _ = outcome(FANLIST + b'"note\n(free text)"\n\nm1,,1,\nm2,,2,x\n', "fanlist")
    assert (prepared.rows_in, prepared.unknown_columns) == (2, ["note\n(free text)"])
    assert {record["memberId"] for record in records} == {"m1", "m2"}


@pytest.mark.parametrize("lines", [0, 2])
def test_a_line_that_nobody_reads_is_noticed(
    lines: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    whole = blocks.split_header

    def swallows_a_line(content: Iterator[bytes]) -> tuple[blocks.HeaderText, Iterator[bytes]]:
        header, rest = whole(content)
        return header, iter([b"".join(rest).split(b"\n", lines)[-1]])

    monkeypatch.setattr(blocks, "split_header", swallows_a_line)
    prepared = run(b"memberId,score\nm1,1\nm2,2\nm3,3\n", tmp_path, kind="fanlist")
    assert prepared.unaccounted["lines"] == lines
