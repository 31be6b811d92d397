"""Memory follows the bytes of a file, whatever they say. Cannot see: time, or sizes beyond 20 MB."""

import json
import subprocess
import sys

import pytest

_CHILD = """
import resource, sys, tempfile
from pathlib import Path
from bench import shapes
from bench.measured import peak_bytes
from bench.contestants.prepare import prepare
resource.setrlimit(resource.RLIMIT_AS, (12 << 30, 12 << 30))  # the machine has others to serve
with tempfile.TemporaryDirectory() as folder:
    shapes.write(shapes.PLAIN, 100_000, Path(folder, "plain.csv"))
    prepare(Path(folder, "plain.csv"), Path(folder, "plain"))
    idle = peak_bytes()
    shapes.write(sys.argv[1], int(sys.argv[2]), Path(folder, "odd.csv"))
    prepare(Path(folder, "odd.csv"), Path(folder, "odd"))
    print(peak_bytes() - idle)
"""
_SMALL = 5_000_000
# Of memory for each of a file of 20 MB; 11 to 24 were measured.
_MOST_BYTES = 36


@pytest.mark.parametrize(
    "shape",
    [
        "100,000 tags on a fan",
        "one fan in four is `unknown`, with four tags of its own",
        "a stray quote in every row",
        "every row rejected for every reason",
    ],
)
def test_memory_follows_the_bytes(shape: str) -> None:
    small, large = (_growth(shape, size) for size in (_SMALL, 4 * _SMALL))
    assert large < 6 * small
    assert large < _MOST_BYTES * 4 * _SMALL


def _growth(shape: str, size: int) -> int:
    """Bytes of memory beyond what a small plain file takes, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", _CHILD, shape, str(size)], capture_output=True, text=True, check=True
    )
    return int(json.loads(done.stdout))
