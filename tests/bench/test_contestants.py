"""Every contestant does the job that it is timed for: the same counts and records as Prepare.

Cannot see: what a contestant makes of hostile files; each says in its docstring what it leaves out.
"""

from pathlib import Path

import polars as pl
import pytest

from bench.measured import Measured
from bench.prepare import CONTESTANTS, contestant
from local.sample.generate import SampleSummary, generate
from tests.pipelines.reference import REASONS

ROWS = 2_000
Outcome = tuple[Measured, Path]


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> SampleSummary:
    return generate("scrubbed", ROWS, 7, tmp_path_factory.mktemp("sample") / "in.csv")


@pytest.fixture(scope="module")
def outcomes(sample: SampleSummary, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Outcome]:
    found = {}
    for name in CONTESTANTS:
        folder = tmp_path_factory.mktemp(name)
        found[name] = contestant(name, sample.path, folder), folder
    return found


def _records(folder: Path) -> pl.DataFrame:
    return pl.read_parquet(folder / "records" / "*.parquet")


@pytest.mark.parametrize("name", ["prepare", "duckdb_sql", "row_loop"])
def test_counts_are_those_of_the_sample(
    name: str, sample: SampleSummary, outcomes: dict[str, Outcome]
) -> None:
    sums = {"in": ROWS, "invalid": sample.invalid, "duplicate": sample.duplicate, "valid": sample.valid}
    assert outcomes[name][0].found == sums | sample.invalid_by
    assert sample.duplicate > 0
    assert set(sample.invalid_by) == set(REASONS) - {"totals_row"}


@pytest.mark.parametrize("name", ["duckdb_sql", "row_loop"])
def test_records_are_those_of_prepare(name: str, outcomes: dict[str, Outcome]) -> None:
    expected = _records(outcomes["prepare"][1]).sort("globalUserId")
    # Contestants read what the measured files hold; a column that they lack is null in every record.
    expected = expected.select(column for column in expected if column.null_count() < expected.height)
    found = _records(outcomes[name][1]).sort("globalUserId")
    assert found.select(expected.columns).equals(expected)
    assert found.select(expected.columns).schema == expected.schema


def test_the_row_loops_rejected_rows_are_those_of_prepare(outcomes: dict[str, Outcome]) -> None:
    columns = ["rowNumber", "reasons", "raw"]
    expected, found = (
        pl.read_parquet(outcomes[name][1] / "rejected.parquet").select(columns)
        for name in ("prepare", "row_loop")
    )
    assert found.equals(expected)


def test_floor_copies_every_row_and_counts_nothing(outcomes: dict[str, Outcome]) -> None:
    measured, folder = outcomes["floor"]
    assert measured.found is None
    assert _records(folder).height == ROWS


def test_each_process_measures_itself(outcomes: dict[str, Outcome]) -> None:
    for measured, _ in outcomes.values():
        assert measured.seconds > 0
        assert measured.cpu_seconds > 0
        # An interpreter with Polars or DuckDB in it holds more than 30 MB and less than 1 GB.
        assert 30e6 < measured.peak_bytes < 1e9
