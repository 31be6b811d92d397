"""The commands on small files: figures as JSON, and tables in a page.

Cannot see: figures that mean anything.
"""

import json
from pathlib import Path

import pytest
from rich.table import Table
from typer.testing import CliRunner

from bench.cli import app
from bench.report import NoMarksError, write_figures


def test_prepare_as_json() -> None:
    result = CliRunner().invoke(app, ["prepare", "--rows", "300", "--rounds", "1", "--json"])
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert set(found) == {"machine", "groups", "differences", "goals"}
    assert found["differences"] == []
    names = [method["name"] for method in found["groups"][0]]
    assert names == ["prepare", "floor", "duckdb_sql", "pandas_frames", "row_loop"]
    assert {method["counts"].get("in", 300) for method in found["groups"][0]} == {300}


def test_gate_as_json() -> None:
    result = CliRunner().invoke(app, ["gate", "--rows", "300", "--rounds", "1", "--json"])
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert [one["name"] for one in found["gate"]["results"]] == ["prepare", "gate", "gate_pandas"]
    assert found["gate"]["differences"] == []
    assert [goal["met"] for goal in found["goals"]] == [None, None]


def test_profile_sees_the_work_of_the_pool() -> None:
    result = CliRunner().invoke(app, ["profile", "--rows", "300", "--json"])
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)["profile"]
    assert "parse.parse" in {entry["name"] for entry in found}
    assert 0.9 < found[0]["share"] <= 1.0


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
