"""Figures in, tables out: ratios are of the right two, and differences are said.

Cannot see: any real time.
"""

from functools import partial
from pathlib import Path

import pytest

from bench.harness import Session, Way, compared, in_turns, show, table
from bench.measured import BenchError, Measured, run
from bench.prepare import CONTESTANTS, differences

COUNTS = {"in": 10, "invalid": 2, "duplicate": 1, "valid": 7, "missing_id": 2}


def _way(name: str, rows: int, *seconds: float, counts: dict[str, int] | None = COUNTS) -> Way:
    runs = [Measured(taken, 2 * taken, 10**9, None if name == "floor" else counts) for taken in seconds]
    return Way(CONTESTANTS[name], rows, lambda: runs[0], runs)


def test_whoever_is_first_is_last_in_the_next_round() -> None:
    order = []

    def work(name: str) -> Measured:
        order.append(name)
        return Measured(1.0, 1.0, 0)

    ways = [Way(name, 1, partial(work, name)) for name in "abc"]
    in_turns(ways, 2)
    assert "".join(order) == "abcbca"
    assert [len(way.runs) for way in ways] == [2, 2, 2]


def test_medians_and_ratios_to_the_first_way() -> None:
    text = compared("10 rows", [_way("prepare", 100, 3.0, 1.0, 9.0), _way("floor", 100, 1.5)], "rows")
    cells = [[cell.strip() for cell in line.split("|")[1:-1]] for line in text.splitlines()[2:]]
    assert cells[2] == ["Prepare", "3.00", "1.00 - 9.00", "6.00", "33", "1.00", "1.00 x", "1.00 x"]
    assert cells[3] == ["floor (scan, sink)", "1.50", "1.50 - 1.50", "3.00", "67", "1.00", "0.50 x", "0.50 x"]


def test_numbers_stand_to_the_right() -> None:
    text = table("Costs", [{"what": "a", "ratio": "1.5 x"}, {"what": "b", "ratio": "$2"}])
    assert [line.replace(" ", "") for line in text.splitlines()] == [
        "**Costs**",
        "",
        "|what|ratio|",
        "|------|------:|",
        "|a|1.5x|",
        "|b|$2|",
    ]


def test_every_difference_is_said() -> None:
    other = COUNTS | {"invalid": 3}
    group = [_way("prepare", 10, 1.0), _way("duckdb_sql", 10, 1.0, counts=other), _way("floor", 10, 1.0)]
    assert differences(group) == [f"DuckDB at 10 rows: {other} and not {COUNTS}"]


def test_a_run_that_fails_says_why(tmp_path: Path) -> None:
    with pytest.raises(BenchError, match=r"(?s)bench\.contestants\.row_loop failed: .*no-such-file\.csv"):
        run("bench.contestants.row_loop", tmp_path / "no-such-file.csv", tmp_path)


def test_a_file_is_made_once_and_for_nothing_else(tmp_path: Path) -> None:
    running = Session(tmp_path, "a machine")
    first = running.sample(200)
    written = first.stat().st_mtime_ns
    assert running.sample(200) == first
    assert first.stat().st_mtime_ns == written
    with running.empty_folder() as folder:
        (folder / "left behind").touch()
    assert list(tmp_path.iterdir()) == [first]


def test_figures_replace_what_stood_between_their_marks(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("before\n<!-- figures -->\nold\n<!-- end of figures -->\nafter\n")
    show(page, "figures", ["a machine", "one differs"], write=False)
    assert "old" in page.read_text()
    show(page, "figures", ["a machine", "one differs"], write=True)
    assert page.read_text() == (
        "before\n<!-- figures -->\na machine\n\none differs\n<!-- end of figures -->\nafter\n"
    )


def test_a_page_without_marks_is_left_alone(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("words")
    with pytest.raises(BenchError, match="<!-- job -->"):
        show(page, "job", ["a machine"], write=True)
    assert page.read_text() == "words"
