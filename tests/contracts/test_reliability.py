"""The reliability page tells of the faults that the suite plays, all of them and no others."""

import re
from pathlib import Path

from tests.faults.cases import CASES

PAGE = Path(__file__).parents[2] / "docs" / "guarantees.md"


def test_every_row_was_played_and_every_case_has_its_row() -> None:
    table = PAGE.read_text().partition("<!-- faults -->")[2].partition("<!-- /faults -->")[0]
    rows = re.findall(r"^\| ([^|]+?) \| ([^|]+?) \|", table, re.MULTILINE)[1:]
    assert rows == [(case.name, case.seen) for case in CASES]
