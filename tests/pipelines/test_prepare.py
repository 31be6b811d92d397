"""Prepare over whole files: refusals, dialect, counts, partitions. Cannot see: S3 (tests/end_to_end)."""

import gzip
from pathlib import Path

import polars as pl
import pytest

from pipelines.errors import InvalidFileError
from pipelines.schema import RECORD_SCHEMA, REJECTED_SCHEMA
from tests.pipelines.files import HEADER, outcome, records_of, run

HEAD = ",".join(HEADER) + "\n"
ROW = "u1,5,true,Paris,Oslo|Paris\n"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        (b"\r\n\n\r\n", "empty"),
        (HEAD.encode(), "no rows"),
        (HEAD.strip().encode(), "no rows"),
        (HEAD.encode() + b"\n", "no rows"),
        (HEAD.encode() + b"\n\r\n", "no rows"),
        (b"globalUserId,hbase\nu1,x\n", "score, isVerified, marketPreferences"),
        (b"globalUserId,score,isVerified,hbase\nu1,1,1,x\n", "column marketPreferences"),
        ((HEAD + 'u1,"5,true,Paris,Paris\nu2,5,true,Paris,Paris\n').encode(), "unterminated quote"),
        ((HEAD + ROW + 'u1,5,true,Paris,"Paris').encode(), "unterminated quote"),
        (('"' + HEAD + ROW).encode(), "unterminated quote"),
        ((HEAD + 'u1,5,true,Paris,"' + "x" * 200_000 + "\n").encode(), "unterminated quote"),
        ((HEAD + ROW + "u2,\0,true,Paris,Paris\n").encode(), "NUL"),
        (b"PK\x03\x04" + b"x" * 50, "ZIP"),
        (b"PAR1" + b"x" * 50, "Parquet"),
        (gzip.compress(b"a,b\n", mtime=0), "gzip"),
        ((HEAD + ROW).encode("utf-16"), "UTF-16"),
    ],
)
def test_refuses_whole_files_and_leaves_nothing(content: bytes, words: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidFileError, match=words) as refusal:
        run(content, tmp_path)
    assert refusal.value.code == "InvalidFile"
    assert [path.name for path in tmp_path.iterdir()] == ["in.csv"]


@pytest.mark.parametrize(
    "content",
    [
        b"plain text",
        gzip.compress((HEAD + ROW).encode(), mtime=0)[:-9],
        gzip.compress(b"a" * 99, mtime=0)[:12],
    ],
)
def test_refuses_what_is_no_whole_gzip(content: bytes, tmp_path: Path) -> None:
    with pytest.raises(InvalidFileError, match="gzip"):
        run(content, tmp_path, suffix=".csv.gz")


def test_gzip_reads_as_plain(tmp_path: Path) -> None:
    content = (HEAD + ROW * 3).encode()
    in_two_members = gzip.compress(content[:40]) + gzip.compress(content[40:])
    for name in ("plain", "packed"):
        (tmp_path / name).mkdir()
    plain = run(content, tmp_path / "plain")
    packed = run(in_two_members, tmp_path / "packed", suffix=".csv.gz")
    assert records_of(packed) == records_of(plain)
    assert packed.duplicate == 2


def test_counts_partitions_and_types(tmp_path: Path) -> None:
    lines = "".join(f"u{i % 7},{i},yes,Paris,Oslo|Paris\n" for i in range(10)) + "u9,-1,maybe,Rome,Oslo\n"
    prepared = run((HEAD + lines).encode(), tmp_path)
    assert (prepared.rows_in, prepared.invalid, prepared.duplicate, prepared.valid) == (11, 1, 3, 7)
    assert prepared.invalid_by == {"bad_score": 1}
    assert [(p.partition, p.records) for p in prepared.partitions] == [(0, 3), (1, 3), (2, 1)]
    assert [Path(p.uri).name for p in prepared.partitions] == [f"part-0000{i}.parquet" for i in range(3)]
    assert pl.read_parquet_schema(prepared.partitions[0].uri) == RECORD_SCHEMA
    assert pl.read_parquet_schema(tmp_path / "rejected.parquet") == REJECTED_SCHEMA
    assert len({record["globalUserId"] for record in records_of(prepared)}) == 7


def test_nothing_valid_makes_no_partition_but_rejects(tmp_path: Path) -> None:
    prepared = run((HEAD + "u1,x,true,Paris,Paris\n").encode(), tmp_path)
    assert prepared.partitions == []
    assert pl.read_parquet(tmp_path / "rejected.parquet").height == 1


def test_header_travels_with_the_rejects(tmp_path: Path) -> None:
    run((HEAD + ROW).encode(), tmp_path)
    assert pl.read_parquet_metadata(tmp_path / "rejected.parquet")["header"] == str(HEADER).replace("'", '"')


def test_every_reason_that_applies_is_listed_in_order() -> None:
    content = (
        HEAD.strip() + ",campaignId,email,accountScore\n"
    ).encode() + b" ,-1,maybe,Rome,Oslo,other,a@b,nan\xff,surplus\n"
    prepared, records, rejected = outcome(content)
    assert rejected == [
        {
            "rowNumber": 1,
            "lineNumber": 2,
            "reasons": [
                "malformed_row",
                "bad_encoding",
                "campaign_mismatch",
                "missing_id",
                "bad_score",
                "bad_verified_flag",
                "bad_number",
                "bad_email",
                "unranked",
            ],
            "raw": [" ", "-1", "maybe", "Rome", "Oslo", "other", "a@b", "nan\\xff", "surplus"],
        }
    ]
    assert prepared.invalid_by == {"malformed_row": 1}
    assert records == []


def test_winner_events_and_tags() -> None:
    content = (
        "globalUserId,score,isVerified,hbase,marketPreferences,tags,firstName,tags\n"
        "u1,5,true,Oslo,Oslo|Paris|Rome, b |a,First,c\n"
        "u1,9,false,ROME,Oslo|Paris|Rome,z|b,Best,\n"
        "u1,7,true,Oslo Süd,Oslo Süd|Paris,,Second,a|y\n"
    )
    _, records, _ = outcome(content.encode())
    (record,) = records
    assert record["events"] == ["oslo süd", None, "rome"]
    assert record["tags"] == ["z", "b", "a", "y", "c"]
    assert (record["rank"], record["hbase"], record["score"]) == (0, "rome", 9.0)
    assert (record["firstName"], record["isVerified"]) == ("Best", False)


def test_tie_goes_to_the_better_rank_and_then_to_the_earlier_row() -> None:
    rows = "u1,5,true,Rome,Oslo|Rome\nu1,5.0,true,Oslo,Oslo|Rome\nu1,5,false,Oslo,Oslo|Rome\n"
    _, records, _ = outcome((HEAD + rows).encode())
    assert [(record["hbase"], record["isVerified"]) for record in records] == [("oslo", True)]


def test_replacement_character_is_valid_text_but_a_bad_byte_is_not() -> None:
    content = (HEAD + "u\ufffd,1,true,Oslo,Oslo\n").encode() + b"u2,1,true,Oslo\xff,Oslo\n"
    _, records, rejected = outcome(content)
    assert [record["globalUserId"] for record in records] == ["u\ufffd"]
    assert rejected[0]["reasons"] == ["bad_encoding", "unranked"]


def test_what_surrounds_an_address_is_taken_off_where_it_shows_once_text_is_composed() -> None:
    content = HEAD.strip() + ",email\nu1,1,true,Oslo,Oslo,\u037ea@b.co\n"
    prepared, records, _ = outcome(content.encode())
    assert records[0]["email"] == "a@b.co"
    assert sorted(prepared.recognised) == ["decomposedText", "wrappedAddresses"]


def test_repeated_header_is_not_confused_with_a_column_that_looks_renamed() -> None:
    content = HEAD.strip() + ",email,email,email_duplicated_0\nu1,1,true,Oslo,Oslo, ,B@c.de,x@y.zz\n"
    prepared, records, _ = outcome(content.encode())
    assert records[0]["email"] == "b@c.de"
    assert prepared.unknown_columns == ["email_duplicated_0"]


def test_blank_lines_have_no_number_but_a_row_of_commas_has() -> None:
    content = "\n\n" + HEAD + "\n,,,,\r\n\r\n\n  \nu1,x,true,Oslo,Oslo\n"
    prepared, _, rejected = outcome(content.encode())
    assert prepared.rows_in == 3
    assert [row["rowNumber"] for row in rejected] == [1, 2, 3]
    assert [row["raw"] for row in rejected] == [[""] * 5, ["  "], ["u1", "x", "true", "Oslo", "Oslo"]]


def test_every_surplus_field_is_kept() -> None:
    for count in (1, 4, 20, 500):
        surplus = [""] * count
        _, _, rejected = outcome((HEAD + ROW + "u2,1,true,Oslo,Oslo" + "," * count + "\n" + ROW).encode())
        assert rejected[0]["reasons"] == ["malformed_row"]
        assert rejected[0]["raw"][5:] == surplus


def test_a_very_wide_header() -> None:
    names = ",".join(f"x{i}" for i in range(995))
    cells = "," * 994
    prepared, records, rejected = outcome(
        f"{HEAD.strip()},{names}\nu1,1,true,Oslo,Oslo,{cells}\nu2\n".encode()
    )
    assert (len(records), len(prepared.unknown_columns)) == (1, 995)
    assert rejected[0]["raw"] == ["u2"]
