"""Function code for the embedded AWS, cut exactly as the cloud's build cuts it.

What goes into the image stands in the Dockerfile's COPY lines, what goes into a worker's zip in the
Makefile's WORKER_SOURCES: both are read from there, so a package forgotten in one of them is missing on
the laptop too. Libraries are not packed: the embedded AWS's interpreter has them.
"""

import io
import re
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
_BYTE_CODE = (".pyc", ".pyo")


class PackagingError(Exception):
    """The Dockerfile or the Makefile does not say what to pack."""


def image_sources() -> list[str]:
    """Our own paths that the steps' image copies."""
    copied = re.findall(r"^COPY (\S+) \./\S+$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    found = [path for path in copied if (ROOT / path).is_dir()]
    if not found:
        raise PackagingError("Dockerfile: no line of the form `COPY package ./package` was found.")
    return found


def worker_sources() -> list[str]:
    """Our own paths that a worker's zip holds."""
    line = re.search(r"^WORKER_SOURCES := (.+)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    if line is None:
        raise PackagingError("Makefile: no line `WORKER_SOURCES := ...` was found.")
    return line[1].split()


def zip_of(sources: list[str]) -> bytes:
    """Make a deployable zip of these paths' files, byte code aside; the same files give the same bytes."""
    files = sorted(
        file
        for source in sources
        for file in ([ROOT / source] if (ROOT / source).is_file() else (ROOT / source).rglob("*.*"))
        if file.is_file() and file.suffix not in _BYTE_CODE
    )
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in files:
            name = zipfile.ZipInfo(file.relative_to(ROOT).as_posix(), (2020, 1, 1, 0, 0, 0))
            name.external_attr = 0o644 << 16
            archive.writestr(name, file.read_bytes())
    return packed.getvalue()
