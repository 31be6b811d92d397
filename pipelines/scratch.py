"""Temporary folders that are removed with their process; those of a killed process by the next one.

Each holds a file that its process keeps locked. The system lifts the lock however the process ends, so a
folder whose file can be locked has been forgotten. Other programs' folders hold no such file.
"""

import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

_OWNED = ".vf-owned"


@contextlib.contextmanager
def scratch_folder(prefix: str, place: Path | None = None) -> Iterator[Path]:
    """Make a folder that is removed at the end; forgotten ones beside it are removed first.

    Args:
        prefix: what its name begins with.
        place: the folder that it is made in, by default the system's for temporary files.
    """
    place = place or Path(tempfile.gettempdir())
    remove_forgotten(place)
    folder, lock = _owned_folder(prefix, place)
    try:
        yield folder
    finally:
        try:
            _remove(folder)
        finally:
            os.close(lock)


def remove_forgotten(place: Path) -> None:
    """Remove the folders of processes that are gone; what cannot be removed stays."""
    for mark in place.glob(f"*/{_OWNED}"):
        with contextlib.suppress(OSError):
            lock = os.open(mark, os.O_RDWR | os.O_NOFOLLOW)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if os.fstat(lock).st_uid == os.getuid():
                    _remove(mark.parent)
            finally:
                os.close(lock)


def _remove(folder: Path) -> None:
    """Remove a folder, its mark last: whoever is killed on the way has left what the next start knows."""
    for child in folder.iterdir():
        if child.is_dir() and not child.is_symlink():
            shutil.rmtree(child, ignore_errors=True)
        elif child.name != _OWNED:
            child.unlink(missing_ok=True)
    shutil.rmtree(folder, ignore_errors=True)


def _owned_folder(prefix: str, place: Path) -> tuple[Path, int]:
    while True:
        folder = Path(tempfile.mkdtemp(prefix=prefix, dir=place))
        mark = folder / _OWNED
        lock = os.open(mark, os.O_RDWR | os.O_CREAT)
        fcntl.flock(lock, fcntl.LOCK_EX)
        # Between the last two lines another start may have taken it for a forgotten one.
        if mark.exists():
            return folder, lock
        os.close(lock)
