"""What the model must hold whatever its figures are, and that docs/scaling.md is what it says today.

Cannot see: AWS, so neither a quota that has changed nor a time that was assumed wrongly; the page's words.
"""

import math
import shutil
from itertools import pairwise
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from bench.__main__ import app
from bench.clients import PIPELINE_RUN
from bench.contestants import CAMPAIGN_ID, RUN_ID, SCORED_AT
from bench.prepare import contestant
from bench.scaling.command import FANLIST_PLANS, PAGE, PLANS, SIZES, answer
from bench.scaling.cost import costs
from bench.scaling.figures import UnknownFigureError, figures, inputs
from bench.scaling.model import FanlistRun, Limit, Run, passed
from local.sample.generate import generate
from pipelines.prepare import Stamp, prepare_fanlist
from pipelines.records import to_json_lines
from steps.delivery.fanlist_record import FanlistScore


def _run(fans: int, *changes: str) -> Run:
    return Run(fans, figures(changes))


def test_the_page_is_what_the_model_says(tmp_path: Path) -> None:
    copy = tmp_path / "scaling.md"
    shutil.copy(PAGE, copy)
    answer(PLANS, FANLIST_PLANS, SIZES, copy, write=True)
    assert copy.read_text() == PAGE.read_text(), "stale: .venv/bin/python -m bench scaling --write"


def test_every_input_says_its_unit_and_where_it_is_from() -> None:
    bases = {"read", "quoted", "memory", "assumed", "measured", "ours"}
    for name, figure in inputs().items():
        assert "template" in figure or figure["value"] > 0 or name == "warm_writes", name
        assert figure["unit"], name
        assert figure["basis"] in bases, name
        assert "source" in figure or figure["basis"] in {"assumed", "measured", "ours"}, name


def test_a_fan_weighs_what_the_inputs_say(tmp_path: Path) -> None:
    sample = generate("scrubbed", 5_000, 1, tmp_path / "in.csv")
    contestant("prepare", sample.path, tmp_path)
    lines = to_json_lines(pl.scan_parquet(tmp_path / "records" / "*.parquet")).collect()
    i = figures()
    assert lines["bytes"].sum() / lines.height == pytest.approx(i["wire_bytes"], rel=0.02)
    assert sample.bytes / sample.rows == pytest.approx(i["row_bytes"], rel=0.02)
    assert sample.rows / lines.height == pytest.approx(i["rows_a_record"], rel=0.02)
    first = pl.read_parquet(tmp_path / "records" / "*.parquet")["rank"] == 0
    assert first.mean() == pytest.approx(i["top_ranked"], rel=0.02)


def test_a_size_and_settings_are_asked_for() -> None:
    asked = ["--fans", "200000", "--set", "shards=3", "--set", "shard_hour=1", "--set", "hours=2"]
    result = CliRunner().invoke(app, ["scaling", *asked])
    assert result.exit_code == 0, result.output
    kinesis = 3 * 2 * (1 + figures()["retention_shard_hour"]) + 0.2 * figures()["put_units"]
    for words in ("asked", "200,000", f"{kinesis:.2f}", "one item of counts"):
        assert words in result.output


@pytest.mark.parametrize(
    "change", ["nonsense=1", "batch=0", "shard_hour=-1", "shard_hour=x", "shard_hour=inf"]
)
def test_what_cannot_be_set_is_bad_usage(change: str) -> None:
    result = CliRunner().invoke(app, ["scaling", "--set", change])
    assert result.exit_code == 2
    assert change.partition("=")[0] in result.output


def test_a_station_goes_at_its_lowest_limit_and_takes_twice_as_much_after_each_period() -> None:
    growing = {"a": Limit(100, period=10, most=300), "b": Limit(1000)}
    # 1,000 in the first ten seconds, 2,000 in the next ten, then 300 a second.
    for records, seconds in ((0, 0), (1_000, 10), (3_000, 20), (6_000, 30)):
        assert passed(records, growing)[0] == pytest.approx(seconds)
    # The other limit binds once the first has grown beyond it, for a shorter time.
    took, name = passed(2_000, {"a": Limit(100, period=10), "b": Limit(150)})
    assert took == pytest.approx(10 + 1000 / 150)
    assert name == "a"


@pytest.mark.parametrize(
    ("setting", "base"),
    [
        ("shards", ["shards=1", "warm_writes=40000"]),
        ("map_concurrency", ["shards=20", "warm_writes=20000", "map_concurrency=1"]),
        ("warm_writes", ["shards=20", "warm_writes=5000"]),
        ("parallel", ["shards=20", "warm_writes=20000", "parallel=1"]),
    ],
)
def test_more_of_a_setting_never_takes_longer(setting: str, base: list[str]) -> None:
    least = figures(base)[setting]
    counted = [_run(1_000_000, *base, f"{setting}={least * factor}").counted for factor in (1, 2, 4, 8)]
    assert all(after <= before + 1 for before, after in pairwise(counted))
    assert counted[-1] < counted[0] * 0.9


@pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS)
def test_a_run_takes_its_steps_in_order(plan: tuple[str, ...]) -> None:
    run = _run(1_000_000, *plan)
    assert 0 < run.prepared < run.before < run.published < run.finished <= run.verdict
    assert run.published < run.counted <= run.verdict
    assert run.published < run.entries_sent


def test_what_is_named_as_binding_is_what_helps() -> None:
    slow = _run(10_000_000)
    assert slow.binds == "upsert: table: write units/s"
    assert _run(10_000_000, "warm_writes=16000").counted < slow.counted * 0.9
    # What does not bind does not help.
    assert _run(10_000_000, "map_concurrency=40").counted == pytest.approx(slow.counted, abs=1)


def test_a_stream_takes_what_its_shards_take() -> None:
    seconds, limit = _run(1_000_000, "shards=7", "warm_writes=40000").stations["publish"]
    assert seconds == pytest.approx(1_000_000 / 7_000)
    assert limit == "stream: records/s a shard"


@pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS)
def test_costs_grow_with_the_run(plan: tuple[str, ...]) -> None:
    dollars = [costs(_run(fans, *plan)) for fans in SIZES]
    sums = [sum(one.values()) for one in dollars]
    assert sums == sorted(sums)
    for service in ("CloudWatch logs", "S3"):
        assert dollars[2][service] == pytest.approx(100 * dollars[0][service], rel=0.01)


@pytest.mark.parametrize(
    ("price", "service"),
    [
        ("gb_second", "Lambda"),
        ("write_units", "DynamoDB"),
        ("shard_hour", "Kinesis"),
        ("log_gb", "CloudWatch logs"),
        ("thousand_transitions", "Step Functions"),
        ("thousand_puts", "S3"),
    ],
)
def test_a_price_moves_its_service_and_no_other(price: str, service: str) -> None:
    plan = PLANS["big sale"]
    before = costs(_run(1_000_000, *plan))
    after = costs(_run(1_000_000, *plan, f"{price}={3 * figures()[price]}"))
    assert {name for name in before if after[name] > before[name] * 1.0001} == {service}


def test_on_demand_records_are_billed_by_their_kilobytes() -> None:
    one, other = (costs(_run(fans))["Kinesis"] for fans in (1_000_000, 2_000_000))
    i = figures()
    # A record of half a kilobyte is billed as one, in once and out twice, and kept for two days more.
    kept = i["stream_kept"] * 48 / 730
    dollars = 1_000_000 * 1024 / 1e9 * (i["stream_in"] + 2 * i["stream_out"] + kept)
    assert other - one == pytest.approx(dollars)


def test_a_new_fan_is_one_write_unit_and_one_read_unit() -> None:
    least = figures()["write_units"] + figures()["read_units"]
    # What counting writes comes to a tenth of that at most.
    assert least < costs(_run(1_000_000))["DynamoDB"] < 1.1 * least


def test_a_run_beyond_its_means_is_warned_of() -> None:
    assert [_run(SIZES[-1], *plan).warnings() for plan in PLANS.values()] == [[], [], []]
    assert "writers give records up" in _run(SIZES[-1], "map_concurrency=300").warnings()[0]
    assert "scratch disk at about 40 M rows" in _run(45_000_000).warnings()[0]


def test_less_memory_is_a_longer_batch() -> None:
    slow = _run(100_000, "LoadScoresToDynamoDB_megabytes=256").batch_seconds
    assert slow > _run(100_000).batch_seconds


def test_a_fanlist_weighs_what_the_inputs_say(tmp_path: Path) -> None:
    sample = generate("fanlist", 5_000, 1, tmp_path / "in.csv", CAMPAIGN_ID)
    records = str(tmp_path / "records")
    prepare_fanlist(
        str(sample.path),
        Stamp(CAMPAIGN_ID, RUN_ID, SCORED_AT),
        records_uri=records,
        rejected_uri=str(tmp_path / "rejected.parquet"),
        partition_rows=5_000,
    )
    run = PIPELINE_RUN.model_copy(update={"source": "fanlist"})
    rows = pl.read_parquet(f"{records}/*.parquet").iter_rows(named=True)
    scores = [FanlistScore(row, run) for row in rows]
    weight = sum(len(one.published(SCORED_AT)) + len(one.identifier[1].encode()) for one in scores)
    i = figures()
    assert weight / len(scores) == pytest.approx(i["fanlist_wire_bytes"], rel=0.02)
    assert sample.bytes / sample.rows == pytest.approx(i["fanlist_row_bytes"], rel=0.02)
    assert sample.rows / len(scores) == pytest.approx(i["rows_a_record"], rel=0.02)


@pytest.mark.parametrize("plan", FANLIST_PLANS.values(), ids=FANLIST_PLANS)
def test_a_fanlist_takes_its_steps_in_order(plan: tuple[str, ...]) -> None:
    run = FanlistRun(1_000_000, figures(plan))
    assert 0 < run.before < run.published < run.finished <= run.verdict
    assert run.counted <= run.verdict
    assert FanlistRun(2_000_000, figures(plan)).counted > run.counted
    # There is no worker to pay for between its children and the table.
    assert costs(run)["Lambda"] < costs(_run(1_000_000, *plan))["Lambda"]


def test_a_fanlist_is_bound_by_the_table_and_its_own_stream() -> None:
    wide = FanlistRun(10_000_000, figures(["fanlist_shards=40", "map_concurrency=100"]))
    assert wide.binds == "save: table: write units/s"
    quick = FanlistRun(10_000_000, figures(["fanlist_shards=40", "map_concurrency=100", "warm_writes=30000"]))
    assert quick.counted < wide.counted / 2
    # scoresStream is not a fanlist's.
    other = FanlistRun(10_000_000, figures(["fanlist_shards=40", "map_concurrency=100", "shards=40"]))
    assert (other.counted, costs(other)) == (wide.counted, costs(wide))


def test_children_that_write_more_than_the_table_takes_are_warned_of() -> None:
    said = {name: FanlistRun(1_000_000, figures(plan)).warnings() for name, plan in FANLIST_PLANS.items()}
    assert [name for name, found in said.items() if found] == ["default"]
    assert "dead letters" in said["default"][0]


def test_a_file_of_any_size_has_as_many_children_as_it_may() -> None:
    assert [_run(fans).partitions for fans in (1, 1_000_000, 100_000_000)] == [1, 200, 4_000]
    assert _run(100_000_000).child_seconds > _run(1_000_000).child_seconds


@pytest.mark.parametrize("value", ["x", "0", "inf", "-1"])
def test_a_figure_that_is_none_is_refused(value: str) -> None:
    with pytest.raises(UnknownFigureError, match="shard_hour"):
        figures([f"shard_hour={value}"])
    assert math.isfinite(figures()["shard_hour"])
