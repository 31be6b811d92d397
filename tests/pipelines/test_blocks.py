"""Cutting bytes at records, whatever the chunks that they come in."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines import blocks
from pipelines.errors import InvalidFileError
from tests.pipelines.files import outcome, tables, to_csv


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
    assert line + b"".join(found) == content
    rows = [row for piece in found for row in csv.reader(io.StringIO(piece.decode(), newline=""))]
    assert rows == list(csv.reader(io.StringIO(content.decode(), newline="")))[1:]


@given(tables(), st.integers(1, 200))
def test_size_of_blocks_does_not_show(table: tuple[list[str], list[list[str]]], block: int) -> None:
    content = to_csv(*table)
    whole = outcome(content + b"u1,1,1,x,y\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(blocks, "BLOCK_BYTES", block)
        patch.setattr("pipelines.score_file.CHUNK_BYTES", block)
        cut = outcome(content + b"u1,1,1,x,y\n")
    assert [cut[0].rows_in, *cut[1:]] == [whole[0].rows_in, *whole[1:]]


def test_stray_quotes_across_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "BLOCK_BYTES", 40)
    monkeypatch.setattr("pipelines.score_file.CHUNK_BYTES", 20)
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
    assert line == b'"a\nb",c\n'
    assert b"".join(rest) == b"d,e"
    with pytest.raises(InvalidFileError, match="unterminated quote"):
        blocks.split_header(iter([b'"a,b\n']))
