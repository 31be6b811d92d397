"""The files that are measured: each made once, in a folder that goes away at the end."""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SEED = 1
# A scrubbed row has about 190 bytes; beside the file there must be room for what is made of it: the rows
# on their way, the records, the copy of the floor.
_ROW_BYTES = 190
_ROOM = 4
_GENERATE = (
    "import sys; from pathlib import Path; from local.sample import generate; "
    "generate('scrubbed', int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]))"
)


class NoRoomError(Exception):
    """The disk is too small for a file and what is made of it; the text says how much is missing."""


class Files:
    """Sample files by their number of rows, and folders for what is made of them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def sample(self, rows: int) -> Path:
        """The scrubbed file with so many rows, made where it is not there yet.

        In a process of its own, so that this one stays small and its children's peaks are theirs alone.

        Raises:
            NoRoomError: the disk cannot hold it.
        """
        path = self._folder / f"scrubbed-{rows}.csv"
        if not path.exists():
            self.check_room(rows)
            subprocess.run([sys.executable, "-c", _GENERATE, str(rows), str(SEED), str(path)], check=True)
        return path

    def check_room(self, rows: int) -> None:
        """Raises `NoRoomError` where the disk cannot hold a file of so many rows and what is made of it."""
        needed, free = rows * _ROW_BYTES * _ROOM, shutil.disk_usage(self._folder).free
        if free < needed:
            raise NoRoomError(
                f"{rows:,} rows need {needed / 1e9:.1f} GB in {tempfile.gettempdir()}, "
                f"{free / 1e9:.1f} GB are free; set TMPDIR to a larger disk."
            )

    @contextmanager
    def empty_folder(self) -> Iterator[Path]:
        """A folder for one run's output."""
        with tempfile.TemporaryDirectory(dir=self._folder) as folder:
            yield Path(folder)


@contextmanager
def files() -> Iterator[Files]:
    """Files for the time of one command."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        yield Files(Path(folder))
