"""Each fault in the way of a whole run: what is left is what a run without faults leaves.

`tests/faults/cases.py` says what goes wrong. Cannot see: AWS's own limits, whose refusals last longer than a
test does.
"""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.faults.cases import CALM, CASES, Case
from tests.faults.play import Faulty, faulty_system

pytestmark = pytest.mark.xdist_group("faults in the way")


@pytest.fixture(scope="module")
def faulty() -> Iterator[Faulty]:
    with faulty_system() as system:
        yield system


@pytest.fixture(scope="module")
def calm(faulty: Faulty) -> dict[str, dict[str, Any]]:
    """What runs without faults leave, by kind."""
    return {case.kind: faulty.play(case) for case in CALM}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_fault_changes_nothing(faulty: Faulty, calm: dict[str, dict[str, Any]], case: Case) -> None:
    assert faulty.play(case) == calm[case.kind]
