"""Hostile files, as Hypothesis strategies, and a run of the pipeline over bytes."""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl
from hypothesis import strategies as st

from pipelines.keys import Kind
from pipelines.prepare import Prepared, Stamp, prepare_fanlist, prepare_scrubbed
from pipelines.schema import Column
from tests.pipelines.odd_cells import (
    BAD_IDS,
    BAD_NUMBERS,
    MARKETS,
    NUMBERS,
    ODD_ADDRESSES,
    ODD_IDS,
    ODD_PHONES,
    SPACES,
)

STAMP = Stamp("c-1", "20260101T000000000Z-00000000", "2026-01-01T00:00:00.000Z")
HEADER = ["globalUserId", "score", "isVerified", "hbase", "marketPreferences"]
FANLIST_HEADER = ["memberId", "email", "score"]


def run(
    content: bytes, folder: Path, *, partition_rows: int = 3, suffix: str = ".csv", kind: Kind = "scrubbed"
) -> Prepared:
    source = folder / f"in{suffix}"
    source.write_bytes(content)
    prepare = {"scrubbed": prepare_scrubbed, "fanlist": prepare_fanlist}[kind]
    return prepare(
        str(source),
        STAMP,
        records_uri=str(folder / "records"),
        rejected_uri=str(folder / "rejected.parquet"),
        partition_rows=partition_rows,
    )


def records_of(prepared: Prepared) -> list[dict[str, Any]]:
    """All records by identifier: which order they are in depends on the order of the file."""
    frames = [pl.read_parquet(partition.uri) for partition in prepared.partitions]
    identifiers = pl.col("globalUserId", "memberId", "email")
    return pl.concat(frames).sort(identifiers).to_dicts() if frames else []


def outcome(
    content: bytes, kind: Kind = "scrubbed"
) -> tuple[Prepared, list[dict[str, Any]], list[dict[str, Any]]]:
    """Counts, records and rejected rows of a file."""
    with tempfile.TemporaryDirectory() as folder:
        prepared = run(content, Path(folder), kind=kind)
        assert not any(prepared.unaccounted.values())
        return prepared, records_of(prepared), pl.read_parquet(Path(folder, "rejected.parquet")).to_dicts()


_odd_text = st.text(st.sampled_from('aB |,"\n\r\x1f\xa0é😀\ufffd\ufeff\x02'), max_size=6)


def _spaced(values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.tuples(st.sampled_from(SPACES), values, st.sampled_from(SPACES)).map("".join)


def _mostly(good: list[str], bad: list[str] | None = None) -> st.SearchStrategy[str]:
    choices = [st.sampled_from(good)] * 7
    return _spaced(st.one_of(*choices, st.sampled_from(bad) if bad else _odd_text))


def _lists(entries: list[str]) -> st.SearchStrategy[str]:
    lists = st.lists(st.sampled_from(entries), max_size=5).map("|".join)
    around = st.sampled_from(
        [*[("", "")] * 12, ("'", ""), ("'", "'"), ("\u201c", "\u201d"), ('="', '"'), ('"', '"')]
    )
    return st.tuples(lists, around).map(lambda both: both[0].join(both[1]))


CELLS: dict[str, st.SearchStrategy[str]] = {
    "globaluserid": _mostly(["u1", "u2", "u3", "U1", "é", "u,4", 'u"5', "", *ODD_IDS], BAD_IDS),
    "score": _mostly(NUMBERS, BAD_NUMBERS),
    "isverified": _mostly(["true", "FALSE", "t", "n", "Yes", "1", "0"], ["", "2", "maybe"]),
    "hbase": _mostly(["los angeles", "KÖLN", "köln ", "東京", "NULL", "'köln", "'s-hertogenbosch"], MARKETS),
    "marketpreferences": _lists([*MARKETS, "NULL", "'s-hertogenbosch"]),
    "campaignid": _mostly(["c-1", "", "c-1"], ["c-2", "C-1"]),
    "memberid": _mostly(["m1", "m2", "", "", "u1", *ODD_IDS], BAD_IDS),
    "email": _mostly(
        [
            "A@b.co",
            "x.y@z.example",
            "",
            "<a@b.co>",
            "mailto:A@b.co",
            "'a@b.co'",
            '"a@b.co"',
            "NULL",
            *ODD_ADDRESSES,
        ],
        ["a", "a@b", "a b@c.d", "@c.d", "a@b@c.d", "a@b\x1f.d", "a@b.co.", "a@b..co", "<a", "<>"],
    ),
    "phonenumber": _mostly(
        [
            "+1 (23) 4",
            "555",
            "abc",
            "\u0661\u0662",
            "555-0100 x12",
            "5.55E+09",
            "55.0",
            "5550100/5550101",
            *ODD_PHONES,
        ]
    ),
    "phonecountrycode": _mostly(["+1", "49", "", "47,0", "US", "US +1", "NULL"]),
    "registrationscore": _mostly([*NUMBERS, "", "-3"], BAD_NUMBERS),
    "localfanscore": _mostly([*NUMBERS, "", "-3"], BAD_NUMBERS),
    "tags": _lists(
        ["a", " b ", "", "A", "vip|a", "\xa0", "NULL", " n/a", "null ", "'a'", '"b"', "\u201cA\u201d", '12"']
    ),
}
KNOWN = [
    *HEADER,
    "campaignId",
    "memberId",
    "email",
    "firstName",
    "lastName",
    "phoneCountryCode",
    "phoneNumber",
    "registrationScore",
    "accountScore",
    "nudetectScore",
    "localFanscore",
    "tags",
]


def quoted(cell: str, *, always: bool = False) -> str:
    if always or any(c in cell for c in ',"\n\r'):
        return '"' + cell.replace('"', '""') + '"'
    return cell


@st.composite
def headers(draw: st.DrawFn, required: list[str]) -> list[str]:
    extra = draw(
        st.lists(
            st.sampled_from([*KNOWN, "tags", "Tags", "x", "x", "score_duplicated_0", "0", ""]), max_size=6
        )
    )
    names = draw(st.permutations([*required, *extra]))
    spelt = [st.sampled_from([name, name.upper(), name.lower(), f" {name}\t"]) for name in names]
    return [draw(spelling) for spelling in spelt]


@st.composite
def rows(draw: st.DrawFn, header: list[str]) -> list[str]:
    row = [draw(CELLS.get(name.strip().lower(), _odd_text)) for name in header]
    change = draw(st.sampled_from(["", "", "", "", "", "short", "long", "empty"]))
    if change == "short":
        return row[: draw(st.integers(1, len(row)))]
    if change == "long":
        return row + draw(st.lists(st.sampled_from(["", "x", "\n", ' "q"']), min_size=1, max_size=9))
    return [""] * len(row) if change == "empty" else row


@st.composite
def tables(
    draw: st.DrawFn, min_rows: int = 1, required: list[str] = HEADER
) -> tuple[list[str], list[list[str]]]:
    header = draw(headers(required))
    return header, draw(st.lists(rows(header), min_size=min_rows, max_size=12))


def to_csv(header: list[str], table: list[list[str]], end: str = "\n") -> bytes:
    return "".join(",".join(quoted(cell) for cell in row) + end for row in [header, *table]).encode()


def last_row(header: list[str]) -> list[str]:
    """An accepted row of a fan with the lowest score, so that no row before it is a file's total."""
    fan = {
        "globaluserid": "zz",
        "memberid": "zz",
        "isverified": "yes",
        "hbase": "oslo",
        "marketpreferences": "oslo",
    }
    return [{"score": "0", **fan}.get(name.strip().lower(), "") for name in header]


def every_column(columns: Sequence[Column]) -> bytes:
    """A file with every declared column, a row that is accepted and one that is not.

    As a test's first example it says in a second, and in few words, what the reference does not know yet;
    Hypothesis takes minutes to make a generated file as small.
    """
    good = {"campaignId": "", "email": "a@b.co"}
    names = [column.name for column in columns]
    return to_csv(names, [[good.get(name, "1") for name in names], ["?"] * len(names)])


BAD_BYTES = [b"\xff", b"\xe2\x82", b"\xc3", b"\xed\xa0\x80", b"\xf0\x9f\x98"]
BROKEN_LINES = [b'O"Neil,1\n', b'5",x\n', b'"a"b,c\n', b'a\rb,"c"\r\n', b'"" ,1\n', b'u1,"open\n']


@st.composite
def hostile_files(draw: st.DrawFn, required: list[str] = HEADER) -> bytes:
    """Any of: byte-order mark, CRLF, mixed ends, blank lines, bad bytes, stray quotes, no last line feed."""
    header, table = draw(tables(required=required))
    ends = draw(st.sampled_from([[b"\n"], [b"\r\n"], [b"\n", b"\r\n", b"\n\n", b"\r\n\r\n", b"\n\r\n"]]))
    always = draw(st.booleans())
    lines: list[bytes] = []
    for row in [header, *table]:
        line = ",".join(quoted(cell, always=always) for cell in row).encode() + draw(st.sampled_from(ends))
        if lines and draw(st.integers(0, 9)) == 0:
            line = draw(st.sampled_from(BAD_BYTES)) + line
        lines.append(line)
        if draw(st.integers(0, 39)) == 0:
            lines.append(draw(st.sampled_from(BROKEN_LINES)))
    content = b"".join(lines)
    if draw(st.booleans()):
        content = content.rstrip(b"\r\n")
    return (b"\xef\xbb\xbf" if draw(st.booleans()) else b"") + content
