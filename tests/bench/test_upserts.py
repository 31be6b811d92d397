"""Every way to write, and counting, come to an end and are told apart; goals compare the right two.

Cannot see: any real time.
"""

import io
import json
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from boto3.dynamodb.types import TypeDeserializer
from typer.testing import CliRunner

from bench import one_by_one, upserting, upserts
from bench.cli import app
from bench.contestants.common import Measured
from bench.endpoints import Endpoint, embedded_table, null_table
from bench.job import Stages, job_goal, one_by_one_zip
from bench.rounds import ContestantError
from bench.upserts import Comparison, upsert_goals
from local.packaging import worker_sources, zip_of
from steps.shared import clients
from steps.streaming.demand_table import DemandTable
from steps.streaming.upserts import Status


def _invoke(*arguments: str) -> dict[str, Any]:
    result = CliRunner().invoke(app, [*arguments, "--rounds", "1", "--json"])
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def _plain(item: Any) -> dict[str, Any]:
    """An item without the time of its writing, its numbers as numbers, however they are written."""
    read = TypeDeserializer().deserialize
    return {name: read(value) for name, value in item.items() if name != "updated"}


def test_upserts_as_json(monkeypatch: pytest.MonkeyPatch) -> None:
    """The commands' way from the rounds to the goals, with runs that take what they are told to."""
    seconds = {"merge_writer": 0.003, "one_by_one": 0.03, "threads": 0.04, "bare_puts": 0.0009}
    order = []

    def run(_endpoint: Endpoint, method: str, comparison: Comparison, run: int) -> Measured:
        order.append((comparison.title, run, method))
        return Measured(1.0, seconds[method], 0, None)

    monkeypatch.setattr(upserts, "_run", run)
    found = _invoke("upserts", "--records", "30")
    assert [(one["kind"], one["endpoint"]) for one in found["upserts"]] == [
        ("scrubbed", "null endpoint, new items"),
        ("scrubbed", "null endpoint, stored items"),
        ("fanlist", "null endpoint, new items"),
        ("fanlist", "null endpoint, stored items"),
        ("scrubbed", "embedded AWS, new items"),
        ("scrubbed", "embedded AWS, stored items"),
    ]
    assert {one["methods"]["one_by_one"]["cpuSecondsPer100000"] for one in found["upserts"]} == {100.0}
    assert [goal["met"] for goal in found["goals"]] == [True, False] * 4
    assert len(order) == len(set(order)) == 24
    assert [method for title, _, method in order if title.endswith("AWS, stored items")] == list(seconds)


def test_a_run_is_measured_by_its_own_process() -> None:
    comparison = Comparison("fanlist", "null endpoint, stored items", 30, goals=True)
    with null_table("stored") as endpoint:
        took = upserts._run(endpoint, "merge_writer", comparison, run=1)
    assert took.cpu_seconds > 0
    assert took.counts is None
    with pytest.raises(ContestantError, match=r"(?s)merge writer failed: .*KeyError: 'no such kind'"):
        upserts._run(endpoint, "merge_writer", replace(comparison, kind="no such kind"), run=1)


def test_counting_as_json() -> None:
    found = _invoke("counting", "--records", "1500")["counting"]
    assert [(one["endpoint"], one["records"]) for one in found] == [
        ("null endpoint, new items", 1500),
        ("embedded AWS", 1500),
    ]


@pytest.mark.parametrize("kind", ["scrubbed", "fanlist"])
def test_every_method_leaves_the_same_items(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    left = {}
    for method in upserting.METHODS:
        with embedded_table() as endpoint, monkeypatch.context() as environment:
            for name, value in endpoint.environment.items():
                environment.setenv(name, value)
            clients.dynamodb.cache_clear()
            for run in (1, 2):
                upserting.METHODS[method](upserting.KINDS[kind](7, run))()
            items = clients.dynamodb().scan(TableName=endpoint.table)["Items"]
            left[method] = sorted((_plain(item) for item in items), key=lambda item: str(item["PK"]))
    clients.dynamodb.cache_clear()
    assert len(left["merge_writer"]) == 7
    assert all(items == left["merge_writer"] for items in left.values())


def test_one_by_one_tells_the_statuses_that_the_merge_writer_does(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = upserting.scores(3, 1), upserting.scores(2, 2)
    batches = [first[:2], first, second, first, second]
    told = []
    for table_of in (DemandTable, one_by_one.DemandTable):
        with embedded_table() as endpoint, monkeypatch.context() as environment:
            for name, value in endpoint.environment.items():
                environment.setenv(name, value)
            clients.dynamodb.cache_clear()
            table = table_of(clients.dynamodb(), endpoint.table)
            told.append([table.merge(batch) for batch in batches])
    clients.dynamodb.cache_clear()
    assert told[0] == told[1]
    assert {status for batch in told[0] for status in batch} == set(Status) - {Status.FAILED}


def test_one_by_one_takes_the_merge_writers_place_and_nothing_else() -> None:
    with (
        zipfile.ZipFile(io.BytesIO(zip_of(worker_sources()))) as deployed,
        zipfile.ZipFile(io.BytesIO(one_by_one_zip())) as changed,
    ):
        assert changed.namelist() == deployed.namelist()
        other = [name for name in deployed.namelist() if changed.read(name) != deployed.read(name)]
        assert other == ["steps/streaming/demand_table.py"]
        assert changed.read(other[0]) == Path(one_by_one.__file__).read_bytes()


def test_upsert_goals_are_by_cpu_seconds() -> None:
    def took(cpu_seconds: float) -> list[Measured]:
        return [Measured(99.0, cpu_seconds, 0, None)]

    runs = {"merge_writer": took(1.0), "one_by_one": took(8.0), "threads": took(9.0), "bare_puts": took(0.39)}
    comparison = Comparison("scrubbed", "somewhere", 100_000, goals=True, runs=runs)
    met = {goal.goal: (goal.measured, goal.met) for goal in upsert_goals([comparison])}
    assert met == {">= 8 x": ("8.0 x", True), ">= 0.4 x": ("0.4 x", False)}
    assert upsert_goals([Comparison("scrubbed", "somewhere", 100_000, goals=False, runs=runs)]) == []


def test_job_goal() -> None:
    merging, one_at_a_time = (Stages(10, 9, {"upload to end": seconds}) for seconds in (5.0, 9.9))
    assert job_goal(merging, one_at_a_time).met is False
    assert job_goal(Stages(10, 9, {"upload to end": 4.9}), one_at_a_time).met is True
