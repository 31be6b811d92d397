"""`python -m bench scaling`, and what `--check` foretells; the run beside it is bench/job.py's own matter."""

import json

import pytest
from typer.testing import CliRunner

from bench.cli import app
from bench.job import Stages
from bench.scaling.check import foretold

SMALL = Stages(
    rows=10_000,
    records=9_600,
    seconds={
        "Prepare": 1.0,
        "FanOut": 2.0,
        "published": 0.0,
        "upserted": 8.0,
        "counted": 8.0,
        "upload to end": 14.0,
    },
)


def test_a_size_and_settings_as_json() -> None:
    asked = ["--fans", "200000", "--shards", "3", "--set", "shard_hour=1", "--set", "hours=2", "--json"]
    result = CliRunner().invoke(app, ["scaling", *asked])
    assert result.exit_code == 0, result.output
    (run,) = json.loads(result.stdout)["runs"]
    assert (run["fans"], run["settings"]["shards"], run["settings"]["hours"]) == (200_000, 3, 2)
    assert run["dollars"]["Kinesis"] > 3 * 2 * 1
    assert run["secondsToPublished"] < run["secondsToCounted"] <= run["secondsToSlack"]


def test_tables_of_every_plan() -> None:
    result = CliRunner().invoke(app, ["scaling"])
    assert result.exit_code == 0, result.output
    for words in ("How long, how much", "big sale", "10,000,000", "Cost of a run", "one item of counts"):
        assert words in result.output


@pytest.mark.parametrize("change", ["nonsense=1", "batch=0", "batch=1.5", "shard_hour=-1"])
def test_what_cannot_be_set_is_bad_usage(change: str) -> None:
    result = CliRunner().invoke(app, ["scaling", "--set", change])
    assert result.exit_code == 2
    assert change.partition("=")[0] in result.output


def test_the_same_run_is_foretold_as_it_was() -> None:
    found = foretold(SMALL, SMALL.records, SMALL.rows)
    assert found == {name: pytest.approx(SMALL.seconds[name]) for name in found}


def test_a_larger_run_takes_longer_by_its_slowest_station() -> None:
    found = foretold(SMALL, 3 * SMALL.records, 3 * SMALL.rows)
    assert found["upserted"] == pytest.approx(24)
    # What comes before the records and what stands beside them does not grow; the upserts take 16 s more.
    assert found["upload to end"] == pytest.approx(14 + 16, abs=0.2)
