"""What holds for any table of cells (Hypothesis). Cannot see: S3, files larger than a block."""

import random
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.pipelines.files import HEADER, STAMP, last_row, outcome, run, tables, to_csv

Table = tuple[list[str], list[list[str]]]
TEXTS = ["memberId", "email", "firstName", "lastName", "phoneCountryCode", "phoneNumber"]
NUMBERS = ["registrationScore", "accountScore", "nudetectScore", "localFanscore"]


def _is_blank(row: list[str]) -> bool:
    return not "".join(row) and len(row) == 1


@given(tables())
def test_counts_add_up_and_no_row_is_lost(table: Table) -> None:
    header, rows = table
    if all(_is_blank(row) for row in rows):
        return
    prepared, records, rejected = outcome(to_csv(header, rows))
    assert prepared.rows_in == prepared.invalid + prepared.duplicate + prepared.valid
    assert prepared.rows_in == sum(not _is_blank(row) for row in rows)
    assert prepared.valid == len(records) == len({record["globalUserId"] for record in records})
    assert prepared.invalid == len(rejected) == sum(prepared.invalid_by.values())
    assert all(row["reasons"] for row in rejected)
    standing = [row for row in rows if not _is_blank(row)]
    assert [row["raw"] for row in rejected] == [standing[row["rowNumber"] - 1] for row in rejected]


@given(tables(min_rows=2), st.randoms(use_true_random=False))
def test_order_of_rows_matters_for_ties_only(table: Table, shuffler: random.Random) -> None:
    header, rows = table
    # A score of its own for each row: then there are no ties.
    header = [name for name in header if name.strip().lower() != "score"]
    table_rows = [
        [*(row + [""] * len(header))[: len(header)], str(number)] for number, row in enumerate(rows)
    ]
    header = [*header, "score"]
    first = outcome(to_csv(header, [*table_rows, last_row(header)]))
    shuffler.shuffle(table_rows)
    second = outcome(to_csv(header, [*table_rows, last_row(header)]))
    assert first[1] == second[1]
    assert first[0].duplicate == second[0].duplicate
    key = [sorted((row["raw"], row["reasons"]) for row in result[2]) for result in (first, second)]
    assert key[0] == key[1]


@given(tables())
def test_the_same_file_gives_the_same_bytes(table: Table) -> None:
    header, rows = table
    if all(_is_blank(row) for row in rows):
        return
    found = []
    for _ in range(2):
        with tempfile.TemporaryDirectory() as folder:
            run(to_csv(header, rows), Path(folder))
            found.append({p.name: p.read_bytes() for p in sorted(Path(folder).rglob("*.parquet"))})
    assert found[0] == found[1]


def _as_rows(record: dict[str, Any]) -> list[list[str]]:
    """A record as the rows of a file that says the same: one a market, the winner's as scored."""
    # Between the known markets stand ones that no record names, so that each keeps its rank.
    preferences = "|".join(market or f"nowhere {rank}" for rank, market in enumerate(record["events"]))
    scalars = ["" if record[name] is None else str(record[name]) for name in [*TEXTS, *NUMBERS]]
    shared = [preferences, *scalars, "|".join(record["tags"] or [])]
    winner_first = sorted(
        (market for market in record["events"] if market), key=lambda market: market != record["hbase"]
    )
    return [
        [record["globalUserId"], str(record["score"]), str(record["isVerified"]), market, *shared]
        for market in winner_first
    ]


@given(tables())
def test_records_fed_back_in_come_out_the_same(table: Table) -> None:
    header, rows = table
    if all(_is_blank(row) for row in rows):
        return
    _, records, _ = outcome(to_csv(header, rows))
    # A tie goes to the lower rank: give the rows of other markets a lower score where there is room.
    kept = [
        r
        for r in records
        if r["score"] > 0 and len({m for m in r["events"] if m}) == sum(map(bool, r["events"]))
    ]
    again = [
        [row[0], row[1] if number == 0 else "0", *row[2:]]
        for record in kept
        for number, row in enumerate(_as_rows(record))
    ]
    if not kept:
        return
    names = [*HEADER, *TEXTS, *NUMBERS, "tags"]
    prepared, second, _ = outcome(to_csv(names, [*again, last_row(names)]))
    assert prepared.invalid == 0
    assert [record for record in second if record["globalUserId"] != "zz"] == kept
    assert all(record["runId"] == STAMP.run_id for record in second)
