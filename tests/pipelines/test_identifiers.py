"""What Prepare sees of identifiers, and files that no partition and no bucket of the usual size holds."""

import random
from pathlib import Path

import polars as pl
import pytest

from local.stack.packaging import ROOT
from pipelines import sinks
from pipelines.identifiers import Identifiers
from pipelines.keys import Kind
from pipelines.shuffle import buckets
from tests.pipelines.files import FANLIST_HEADER, HEADER, outcome, records_of, run, to_csv

_MARKETS = ["Oslo", "Rome", "Paris"]


def _rows(fans: list[str]) -> bytes:
    table = [
        [fan, str(number), "yes", market, "|".join(_MARKETS), f"t{number}|u"]
        for number, fan in enumerate(fans)
        for market in [_MARKETS[number % 3]]
    ]
    return to_csv([*HEADER, "tags"], table)


def test_the_most_rows_of_a_fan_and_where_they_stand() -> None:
    prepared, _, _ = outcome(_rows(["a", "b", *["c"] * 7, "b"]))
    assert prepared.identifiers == Identifiers(7, [3, 4, 5, 6, 7], markets=3, most_rows_lines=[4, 5, 6, 7, 8])


@pytest.mark.parametrize("word", ["unknown", "none", "0", "test"])
def test_placeholders_are_seen_in_any_case(word: str) -> None:
    prepared, _, _ = outcome(_rows(["a", word.upper(), "b", f" {word} ", f"{word}x"]))
    assert (prepared.identifiers.placeholders, prepared.identifiers.placeholders_at) == (2, [2, 4])


def test_lines_are_the_files_own_behind_blank_lines_and_fields_with_breaks() -> None:
    rows = ["a,1,yes,Oslo,Oslo,t", "", 'b,2,yes,Oslo,Oslo,"one\ntwo"', "test,3,yes,Oslo,Oslo,t", "", ""]
    content = "\n".join([",".join([*HEADER, "tags"]), *rows, "test,4,yes,Oslo,Oslo,t"])
    prepared, _, _ = outcome(content.encode())
    seen = prepared.identifiers
    assert (seen.placeholders_at, seen.placeholders_lines) == ([3, 4], [6, 9])
    assert (seen.most_rows_at, seen.most_rows_lines) == ([3, 4], [6, 9])
    assert prepared.lines.of([1, 2, 3, 4]) == [2, 4, 6, 9]


def test_of_a_fanlist_the_identifier_that_counts_is_looked_at() -> None:
    rows = [["unknown", "", "1"], ["m2", "a@b.co", "2"], ["None", "a@b.co", "3"], ["", "a@b.co", "4"]]
    prepared, _, _ = outcome(to_csv(FANLIST_HEADER, rows), kind="fanlist")
    assert prepared.identifiers == Identifiers(
        2, [3, 4], placeholders=1, placeholders_at=[1], most_rows_lines=[4, 5], placeholders_lines=[2]
    )


def test_nothing_accepted_has_no_identifiers() -> None:
    prepared, _, _ = outcome(to_csv(HEADER, [["a", "x", "", "", ""]]))
    assert prepared.identifiers.most_rows == 0


def test_many_buckets_and_small_partitions_hold_the_same_records(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = _rows([f"f{random.Random(n).randrange(40)}" for n in range(200)])
    for name in ("usual", "small"):
        (tmp_path / name).mkdir()
    usual = run(content, tmp_path / "usual", partition_rows=50)
    for module, limit in (
        (buckets, "BUCKET_CELLS"),
        (buckets, "_WAITING_BYTES"),
        (sinks, "_PARTITION_BYTES"),
    ):
        monkeypatch.setattr(module, limit, 300)
    small = run(content, tmp_path / "small", partition_rows=50)
    assert records_of(small) == records_of(usual)
    assert (small.duplicate, small.identifiers) == (usual.duplicate, usual.identifiers)
    assert len(small.partitions) > 3 * len(usual.partitions)
    assert sum(part.records for part in small.partitions) == small.valid
    # One record is never cut, however large.
    assert max(pl.read_parquet(part.uri).height for part in small.partitions) < 5


@pytest.mark.parametrize("kind", ["scrubbed", "fanlist"])
def test_every_row_of_a_file_begins_in_its_line(kind: Kind) -> None:
    content = (ROOT / "samples" / f"{kind}.csv").read_bytes()
    # A blank line, and a field with a break, in front of what the sample holds.
    header, _, rows = content.partition(b"\n")
    prepared, _, rejected = outcome(header + b'\n\n"x\ny"\n' + rows, kind=kind)
    at = sorted((row["rowNumber"], row["lineNumber"]) for row in rejected)
    assert prepared.lines.of([row for row, _ in at]) == [line for _, line in at]
    assert at[0] == (1, 3)
    assert prepared.lines.of([prepared.rows_in]) == [content.count(b"\n") + 3]
