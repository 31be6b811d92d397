"""A worker's zip as `sam build` and `sam deploy` make it."""

import io
import subprocess
import sys
import zipfile
from pathlib import Path

from local.stack.packaging import ROOT, PackagingError


def built_worker(function: str, folder: Path) -> Path:
    """Build what `sam build` has of a worker: libraries and our own sources, unpacked, in `folder`.

    Raises:
        PackagingError: its target in the Makefile failed.
    """
    command = ["make", f"build-{function}", f"ARTIFACTS_DIR={folder}", f"PYTHON={sys.executable}"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise PackagingError(f"{' '.join(command)} failed: {done.stderr.strip()[-2000:]}")
    return folder


def zip_as_deployed(folder: Path) -> bytes:
    """Make the zip that `sam deploy` makes of a built folder: every file in it is of 1980."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for file in sorted(file for file in folder.rglob("*") if file.is_file()):
            name = zipfile.ZipInfo(file.relative_to(folder).as_posix())
            archive.writestr(name, file.read_bytes(), zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def unpacked_as_deployed(folder: Path, target: Path) -> Path:
    """Send a built folder the way through the zip, as Lambda has it; the files' times do not survive."""
    with zipfile.ZipFile(io.BytesIO(zip_as_deployed(folder))) as archive:
        archive.extractall(target)
    return target
