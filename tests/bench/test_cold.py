"""A worker's start, measured once.

Cannot see: figures that mean anything, and the image, which takes minutes.
"""

import pytest

from bench import tables
from bench.cold import BOTO3, NOTHING, Start, Starts, _once, workers
from bench.rounds import ContestantError


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Starts:
    return workers(tmp_path_factory.mktemp("cold"), 1, lambda _: None, only="VerdictReporter")


def test_a_worker_starts_beside_the_floors(found: Starts) -> None:
    labels = [NOTHING, BOTO3, "VerdictReporter", "VerdictReporter without byte code"]
    assert [start.label for start in found.starts] == labels
    assert all(len(start.runs) == 1 for start in found.starts)
    sizes = [start.zip_bytes for start in found.starts[2:]]
    assert sizes[0] is not None
    assert sizes[1] is not None
    assert sizes[1] < sizes[0] < found.unpacked_bytes
    assert found.wire()["starts"][2]["zipBytes"] == sizes[0]
    assert tables.cold_table(found).row_count == 4


def test_an_import_that_fails_is_said(found: Starts) -> None:
    start = found.starts[2]
    with pytest.raises(ContestantError, match=r"steps\.prepare"):
        _once(Start("one", start.interpreter, start.folder, "steps.prepare"))
