import io
import os
import re
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from expectations.report.model import About, Facts, InputCounts, RejectReason
from expectations.report.reasons import REASONS
from local.check.file import KEPT
from local.check.result import Checked
from local.terminal.check import render_check
from local.terminal.console import watching
from pipelines.keys import parse_key
from tests.local.check.checking import HEADER, KEY, NAME, drawn_on, vf

PERSONAL = ("ada", "example.com", "not-an-address", "row4", "fan7")


class TestReport:
    def test_tells_what_would_become_of_the_file(self, file: Path) -> None:
        result = vf(file)
        assert (result.exit_code, result.stderr) == (0, "")
        text = result.stdout
        assert "! Would pass, with 1 warning." in text
        assert "! At least 98% of the rows should be valid. It was 91.67%." in text
        assert "1 unknown column: note" in text
        steps = {line[1:27].strip(): line[27:].split()[0] for line in text.splitlines() if " %  " in line}
        assert list(steps.values()) == ["12", "1", "1", "10"]
        assert list(steps) == ["Rows read", "- rejected", "- merged into a better row", "= records"]
        assert REASONS["bad_score"] in " ".join(text.split())
        assert "12 rows (" in text
        assert "rows/s" in text
        assert "--out DIR keeps the records and the rejected rows" in text

    def test_names_rows_and_nobody(self, file: Path) -> None:
        text = vf(file).stdout
        assert "Row 4" in text
        assert "A row with several reasons is counted at the first of them" in " ".join(text.split())
        assert not [word for word in PERSONAL if word in text]

    def test_a_refusal_names_each_rule_with_what_was_seen(self, tmp_path: Path) -> None:
        path = tmp_path / NAME
        path.write_text(HEADER + "ada,101,y,Oslo,Oslo,,,,\nbob,,y,Oslo,Oslo,,,,\n")
        result = vf(path)
        assert result.exit_code == 1
        assert "✘ Would be quarantined: a critical check failed." in result.stdout
        assert "✘ At least 90% of the rows are valid. It was 50.00%." in result.stdout
        assert "! Scores go up to 100. 1 did not." in result.stdout

    def test_a_file_without_fault_is_just_fit(self, tmp_path: Path) -> None:
        path = tmp_path / NAME
        path.write_text(HEADER + "ada,99,y,Oslo,Oslo,,,,\nbob,1,n,Oslo,Oslo,,,,\n")
        assert "✔ Would pass: every check held." in vf(path).stdout

    def test_a_warning_is_no_refusal(self, tmp_path: Path) -> None:
        path = tmp_path / NAME
        path.write_text(HEADER + "ada,101,y,Oslo,Oslo,,,,\nbob,1,n,Oslo,Oslo,,,,\n")
        result = vf(path)
        assert result.exit_code == 0
        assert "! Would pass, with 1 warning." in result.stdout
        assert "! Scores go up to 100. 1 did not." in result.stdout

    @pytest.mark.parametrize("width", [120, 80, 50])
    def test_fits_and_leaves_paths_in_one_piece(self, width: int) -> None:
        kept = [Path("/a/folder/with/a/long/name/in/which/it/all/is/kept", name) for name in KEPT]
        lines = self.rendered(_checked(), width, kept)
        for path in kept:
            assert [line for line in lines if line.endswith(f" {path}")]
        assert all(len(line) <= width for line in lines if "Kept" not in line)

    def test_examples_and_totals_of_a_reason(self) -> None:
        lines = [line.strip() for line in self.rendered(_checked(), 120, [])]
        at = {line.split()[0]: number for number, line in enumerate(lines) if line}
        assert lines[at["bad_email"]].split(None, 2)[1:] == ["1,200", REASONS["bad_email"]]
        assert (
            lines[at["bad_email"] + 1]
            == "Rows 3, 17, 1004, 20005, 20006, ...; 1 of 1,201 counted at an earlier reason"
        )
        assert lines[at["unranked"] + 1] == "Rows 5, 9 (lines 6, 11)"

    def test_many_unknown_columns_are_not_all_named(self) -> None:
        checked = _checked(unknown_columns=[f"column{i}" for i in range(40)])
        text = " ".join(" ".join(self.rendered(checked, 80, [])).split())
        assert "40 unknown columns: column0," in text
        assert "column11, ..." in text

    def test_names_are_no_markup(self) -> None:
        text = "\n".join(self.rendered(_checked(about=_about("[red]x[/red]")), 80, []))
        assert text.startswith("[red]x[/red] ──")

    @staticmethod
    def rendered(checked: Checked, width: int, kept: list[Path]) -> list[str]:
        console = Console(file=io.StringIO(), width=width, record=True)
        render_check(console, checked, kept)
        return [line.rstrip() for line in console.export_text().splitlines()]


class TestProgress:
    def test_a_log_sees_no_moving_picture(self) -> None:
        log = io.StringIO()
        with watching(Console(file=log, force_terminal=True)) as told:
            told("Reading", 10)
            told("Checking", 10)
        assert log.getvalue() == ""

    def test_a_terminal_sees_what_is_going_on_and_keeps_nothing_of_it(self) -> None:
        master, slave = os.openpty()
        try:
            with (
                os.fdopen(slave, "w") as file,
                watching(Console(file=file, _environ={"TERM": "xterm"})) as told,
            ):
                told("Reading", 1_234)
                told("Checking", 1_234)
            seen = drawn_on(master).decode()
        finally:
            os.close(master)
        assert "Checking 1,234 rows" in re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", seen)


def _about(name: str) -> About:
    return About(
        run_id="",
        campaign_id="c-1",
        campaign_name=name,
        source="scrubbed",
        file_key=KEY,
        file_bytes=190_000_000,
        scored_at="2026-02-13T10:00:00.000Z",
    )


def _checked(**changed: Any) -> Checked:
    """Give what was found in a file; `changed` are facts that are otherwise."""
    given: dict[str, Any] = {
        "about": _about("The.Tour"),
        "counts": InputCounts(in_=1_000_000, invalid=1_202, duplicate=0, valid=998_798),
        "verdict": "passed",
        "rejects": [
            RejectReason(reason="bad_email", rows=1200, applies=1201, examples=[3, 17, 1004, 20005, 20006]),
            RejectReason(reason="unranked", rows=2, applies=2, examples=[5, 9], lines=[6, 11]),
        ],
    }
    return Checked(
        name=NAME,
        key=parse_key(KEY),
        facts=Facts(**(given | changed)),
        invalid_by={"bad_email": 1_200, "unranked": 2},
        failed=[],
        critical=0,
        prepare_seconds=1.5,
        gate_seconds=2.25,
    )
