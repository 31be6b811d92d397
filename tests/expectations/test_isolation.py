"""One rule's failure is its own: the others are answered, and the gate names rule, column and cause."""

import os
from pathlib import Path
from typing import Any

import great_expectations.expectations as gxe
import polars as pl
import pytest

from expectations.gate import GateError
from tests.expectations.engines import by_polars
from tests.expectations.gated import check, good_records

SECRET = "secret@example.com"


def _failing(error: BaseException) -> pl.Expr:
    def fail(_: pl.Series) -> pl.Series:
        raise error

    return pl.col("n").map_batches(fail, return_dtype=pl.Int64)


BROKEN = {
    "an exception": (_failing(ValueError("no such luck")), "ValueError: no such luck"),
    "a panic": (_failing(pl.exceptions.PanicException("index out of bounds")), "PanicException: index out"),
    "a cast": (pl.col("s").cast(pl.Int64), "InvalidOperationError: conversion from `str` to `i64` failed"),
}
SUITE = [
    gxe.ExpectColumnValuesToNotBeNull(column="n"),
    gxe.ExpectColumnValuesToBeBetween(column="bad", min_value=0),
    gxe.ExpectColumnValuesToBeUnique(column="n"),
    gxe.ExpectColumnMeanToBeBetween(column="bad", min_value=0),
    gxe.ExpectColumnValuesToBeUnique(column="bad"),
    gxe.ExpectColumnMaxToBeBetween(column="n", max_value=2),
    gxe.ExpectColumnValuesToMatchRegex(column="n", regex="1"),
    gxe.ExpectColumnValuesToNotBeNull(column="nowhere"),
    gxe.ExpectTableRowCountToEqual(value=3),
]


@pytest.mark.parametrize("name", BROKEN)
def test_a_failure_is_of_its_rule_alone(name: str) -> None:
    bad, cause = BROKEN[name]
    found = by_polars(pl.LazyFrame({"n": [1, 2, 2], "s": [SECRET] * 3}).with_columns(bad=bad), SUITE)
    answered = {number: (one.success, one.unexpected) for number, one in enumerate(found) if not one.error}
    assert answered == {0: (True, 0), 2: (False, 2), 5: (True, None), 8: (True, None)}
    for number in (1, 3, 4):
        assert cause in (found[number].error or "")
        assert SECRET not in (found[number].error or "")
    assert "are no text" in (found[6].error or "")
    assert "no column 'nowhere'" in (found[7].error or "")
    assert "luck" not in (found[6].error or "") + (found[7].error or "")


def test_a_scan_that_fails_fails_every_rule_with_its_cause(tmp_path: Path) -> None:
    pl.DataFrame({"n": range(1000)}).write_parquet(tmp_path / "a.parquet")
    rows = pl.scan_parquet(tmp_path / "a.parquet")
    rows.collect_schema()
    os.truncate(tmp_path / "a.parquet", 100)
    cut = by_polars(rows, [SUITE[0], SUITE[5]])
    (tmp_path / "a.parquet").unlink()
    gone = by_polars(rows, [SUITE[0], SUITE[5]])
    assert [one.success for one in cut + gone] == [False] * 4
    assert all("Panic" in (one.error or "") for one in cut)
    assert all("a.parquet" in (one.error or "") for one in gone)


def test_a_missing_file_fails_every_rule_with_its_cause(tmp_path: Path) -> None:
    found = by_polars(pl.scan_parquet(tmp_path / "none.parquet"), [SUITE[0], SUITE[8]])
    assert all("none.parquet" in (one.error or "") for one in found)


def test_a_query_runs_again_only_where_it_failed() -> None:
    runs = 0

    def counted(values: pl.Series) -> pl.Series:
        nonlocal runs
        runs += 1
        return values

    rows = pl.LazyFrame({"n": [1, 2]}).with_columns(
        good=pl.col("n").map_batches(counted, return_dtype=pl.Int64), bad=_failing(ValueError("no"))
    )
    by_polars(rows, [gxe.ExpectColumnMaxToBeBetween(column=each) for each in ("good", "bad")])
    assert runs <= 2


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"score": ["high"] * 10}, ["'No score is below 0.'", "'score'", "String"]),
        ({"score": None}, ["'Every record has score.'", "'score'", "There is no column"]),
    ],
)
def test_the_gate_names_rule_column_and_cause(changed: dict[str, Any], words: list[str]) -> None:
    records = good_records().drop(changed)
    given = {name: pl.Series(values) for name, values in changed.items() if values}
    with pytest.raises(GateError) as raised:
        check(records.with_columns(**given))
    for word in words:
        assert word in str(raised.value)
