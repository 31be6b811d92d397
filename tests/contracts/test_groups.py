"""Tests that share a system run in one worker process: a pytest that xdist cannot group makes one each."""

import subprocess
import sys
from pathlib import Path

_GROUPED = """
import pytest
pytestmark = pytest.mark.xdist_group("one")
@pytest.mark.parametrize("number", range(4))
def test_where(number, worker_id):
    print("in", worker_id)
"""


def test_a_group_of_tests_stays_together(tmp_path: Path) -> None:
    (tmp_path / "test_grouped.py").write_text(_GROUPED)
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-n",
        "2",
        "--dist",
        "loadgroup",
        "-rP",
        "-q",
        "-c",
        "/dev/null",
    ]
    done = subprocess.run([*command, tmp_path], capture_output=True, text=True, check=True)
    workers = [line for line in done.stdout.splitlines() if line.startswith("in gw")]
    assert len(workers) == 4
    assert len(set(workers)) == 1
