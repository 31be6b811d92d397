"""Figures in, verdicts out: ratios are of the right two, and differences are said.

Cannot see: any real time.
"""

from functools import partial
from pathlib import Path

import pytest
from rich.table import Table

from bench.measured import BenchError, Measured, run
from bench.page import NoMarksError, write_figures
from bench.prepare import CONTESTANTS, differences, prepare_goals
from bench.rounds import Goal, Way, compared, goals, in_turns

COUNTS = {"in": 10, "invalid": 2, "duplicate": 1, "valid": 7, "missing_id": 2}


def _way(
    name: str, rows: int, *seconds: float, peak: int = 10**9, counts: dict[str, int] | None = COUNTS
) -> Way:
    runs = [Measured(taken, 2 * taken, peak, None if name == "floor" else counts) for taken in seconds]
    return Way(CONTESTANTS[name], rows, lambda: runs[0], runs)


def _cells(table: Table, column: int) -> list[str]:
    return [str(cell) for cell in table.columns[column].cells]


def test_whoever_is_first_is_last_in_the_next_round() -> None:
    order = []

    def work(name: str) -> Measured:
        order.append(name)
        return Measured(1.0, 1.0, 0)

    ways = [Way(name, 1, partial(work, name)) for name in "abc"]
    in_turns(ways, 2, lambda _: None)
    assert "".join(order) == "abcbca"
    assert [len(way.runs) for way in ways] == [2, 2, 2]


def test_medians_and_ratios_to_the_first_way() -> None:
    table = compared("10 rows", [_way("prepare", 100, 3.0, 1.0, 9.0), _way("floor", 100, 1.5)], "rows")
    assert _cells(table, 1) == ["3.00", "1.50"]
    assert _cells(table, 2)[0] == "1.00 - 9.00"
    assert _cells(table, 3) == ["6.00", "3.00"]
    assert _cells(table, 4) == ["33", "67"]
    assert _cells(table, 6) == ["1.00 x", "0.50 x"]


def test_goals_by_the_largest_file() -> None:
    small = [_way("prepare", 10**6, 1.0), _way("floor", 10**6, 0.1), _way("duckdb_sql", 10**6, 0.1)]
    small.append(_way("row_loop", 10**6, 12.0))
    large = [_way("prepare", 10**7, 10.5, peak=3 * 10**9), _way("floor", 10**7, 6.0)]
    large.append(_way("duckdb_sql", 10**7, 11.0))
    found = prepare_goals([small, large])
    assert {goal.name: (round(goal.value, 2), goal.met) for goal in found} == {
        "Prepare's time against the floor's, 10,000,000 rows": (1.75, True),
        "Prepare's peak memory at 10,000,000 rows": (3.0, False),
        "Prepare's time against DuckDB's, 10,000,000 rows": (0.95, False),
        "The row loop's time against Prepare's, 1,000,000 rows": (12.0, True),
        "Prepare's growth from 1 M rows, 10,000,000 rows": (10.5, True),
    }
    assert _cells(goals(found), 1)[:2] == ["<= 2 x", "<= 2.5 GB"]
    assert _cells(goals(found), 2)[0] == "1.75 x (1.75 x by CPU time)"


def test_a_small_file_says_nothing_of_the_floor_and_of_memory() -> None:
    group = [_way("prepare", 100, 1.0), _way("floor", 100, 0.1), _way("duckdb_sql", 100, 0.1)]
    assert [goal.name for goal in prepare_goals([group])] == ["Prepare's time against DuckDB's, 100 rows"]


def test_at_least_and_at_most() -> None:
    assert Goal("", 0.8, 0.8, at_least=True).met
    assert not Goal("", 0.79, 0.8, at_least=True).met
    assert Goal("", 2.0, 2.0).met
    assert not Goal("", 2.01, 2.0).met


def test_every_difference_is_said() -> None:
    other = COUNTS | {"invalid": 3}
    group = [_way("prepare", 10, 1.0), _way("duckdb_sql", 10, 1.0, counts=other), _way("floor", 10, 1.0)]
    assert differences(group) == [f"DuckDB at 10 rows: {other} and not {COUNTS}"]


def test_a_run_that_fails_says_why(tmp_path: Path) -> None:
    with pytest.raises(BenchError, match=r"(?s)bench\.contestants\.row_loop failed: .*no-such-file\.csv"):
        run("bench.contestants.row_loop", tmp_path / "no-such-file.csv", tmp_path)


def test_figures_replace_what_stood_between_their_marks(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("before\n<!-- figures -->\nold\n<!-- end of figures -->\nafter\n")
    table = Table("what", title="Goals")
    table.add_column("ratio", justify="right")
    table.add_row("a|b", "[green]1.5[/]")
    write_figures(page, "figures", "a machine", [table, "one differs"])
    assert page.read_text() == (
        "before\n<!-- figures -->\na machine\n\n**Goals**\n\n| what | ratio |\n|---|---:|\n"
        "| a\\|b | 1.5 |\n\n- one differs\n<!-- end of figures -->\nafter\n"
    )


def test_a_page_without_marks_is_left_alone(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("words")
    with pytest.raises(NoMarksError, match="<!-- job -->"):
        write_figures(page, "job", "a machine", [])
    assert page.read_text() == "words"
