"""The data source: Parquet files in parts, values of rows where asked for, saved contexts, its imports."""

import os
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import great_expectations as gx
import great_expectations.expectations as gxe
import polars as pl
import pytest

import expectations.polars_engine
from tests.expectations.engines import context

FOLDER = Path(expectations.polars_engine.__file__).parent
DAYS = [date(2023, 12, 31), date(2024, 1, 1), date(2024, 1, 1), date(2024, 2, 1), None]


@pytest.fixture
def files(tmp_path: Path) -> str:
    """Two files of days and numbers."""
    rows = pl.DataFrame({"^d$": DAYS, "n": [1, 2, 3, 4, 5]})
    rows[:2].write_parquet(tmp_path / "a.parquet")
    rows[2:].write_parquet(tmp_path / "b.parquet")
    return str(tmp_path / "*.parquet")


def _asset(path: str) -> Any:
    return context().data_sources.add_polars("files").add_parquet_asset("days", path=path)


def _sum(batch: Any) -> Any:
    return batch.validate(gxe.ExpectColumnSumToBeBetween(column="n", min_value=0)).result["observed_value"]


def test_files_are_one_batch_or_one_for_each_part_of_a_date(files: str) -> None:
    asset = _asset(files)
    assert _sum(asset.add_batch_definition_whole("all").get_batch()) == 15
    yearly = asset.add_batch_definition_yearly("years", "^d$")
    monthly = asset.add_batch_definition_monthly("months", "^d$")
    daily = asset.add_batch_definition_daily("days", "^d$", sort_ascending=False)
    assert _sum(yearly.get_batch()) == 9
    assert [_sum(yearly.get_batch({"year": year})) for year in (2023, 2024, None)] == [1, 9, 5]
    assert [_sum(monthly.get_batch({"year": 2024, "month": month})) for month in (1, 2)] == [5, 4]
    assert _sum(monthly.get_batch({"month": 12})) == 1
    assert _sum(daily.get_batch({"year": 2024, "month": 1, "day": 1})) == 5
    assert [tuple(each.values()) for each in daily.get_batch_identifiers_list()] == [
        (2024, 2, 1),
        (2024, 1, 1),
        (2023, 12, 31),
        (None, None, None),
    ]


def test_what_files_lack_is_said(files: str, tmp_path: Path) -> None:
    asset = _asset(files)
    with pytest.raises(Exception, match="no batch of"):
        asset.add_batch_definition_yearly("years", "^d$").get_batch({"year": 1999})
    with pytest.raises(Exception, match="no column 'n' of dates"):
        asset.add_batch_definition_yearly("numbers", "n").get_batch()
    with pytest.raises(Exception, match="asked for with year"):
        asset.add_batch_definition_yearly("again", "^d$").get_batch({"month": 1})
    with pytest.raises(Exception, match="cannot be read"):
        _asset(str(tmp_path / "none-*.parquet"))


def test_the_first_rows_can_be_seen(files: str) -> None:
    batch = _asset(files).add_batch_definition_whole("all").get_batch()
    assert batch.head(2).data["n"].tolist() == [1, 2]
    assert batch.head(-1).data["n"].tolist() == [1, 2, 3, 4]
    assert batch.head(fetch_all=True).data.columns.tolist() == ["^d$", "n"]
    assert batch.columns() == ["^d$", "n"]


SHOWN = [
    (gxe.ExpectColumnValuesToBeBetween(column="n", min_value=3), [1, 2, 2]),
    (gxe.ExpectColumnValuesToBeInSet(column="t", value_set=["x"]), ["y", "z"]),
    (gxe.ExpectColumnPairValuesAToBeGreaterThanB(column_A="n", column_B="m"), [(1, 9), (2, 9)]),
    (
        gxe.ExpectMulticolumnSumToEqual(column_list=["n", "m"], sum_total=2),
        [{"n": 1, "m": 9}, {"n": 2, "m": 9}],
    ),
    (gxe.ExpectColumnDistinctValuesToBeInSet(column="t", value_set=["x"]), ["y", "z"]),
]


@pytest.mark.parametrize(("show", "layout"), [(True, "BASIC"), (True, "COMPLETE"), (False, "COMPLETE")])
def test_values_of_rows_are_shown_where_the_source_was_told_so(show: bool, layout: str) -> None:
    frame = pl.DataFrame({"n": [1, 2, 2, None], "t": ["x", "y", "z", None], "m": [9, 9, 0, None]})
    source = context().data_sources.add_polars("frames", show_unexpected=show)
    whole = source.add_dataframe_asset("frames").add_batch_definition_whole_dataframe("whole")
    batch = whole.get_batch(batch_parameters={"dataframe": frame})
    for expectation, values in SHOWN:
        found = batch.validate(expectation, result_format=layout)
        assert not found.success
        assert found.result["partial_unexpected_list"] == (values if show else [])
    one = batch.validate(SHOWN[0][0], result_format={"result_format": "BASIC", "partial_unexpected_count": 1})
    assert one.result["partial_unexpected_list"] == ([1] if show else [])


def test_what_a_set_has_and_the_column_lacks_is_named() -> None:
    frame = pl.DataFrame({"t": ["x", "y", None], "d": [date(2024, 1, 1), None, None]})
    source = context().data_sources.add_polars("frames")
    whole = source.add_dataframe_asset("frames").add_batch_definition_whole_dataframe("whole")
    batch = whole.get_batch(batch_parameters={"dataframe": frame})
    for column, members, lacking in (
        ("t", ["x", "gone", 1], [1, "gone"]),
        ("d", [date(2024, 1, 1), date(2024, 1, 2)], [date(2024, 1, 2)]),
    ):
        rule = gxe.ExpectColumnDistinctValuesToContainSet(column=column, value_set=members)
        found = batch.validate(rule)
        assert found.result["missing_count"] == len(lacking)
        assert found.result["partial_missing_list"] == lacking


def _python(code: str, folder: Path) -> "subprocess.CompletedProcess[str]":
    start = "import great_expectations as gx\n"
    start += "opened = lambda: gx.get_context(mode='file', project_root_dir='.')\n"
    around = {**os.environ, "PYTHONPATH": os.getcwd(), "GX_ANALYTICS_ENABLED": "false"}
    return subprocess.run(
        [sys.executable, "-c", start + code],
        capture_output=True,
        text=True,
        cwd=folder,
        env=around,
        timeout=240,
        check=False,
    )


def test_a_saved_context_says_what_to_import(tmp_path: Path, files: str) -> None:
    saved = gx.get_context(mode="file", project_root_dir=str(tmp_path))
    source = saved.data_sources.add_polars("records", show_unexpected=True)
    source.add_parquet_asset("days", path=files).add_batch_definition_yearly("years", "^d$")
    without = _python("opened()", tmp_path)
    assert "expectations.polars_engine, which must be imported first, was not found" in without.stderr
    used = (
        "import expectations.polars_engine\n"
        "source = opened().data_sources.get('records')\n"
        "batch = source.get_asset('days').get_batch_definition('years').get_batch({'year': 2024})\n"
        "print(source.show_unexpected, batch.head().data.n.tolist())"
    )
    opened = _python(used, tmp_path)
    assert opened.stdout.strip().endswith("True [2, 3, 4]"), opened.stderr


def test_nothing_of_the_project_around_is_imported() -> None:
    for path in FOLDER.glob("*.py"):
        for line in path.read_text().splitlines():
            words = line.split()
            if words[:1] in (["import"], ["from"]) and words[1].partition(".")[0] in (
                *("expectations", "pipelines", "steps", "local", "tools", "tests", "bench"),
                "pandas",
            ):
                assert words[1].startswith("expectations.polars_engine"), f"{path.name}: {line}"
