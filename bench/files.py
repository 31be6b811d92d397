"""The files that are measured: each made once, in a folder that goes away at the end."""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SEED = 1
_GENERATE = (
    "import sys; from pathlib import Path; from local.sample.generate import generate; "
    "generate('scrubbed', int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]))"
)


class Files:
    """Sample files by their number of rows, and folders for what is made of them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def sample(self, rows: int) -> Path:
        """Give the scrubbed file with so many rows, made where it is not there yet.

        In a process of its own, so that this one stays small and its children's peaks are theirs alone.
        """
        path = self._folder / f"scrubbed-{rows}.csv"
        if not path.exists():
            subprocess.run([sys.executable, "-c", _GENERATE, str(rows), str(SEED), str(path)], check=True)
        return path

    @contextmanager
    def empty_folder(self) -> Iterator[Path]:
        """Give a folder for one run's output."""
        with tempfile.TemporaryDirectory(dir=self._folder) as folder:
            yield Path(folder)


@contextmanager
def files() -> Iterator[Files]:
    """Give files for the time of one command."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        yield Files(Path(folder))
