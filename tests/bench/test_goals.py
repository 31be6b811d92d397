"""Figures in, verdicts out: ratios are of the right two, and differences are said.

Cannot see: any real time.
"""

import os

import pytest

from bench.contestants.common import Counts, Measured
from bench.goals import Goal, prepare_goals, publish_goal
from bench.machine import Busy
from bench.rounds import CONTESTANTS, DUCKDB, FLOOR, PREPARE, ROW_LOOP, Contestant, Results
from bench.tables import differences

COUNTS = Counts(10, 2, 1, 7, {"missing_id": 2})


def _results(
    contestant: Contestant, rows: int, *seconds: float, peak: int = 10**9, counts: Counts | None = COUNTS
) -> Results:
    given = counts if contestant.does_the_job else None
    return Results(contestant, rows, [Measured(taken, 2 * taken, peak, given) for taken in seconds])


def _by_name(goals: list[Goal]) -> dict[str, Goal]:
    return {goal.name: goal for goal in goals}


def test_median_and_spread() -> None:
    results = _results(PREPARE, 100, 3.0, 1.0, 9.0)
    assert results.seconds == 3.0
    assert results.cpu_seconds == 6.0
    assert results.spread == (1.0, 9.0)
    assert results.wire()["rowsPerSecond"] == 33


def test_goals_by_the_largest_file() -> None:
    small = [_results(PREPARE, 10**6, 1.0), _results(FLOOR, 10**6, 0.1), _results(ROW_LOOP, 10**6, 12.0)]
    large = [
        _results(PREPARE, 10**7, 10.5, peak=3 * 10**9),
        _results(FLOOR, 10**7, 6.0),
        _results(DUCKDB, 10**7, 11.0),
    ]
    goals = _by_name(prepare_goals([small, large]))
    met = {name: goal.met for name, goal in goals.items()}
    assert met == {
        "Prepare's time against the floor's, 5-10 M rows": True,
        "Prepare's time against DuckDB's": False,
        "Faster than the row-at-a-time loop": True,
        "Prepare's peak memory at 10 M rows": False,
        "Prepare's growth from 1 M to 10 M rows": True,
    }
    floor = goals["Prepare's time against the floor's, 5-10 M rows"]
    assert floor.measured == "1.75 x at 10,000,000 rows (1.75 x the CPU time)"


def test_a_goal_for_another_size_is_neither_met_nor_missed() -> None:
    group = [_results(PREPARE, 10**6, 1.0), _results(FLOOR, 10**6, 0.9)]
    assert {goal.met for goal in prepare_goals([group])} == {None}


def test_growth_compares_runs_of_one_session() -> None:
    beside = [_results(PREPARE, 10**6, 99.0)]
    growing = [[_results(PREPARE, 10**6, 1.0)], [_results(PREPARE, 10**7, 12.0)]]
    growth = _by_name(prepare_goals([beside, *growing]))["Prepare's growth from 1 M to 10 M rows"]
    assert growth.measured == "12.0 x the time (12.0 x the CPU time)"
    assert growth.met is False


def test_publish_goal() -> None:
    assert publish_goal(80.0, 100.0).met is True
    assert publish_goal(79.0, 100.0).met is False


def test_every_difference_is_said() -> None:
    other = Counts(10, 3, 0, 7, {"missing_id": 2, "bad_email": 1})
    group = [_results(PREPARE, 10, 1.0), _results(DUCKDB, 10, 1.0, counts=other), _results(FLOOR, 10, 1.0)]
    assert differences([group]) == [
        "DuckDB at 10 rows: invalid 3 and not 2",
        "DuckDB at 10 rows: duplicate 0 and not 1",
        "DuckDB at 10 rows: bad_email 1 and not 0",
    ]


def test_measured_survives_the_way_between_processes() -> None:
    for contestant in CONTESTANTS:
        measured = _results(contestant, 10, 1.5).runs[0]
        assert Measured.from_json(measured.to_json()) == measured


def test_others_are_what_the_machine_did_and_we_did_not() -> None:
    cores = os.cpu_count() or 1
    before, after = Busy(0.0, 100.0, 10.0), Busy(10.0, 100.0 + 8 * cores, 10.0 + 3 * cores)
    assert after.others_since(before) == pytest.approx(0.5)
    assert Busy(10.0, 100.0, 11.0).others_since(before) == 0.0


def test_this_process_is_part_of_the_machine() -> None:
    now = Busy.now()
    assert 0 < now.ours <= now.everybody
