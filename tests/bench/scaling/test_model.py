"""What the model must hold whatever its figures are.

Cannot see: AWS, so neither a quota that has changed nor a time that was assumed wrongly.
"""

from dataclasses import fields, replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.scaling import ours
from bench.scaling.cost import costs
from bench.scaling.figures import Basis, Figure, Inputs, UnknownInputError
from bench.scaling.plans import PLANS, SIZES, model
from bench.scaling.risks import risks, room
from bench.scaling.simulation import STATIONS, Growing, binding
from bench.scaling.stations import Settings

FASTER = (
    "shard_records",
    "shard_bytes",
    "shard_read_bytes",
    "on_demand_shards",
    "table_writes",
    "most_writes",
    "concurrency",
    "transitions",
)


@pytest.mark.parametrize("field", fields(Inputs), ids=lambda field: field.name)
def test_every_input_says_its_unit_and_where_it_is_from(field: object) -> None:
    figure = getattr(Inputs(), field.name)  # type: ignore[attr-defined]
    assert isinstance(figure, Figure)
    assert figure > 0
    assert figure.unit
    assert figure.source
    assert (figure.basis is Basis.ASSUMED) or figure.source != "-"


def test_no_fans_cost_no_records_and_no_time_beside_the_states_own() -> None:
    run = model(0, Settings())
    assert all(station.done == station.ended == 0 for station in run.flow.values())
    assert run.verdict == run.finish
    assert {name for name, dollars in costs(run).items() if dollars > 0.01} == {"Kinesis"}
    assert risks(run) == []


@settings(deadline=None, max_examples=25)
@given(fans=st.integers(1, 3_000_000), shards=st.integers(0, 60), children=st.integers(1, 200))
def test_every_record_passes_every_station_once(fans: int, shards: int, children: int) -> None:
    run = model(fans, Settings(shards=shards, map_concurrency=children))
    for name in STATIONS:
        assert run.flow[name].done == pytest.approx(fans)
        assert run.flow[name].waiting == pytest.approx(0, abs=fans * 1e-8)
    assert run.before < run.published < run.finish <= run.verdict
    assert run.published < run.counted <= run.verdict + 1e-9


@pytest.mark.parametrize(
    ("setting", "base"),
    [
        ("shards", Settings(shards=1, warm_writes=40_000)),
        ("map_concurrency", Settings(shards=20, warm_writes=20_000, map_concurrency=1)),
        ("warm_writes", Settings(shards=20, warm_writes=5_000)),
        ("parallel", Settings(shards=20, warm_writes=20_000, parallel=1)),
    ],
)
def test_more_of_a_setting_never_takes_longer(setting: str, base: Settings) -> None:
    counted = [
        model(1_000_000, replace(base, **{setting: getattr(base, setting) * factor})).counted
        for factor in (1, 2, 4, 8)
    ]
    assert all(after <= before + 1 for before, after in pairwise(counted))
    assert counted[-1] < counted[0] * 0.9


@pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS)
@pytest.mark.parametrize("quota", FASTER)
def test_twice_a_quota_is_never_slower(plan: Settings, quota: str) -> None:
    usual = Inputs()
    doubled = usual.changed([f"{quota}={2 * getattr(usual, quota)}"])
    assert model(1_000_000, plan, doubled).counted <= model(1_000_000, plan).counted + 1


@pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS)
def test_the_limit_that_is_named_is_the_lowest_one(plan: Settings) -> None:
    run = model(1_000_000, plan)
    limits = run.stations.publish(run.shards_at_end)
    name = binding(limits)
    assert limits[name] == min(limits.values())
    station, named = run.bottleneck
    assert named in run.flow[station].bound_by
    assert run.flow[station].bound_by[named] == max(run.flow[station].bound_by.values())


def test_what_is_named_as_binding_is_what_helps() -> None:
    slow = model(10_000_000, Settings())
    assert slow.bottleneck == ("upsert", "table: write units/s")
    assert model(10_000_000, Settings(warm_writes=16_000)).counted < slow.counted * 0.9
    # What does not bind does not help.
    more_children = model(10_000_000, Settings(map_concurrency=40))
    assert more_children.counted == pytest.approx(slow.counted, abs=1)


def test_a_stream_takes_what_its_shards_take() -> None:
    run = model(1_000_000, Settings(shards=7, warm_writes=40_000))
    assert run.flow["publish"].ended - run.stations.child_seconds == pytest.approx(
        1_000_000 / 7_000, rel=0.01
    )


def test_an_on_demand_table_doubles_its_peak_once_a_period() -> None:
    table = Growing(capacity=4000, most=10_000, period=1800)
    taken = []
    for _ in range(4 * 1800):
        table.serve(table.capacity, 1)
        taken.append(table.capacity)
    assert [taken[second] for second in (0, 1798, 1799, 3598, 3599, 7199)] == [
        4000,
        4000,
        8000,
        8000,
        10_000,
        10_000,
    ]


def test_a_table_that_is_hardly_used_stays_as_it_is() -> None:
    table = Growing(capacity=4000, most=40_000, period=1800)
    for _ in range(4000):
        table.serve(1000, 1)
    assert table.capacity == 4000


@pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS)
def test_costs_are_the_sum_of_what_grows_with_the_run(plan: Settings) -> None:
    dollars = [costs(model(fans, plan)) for fans in SIZES]
    assert all(value >= 0 for one in dollars for value in one.values())
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
    usual, plan = Inputs(), PLANS["big sale"]
    dearer = usual.changed([f"{price}={3 * getattr(usual, price)}"])
    before, after = (costs(model(1_000_000, plan, inputs)) for inputs in (usual, dearer))
    assert {name for name in before if after[name] > before[name] * 1.0001} == {service}


def test_shards_are_paid_by_the_hour_and_a_streams_records_by_their_kilobytes() -> None:
    day, half = (costs(model(0, Settings(shards=10, hours=hours)))["Kinesis"] for hours in (24, 12))
    inputs = Inputs()
    assert day == pytest.approx(10 * 24 * (inputs.shard_hour + inputs.retention_shard_hour))
    assert half == pytest.approx(day / 2)
    none, million = (costs(model(fans, Settings()))["Kinesis"] for fans in (0, 1_000_000))
    # A record of half a kilobyte is billed as one, in once and out twice, and kept for two days more.
    gigabytes = 1_000_000 * 1024 / 1e9
    kept = inputs.stream_kept * 48 / 730
    assert million - none == pytest.approx(gigabytes * (inputs.stream_in + 2 * inputs.stream_out + kept))


def test_a_new_fan_is_one_write_unit_and_one_read_unit() -> None:
    run = model(1_000_000, Settings())
    assert run.stations.write_units == 1
    inputs = Inputs()
    least = inputs.write_units + inputs.read_units
    # What counting writes comes to a tenth of that at most.
    assert least < costs(run)["DynamoDB"] < 1.1 * least


def test_prices_do_not_change_time() -> None:
    dearer = Inputs().changed(["write_units=9", "gb_second=9"])
    assert model(100_000, Settings(), dearer).verdict == model(100_000, Settings()).verdict


def test_a_run_within_its_means_has_no_risks_and_one_beyond_names_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert risks(model(10_000_000, Settings())) == []
    wide = Settings(map_concurrency=300, partition_rows=20_000)
    assert any("put aside" in risk for risk in risks(model(10_000_000, Settings(map_concurrency=300))))
    assert any("longer than" in risk for risk in risks(model(10_000_000, wide)))
    slow = Inputs().changed(["most_writes=500", "table_writes=500"])
    assert any("given up" in risk for risk in risks(model(5_000_000, Settings(), slow)))
    monkeypatch.setattr(ours, "stream_hours", lambda: 1)
    service = Inputs().changed(["entry_seconds=5"])
    assert any("Entry Service" in risk for risk in risks(model(10_000_000, Settings(), service)))
    narrow = Inputs().changed(["shard_records=100", "stream_doubling=1e9"])
    assert any("state machine" in risk for risk in risks(model(6_000_000, Settings(), narrow)))
    many = Settings(shards=400, map_concurrency=400)
    assert any("come again" in risk for risk in risks(model(10_000_000, many)))


def test_one_prepare_function_has_room_for_ten_million_fans() -> None:
    run = model(10_000_000, Settings())
    rows = run.fans * run.stations.weights.rows
    assert rows < min(vars(room(run)).values())
    beyond = int(min(vars(room(run)).values()) * 1.01)
    assert any("Prepare runs out of disk" in risk for risk in risks(model(beyond, Settings())))


def test_the_defaults_are_the_deployments() -> None:
    parameters = ours._template()["Parameters"]
    assert vars(Settings()) == {
        "shards": parameters["ScoresStreamShards"]["Default"],
        "map_concurrency": parameters["MapConcurrency"]["Default"],
        "partition_rows": parameters["PartitionRows"]["Default"],
        "batch": parameters["UpsertBatchSize"]["Default"],
        "parallel": parameters["UpsertParallelization"]["Default"],
        "warm_writes": 0,
        "hours": 24,
    }


def test_another_memory_in_the_template_is_another_result(monkeypatch: pytest.MonkeyPatch) -> None:
    before = model(100_000, Settings()).stations.batch_seconds
    monkeypatch.setattr(ours, "function", lambda _name: ours.Function(memory=256, timeout=60, disk=512))
    assert model(100_000, Settings()).stations.batch_seconds > before


@pytest.mark.parametrize(
    "change", ["nothing=1", "shard_hour", "shard_hour=x", "shard_hour=0", "shard_hour=inf"]
)
def test_an_input_that_is_none_is_refused(change: str) -> None:
    with pytest.raises(UnknownInputError, match=change.partition("=")[0]):
        Inputs().changed([change])


def test_a_changed_input_keeps_its_unit_and_says_who_changed_it() -> None:
    figure = Inputs().changed(["shard_hour=0.03"]).shard_hour
    assert (float(figure), figure.unit, figure.source) == (0.03, Inputs().shard_hour.unit, "--set")
