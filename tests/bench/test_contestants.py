"""Every contestant does the job that it is timed for: the same counts and records as Prepare.

Cannot see: what a contestant makes of hostile files; each says in its docstring what it leaves out.
"""

from pathlib import Path

import polars as pl
import pytest

from bench.contestants.common import REASONS, Counts, Measured
from bench.files import Files
from bench.rounds import (
    CONTESTANTS,
    DUCKDB,
    FLOOR,
    PANDAS,
    PREPARE,
    ROW_LOOP,
    Contestant,
    ContestantError,
    run,
)
from local.sample import SampleSummary, generate

ROWS = 2_000
Outcome = tuple[Measured, Path]


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> SampleSummary:
    return generate("scrubbed", ROWS, 7, tmp_path_factory.mktemp("sample") / "in.csv")


@pytest.fixture(scope="module")
def outcomes(sample: SampleSummary, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Outcome]:
    found = {}
    for contestant in CONTESTANTS:
        folder = tmp_path_factory.mktemp(contestant.name)
        found[contestant.name] = run(contestant, sample.path, folder), folder
    return found


def _records(folder: Path) -> pl.DataFrame:
    return pl.read_parquet(folder / "records" / "*.parquet")


@pytest.mark.parametrize("contestant", [PREPARE, DUCKDB, PANDAS, ROW_LOOP], ids=lambda one: one.name)
def test_counts_are_those_of_the_sample(
    contestant: Contestant, sample: SampleSummary, outcomes: dict[str, Outcome]
) -> None:
    measured, _ = outcomes[contestant.name]
    expected = Counts(ROWS, sample.invalid, sample.duplicate, sample.valid, sample.invalid_by)
    assert measured.counts == expected
    assert sample.duplicate > 0
    assert set(sample.invalid_by) == set(REASONS), "bench/contestants/common.py, REASONS"


@pytest.mark.parametrize("contestant", [DUCKDB, PANDAS, ROW_LOOP], ids=lambda one: one.name)
def test_records_are_those_of_prepare(contestant: Contestant, outcomes: dict[str, Outcome]) -> None:
    expected = _records(outcomes["prepare"][1]).sort("globalUserId")
    # Contestants read what the measured files hold; a column that they lack is null in every record.
    expected = expected.select(column for column in expected if column.null_count() < expected.height)
    found = _records(outcomes[contestant.name][1]).sort("globalUserId")
    assert found.select(expected.columns).equals(expected)
    assert found.select(expected.columns).schema == expected.schema


@pytest.mark.parametrize(
    ("contestant", "columns"),
    [(PANDAS, ["rowNumber", "reasons"]), (ROW_LOOP, ["rowNumber", "reasons", "raw"])],
    ids=lambda one: getattr(one, "name", ""),
)
def test_rejected_rows_are_those_of_prepare(
    contestant: Contestant, columns: list[str], outcomes: dict[str, Outcome]
) -> None:
    expected = pl.read_parquet(outcomes["prepare"][1] / "rejected.parquet").select(columns)
    found = pl.read_parquet(outcomes[contestant.name][1] / "rejected.parquet").select(columns)
    assert found.equals(expected)


def test_floor_copies_every_row_and_counts_nothing(outcomes: dict[str, Outcome]) -> None:
    measured, folder = outcomes[FLOOR.name]
    assert measured.counts is None
    assert _records(folder).height == ROWS


def test_each_process_measures_itself(outcomes: dict[str, Outcome]) -> None:
    for measured, _ in outcomes.values():
        assert measured.seconds > 0
        assert measured.cpu_seconds > 0
        # An interpreter with Polars, DuckDB or pandas in it holds more than 30 MB and less than 1 GB.
        assert 30e6 < measured.peak_bytes < 1e9


def test_a_contestant_that_fails_says_why(tmp_path: Path) -> None:
    with pytest.raises(ContestantError, match=r"no-such-file\.csv"):
        run(ROW_LOOP, tmp_path / "no-such-file.csv", tmp_path)


def test_a_file_is_made_once_and_for_nothing_else(tmp_path: Path) -> None:
    made = Files(tmp_path)
    first = made.sample(200)
    written = first.stat().st_mtime_ns
    assert made.sample(200) == first
    assert first.stat().st_mtime_ns == written
    with made.empty_folder() as folder:
        (folder / "left behind").touch()
    assert list(tmp_path.iterdir()) == [first]
