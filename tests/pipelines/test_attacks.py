"""Hostile files are refused in one sentence, or read, within the memory that Prepare has.

Cannot see: how long AWS would take; Prepare's timeout bounds that.
"""

import json
import subprocess
import sys

import pytest

from pipelines.csv import blocks
from pipelines.errors import InvalidFileError
from tests.pipelines.attack import ATTACKS
from tests.pipelines.files import outcome

# A third of what the function has, and of that the files themselves, which are made in the same process.
_MOST_BYTES = 3 << 30
_SAID = {
    "a field of 100 MB": "Line 3 is longer than 1,048,576 bytes",
    "a quoted field of 100 MB": "Line 3 is longer than 1,048,576 bytes",
    "a field of 100 MB in many lines": "unterminated quote",
    "a header of 100,000 columns": "The header has 100,006 columns, and the limit is 1,000",
    "a header of 100 MB": "Line 1 is longer than 1,048,576 bytes",
    "a header of 100 MB in many lines": "The header holds an unterminated quote",
    "a header that never begins": "The file is empty",
    "rows of a million fields": "1 valid, {'malformed_row': 16}",
    "32 million blank lines": "2 valid, {}",
    "a gzip bomb": "of gzip unpack to more than 29",
}


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_is_bounded(name: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.pipelines.attack", name], capture_output=True, text=True, check=True
    )
    found = json.loads(done.stdout)
    assert _SAID[name] in found["text"]
    assert found["outcome"] == ("read" if " valid, " in _SAID[name] else "refused")
    assert found["peak"] < _MOST_BYTES


@pytest.mark.parametrize("size", [1, 3, 7, 10, 11, 64])
@pytest.mark.parametrize("last", [b"", b"\n", b"\nab"])
def test_the_longest_line_passes_and_a_longer_one_does_not(
    size: int, last: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blocks, "LONGEST_LINE", 10)
    for before in (b"", b"a\n", b"\n\n", b"abcdefghij\n", b"abc\nabcdef\n"):
        for length in range(8, 14):
            content = before + b"x" * length + last
            pieces = iter([content[i : i + size] for i in range(0, len(content), size)])
            if length <= 10:
                assert b"".join(blocks.LineCount().of(pieces)) == content
            else:
                with pytest.raises(InvalidFileError, match=f"Line {before.count(10) + 1} is longer"):
                    list(blocks.LineCount().of(pieces))


def test_quotes_that_close_where_others_open_are_followed_for_a_while(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("pipelines.csv.blocks.BLOCK_BYTES", 16)
    monkeypatch.setattr("pipelines.csv.source.CHUNK_BYTES", 16)
    content = b"memberId,score\n" + b'm"1,"x\n' * 20 + b'y"\n'
    assert outcome(content, "fanlist")[0].rows_in == 1
    monkeypatch.setattr("pipelines.csv.scan.MOST_PENDING", 100)
    with pytest.raises(InvalidFileError, match=r"an unterminated quote, opened in line 1\d"):
        outcome(content, "fanlist")


def test_cells_that_are_formulas_or_pages_stay_text() -> None:
    """Records are JSON and Parquet, in which no cell is run; a report escapes what it shows."""
    hostile = ["=cmd|' /C calc'!A0", "@SUM(1+1)", "+1+1", "-2+3", "<script>alert(1)</script>", "{{7*7}}"]
    rows = "".join(f'u{i},1,yes,oslo,oslo,"{cell}"\n' for i, cell in enumerate(hostile))
    _, records, _ = outcome(
        f"globalUserId,score,isVerified,hbase,marketPreferences,firstName\n{rows}".encode()
    )
    assert [record["firstName"] for record in records] == hostile


def test_blocks_of_few_cells_hold_all_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "MOST_CELLS", 10)
    content = b'a,b\n"c\n\n",d\n' * 3 + b"a,b\n\n\nc\n" * 5
    found = list(blocks.blocks(iter([content]), 2))
    assert b"".join(found) == content
    assert max(piece.count(b"\n") for piece in found) <= 10 / 2
    assert len(list(blocks.blocks(iter([content]), 1))) < len(found)
