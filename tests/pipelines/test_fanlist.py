"""Fanlists: by hand, against the plain-Python reference, and what holds for any. Cannot see: S3, size."""

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipelines.errors import InvalidFileError
from pipelines.schema import FANLIST_FILE_COLUMNS, FANLIST_RECORD_SCHEMA, REJECTED_SCHEMA
from tests.pipelines import reference_fanlist
from tests.pipelines.files import (
    FANLIST_HEADER,
    STAMP,
    every_column,
    hostile_files,
    last_row,
    outcome,
    run,
    tables,
    to_csv,
)
from tests.pipelines.reference import RefusedError
from tests.pipelines.test_against_reference import comparable

HEAD = "globalUserId,memberId,email,score,firstName,tags\n"
Table = tuple[list[str], list[list[str]]]


def _records(*rows: str, head: str = HEAD) -> list[dict[str, Any]]:
    return outcome((head + "\n".join(rows) + "\n").encode(), "fanlist")[1]


def _by_identifier(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(records, key=reference_fanlist.identifier)


@pytest.mark.parametrize(
    ("cells", "identified"),
    [
        ("u1,m1,A@b.co", ("globalUserId", "u1")),
        (" ,m1,A@b.co", ("memberId", "m1")),
        (",, Ann@B.Co ", ("email", "ann@b.co")),
        ("u1,,", ("globalUserId", "u1")),
    ],
)
def test_a_fan_is_known_by_the_first_identifier_there_is(cells: str, identified: tuple[str, str]) -> None:
    (record,) = _records(f"{cells},5,,")
    assert reference_fanlist.identifier(record) == identified


def test_an_address_that_is_none_rejects_only_where_it_is_the_identifier() -> None:
    prepared, records, rejected = outcome((HEAD + "u1,,no,1,,\n,m1,no,1,,\n,,no,1,,\n").encode(), "fanlist")
    assert [(r["globalUserId"], r["memberId"], r["email"]) for r in _by_identifier(records)] == [
        ("u1", None, None),
        (None, "m1", None),
    ]
    assert [(row["rowNumber"], row["reasons"]) for row in rejected] == [(3, ["bad_email"])]
    assert rejected[0]["raw"][2] == "no"
    assert prepared.invalid_by == {"bad_email": 1}


def test_the_highest_score_wins_and_then_the_earlier_row() -> None:
    rows = [",,a@b.co,5,Low,x|y", ",,A@B.CO,9,First,z|y", ",,a@b.co,9.0,Second,x|w"]
    (record,) = _records(*rows)
    assert (record["firstName"], record["score"]) == ("First", 9.0)
    assert record["tags"] == ["z", "y", "x", "w"]


def test_the_same_text_as_another_kind_of_identifier_is_another_fan() -> None:
    assert len(_records("x@y.zz,,,1,,", ",x@y.zz,,1,,", ",,x@y.zz,1,,")) == 3


def test_a_fan_with_two_identifiers_is_known_by_one() -> None:
    """The contract's identifier is the first present: rows are not joined by the others."""
    assert len(_records("u1,m1,,1,,", ",m1,,2,,", "u1,m2,,3,,")) == 2


def test_only_the_identifier_that_is_used_can_be_a_bad_one() -> None:
    rows = [f'{good},"a\x02b",no,1,,' for good in ("u1", "u2")] + [
        ',"a\x02b",c@d.co,1,,',
        f",,{'x' * 1020}@y.zz,1,,",
    ]
    _, records, rejected = outcome((HEAD + "\n".join(rows) + "\n").encode(), "fanlist")
    assert [record["globalUserId"] for record in records] == ["u1", "u2"]
    assert [(row["rowNumber"], row["reasons"]) for row in rejected] == [(3, ["bad_id"]), (4, ["bad_id"])]


def test_every_reason_that_applies_is_listed_in_order() -> None:
    content = b'score,email,campaignId\n-1,a@b,other\xff,surplus\n,,\n"",a\x01b,\n'
    rejected = outcome(content, "fanlist")[2]
    assert [row["reasons"] for row in rejected] == [
        ["malformed_row", "bad_encoding", "campaign_mismatch", "bad_score", "bad_email"],
        ["missing_id", "bad_score"],
        ["bad_id", "bad_score", "bad_email"],
    ]


@pytest.mark.parametrize(
    ("head", "words"),
    [
        ("firstName,tags", r"columns score, identifier \(one of globalUserId, memberId, email\)"),
        ("memberId,tags", "required column score:"),
        ("score,tags", r"column identifier \(one of globalUserId, memberId, email\):"),
    ],
)
def test_missing_columns_are_all_named(head: str, words: str) -> None:
    with pytest.raises(InvalidFileError, match=words):
        outcome(f"{head}\na,b\n".encode(), "fanlist")


@pytest.mark.parametrize("only", ["globalUserId", "memberId", "email"])
def test_one_identifier_column_is_enough(only: str) -> None:
    (record,) = _records("a@b.co,1", head=f"{only},score\n")
    assert record[only] == "a@b.co"


def test_columns_of_scrubbed_files_are_unknown_here() -> None:
    prepared, _, _ = outcome(b"score,email,hbase,isVerified,phoneNumber\n1,a@b.co,,,\n", "fanlist")
    assert prepared.unknown_columns == ["hbase", "isVerified", "phoneNumber"]


def test_partitions_and_types(tmp_path: Path) -> None:
    rows = "".join(f",m{i % 7},,{i},,\n" for i in range(10))
    prepared = run((HEAD + rows).encode(), tmp_path, kind="fanlist")
    assert (prepared.rows_in, prepared.invalid, prepared.duplicate, prepared.valid) == (10, 0, 3, 7)
    assert [p.records for p in prepared.partitions] == [3, 3, 1]
    assert pl.read_parquet_schema(prepared.partitions[0].uri) == FANLIST_RECORD_SCHEMA
    assert pl.read_parquet_schema(tmp_path / "rejected.parquet") == REJECTED_SCHEMA


@example(every_column(FANLIST_FILE_COLUMNS))
@given(hostile_files(required=FANLIST_HEADER))
def test_agrees_with_the_reference_on_hostile_files(content: bytes) -> None:
    try:
        expected = reference_fanlist.prepare(content, STAMP.campaign_id)
    except RefusedError:
        with pytest.raises(InvalidFileError):
            outcome(content, "fanlist")
        return
    prepared, records, rejected = outcome(content, "fanlist")
    assert prepared.unknown_columns == expected.unknown
    assert prepared.rows_in == expected.rows_in
    assert [(row["rowNumber"], row["reasons"]) for row in rejected] == expected.rejected
    assert _by_identifier(records) == _by_identifier(expected.records)
    raw = {row["rowNumber"]: row["raw"] for row in rejected}
    assert raw == {number: comparable(cells) for number, cells in expected.raw.items()}
    assert prepared.duplicate == expected.duplicate
    assert prepared.invalid_by == expected.invalid_by


def _unless_blank(table: Table, check: Callable[[bytes], None]) -> None:
    header, rows = table
    if any("".join(row) or len(row) > 1 for row in rows):
        check(to_csv(header, rows))


@given(tables(required=FANLIST_HEADER))
def test_counts_add_up_and_no_row_is_lost(table: Table) -> None:
    def check(content: bytes) -> None:
        prepared, records, rejected = outcome(content, "fanlist")
        assert prepared.rows_in == prepared.invalid + prepared.duplicate + prepared.valid
        assert prepared.valid == len(records) == len({reference_fanlist.identifier(r) for r in records})
        assert prepared.invalid == len(rejected) == sum(prepared.invalid_by.values())

    _unless_blank(table, check)


@given(tables(min_rows=2, required=FANLIST_HEADER), st.randoms(use_true_random=False))
def test_order_of_rows_matters_for_ties_only(table: Table, shuffler: random.Random) -> None:
    header, rows = table
    header = [name for name in header if name.strip().lower() != "score"]
    scored = [[*(row + [""] * len(header))[: len(header)], str(n)] for n, row in enumerate(rows)]
    header = [*header, "score"]
    first = outcome(to_csv(header, [*scored, last_row(header)]), "fanlist")
    shuffler.shuffle(scored)
    second = outcome(to_csv(header, [*scored, last_row(header)]), "fanlist")
    assert first[1] == second[1]
    assert first[0].duplicate == second[0].duplicate


@given(tables(required=FANLIST_HEADER))
def test_records_fed_back_in_come_out_the_same(table: Table) -> None:
    def check(content: bytes) -> None:
        _, records, _ = outcome(content, "fanlist")
        if not records:
            return
        names = list(FANLIST_RECORD_SCHEMA.names())
        again = [["|".join(r[n]) if isinstance(r[n], list) else str(r[n] or 0) if n == "score" else r[n] or ""
                  for n in names] for r in records]  # fmt: skip
        prepared, second, _ = outcome(to_csv(names, [*again, last_row(names)]), "fanlist")
        assert prepared.invalid == prepared.duplicate == 0
        assert [record for record in second if record["memberId"] != "zz"] == records

    _unless_blank(table, check)
