"""Partitions of records: as many as a Map may have, and no more; rejected rows for a spreadsheet."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import polars as pl
import pytest

from pipelines.errors import InvalidFileError
from pipelines.schema import REJECTED_SCHEMA
from pipelines.sinks import MOST_PARTITIONS, Partitions, spreadsheet


def test_a_file_of_too_many_partitions_is_refused(tmp_path: Path) -> None:
    """By bytes a file may have more than its rows would make: 5,000 are written, and no other."""
    with ThreadPoolExecutor(1) as pool:
        partitions = Partitions(str(tmp_path), 1, pool, None)
        partitions.add(pl.DataFrame({"tags": [["x"]] * MOST_PARTITIONS}))
        with pytest.raises(InvalidFileError, match="split the file"):
            partitions.add(pl.DataFrame({"tags": [["x"]]}))
        assert len(partitions.close()) == MOST_PARTITIONS


@pytest.mark.parametrize("first", ["=", "+", "-", "@", "\t", "\r"])
def test_no_cell_of_a_spreadsheet_is_a_formula(first: str) -> None:
    rows = [(2, 3, ["bad_score", "bad_email"], [f"{first}cmd|' /C calc'!A0", "a=b", "x", f"{first}1"])]
    found = spreadsheet(
        pl.LazyFrame(rows, schema=REJECTED_SCHEMA, orient="row"), [f"{first}id", "note", "note"]
    )
    assert found.collect().row(0, named=True) == {
        "rowNumber": 2,
        "lineNumber": 3,
        "reasons": "bad_score bad_email",
        f"'{first}id": f"'{first}cmd|' /C calc'!A0",
        "note": "a=b",
        "note (3)": "x",
        "beyondTheHeader": f"'{first}1",
    }


def test_columns_that_are_named_alike_stay_apart() -> None:
    rows = pl.LazyFrame([(1, 2, ["missing_id"], ["a", "b", "c"])], schema=REJECTED_SCHEMA, orient="row")
    names = spreadsheet(rows, ["x (3)", "x", "x"]).collect_schema().names()
    assert names[3:6] == ["x (3)", "x", "x (3) (3)"]


def test_a_short_row_has_no_value_where_it_has_no_field() -> None:
    rows = pl.LazyFrame([(1, 2, ["missing_id"], ["a"])], schema=REJECTED_SCHEMA, orient="row")
    assert spreadsheet(rows, ["rowNumber", "score"]).collect().row(0) == (1, 2, "missing_id", "a", None, "")
