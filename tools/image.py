"""The steps' image without a container engine: the Dockerfile carried out in a folder.

What it installs, copies, compiles, sets and starts is read from the Dockerfile and done as it says, by `sh`,
with a fresh virtual environment in the place of the base image's Python. The system and the user are this
machine's and not the image's.
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from local.stack.packaging import ROOT, PackagingError

# Lambda takes no larger image, unpacked.
LARGEST_IMAGE = 10 * 1024**3


@dataclass(frozen=True)
class Image:
    """What a container of the image would have.

    Attributes:
        folder: WORKDIR, with what was copied there.
        python: the folder of its Python, libraries and all.
        variables: ENV.
        entrypoint: the program that a function's command is given to.
    """

    folder: Path
    python: Path
    variables: dict[str, str]
    entrypoint: list[str]

    @property
    def environment(self) -> dict[str, str]:
        """The variables that a process in the container sees; nothing of this process's own but the path."""
        path = f"{self.python / 'bin'}{os.pathsep}{os.environ['PATH']}"
        return {"PATH": path, "LANG": "C.UTF-8", **self.variables}

    @property
    def size(self) -> int:
        """Bytes, unpacked; the base image's system and its Python are not in it."""
        return sum(size_of(folder) for folder in (self.folder, self.python))


def size_of(folder: Path) -> int:
    """Bytes of all files below a folder; links count as nothing."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file() and not file.is_symlink())


def instructions(text: str) -> list[tuple[str, str]]:
    """Give a Dockerfile's instructions in order: name and the rest of the line."""
    whole = re.sub(r"\\\n", " ", re.sub(r"^\s*#.*\n", "", text, flags=re.MULTILINE))
    parted = (line.strip().partition(" ") for line in whole.splitlines() if line.strip())
    return [(name, rest.strip()) for name, _, rest in parted]


def build(folder: Path) -> Image:
    """Carries out the Dockerfile below `folder`, an empty one; installing takes a minute or two.

    Raises:
        PackagingError: an instruction failed, or is one that this does not know how to carry out.
    """
    python = folder / "python"
    _do([sys.executable, "-m", "venv", str(python)], ROOT, dict(os.environ))
    image = Image(folder / "task", python, {}, [])
    image.folder.mkdir()
    for name, rest in instructions((ROOT / "Dockerfile").read_text()):
        match name:
            case "FROM" if not re.fullmatch(r"python:3\.11-\S+", rest):
                raise PackagingError(f"Dockerfile: the base image is {rest} and not Python 3.11.")
            case "FROM" | "WORKDIR" | "CMD":
                pass  # A Python of our own, one folder, and a handler that the template names.
            case "COPY":
                _copy(image, *shlex.split(rest))
            case "ENV":
                image.variables.update(pair.partition("=")[::2] for pair in shlex.split(rest))
            case "RUN":
                _do(["sh", "-c", rest], image.folder, image.environment)
            case "ENTRYPOINT":
                image.entrypoint.extend(_words(rest))
            case _:
                raise PackagingError(f"Dockerfile: {name} cannot be carried out here.")
    return image


def _copy(image: Image, source: str, target: str) -> None:
    """One file or folder; byte code stays out, as .dockerignore says."""
    here, there = ROOT / source, image.folder / target
    there.parent.mkdir(parents=True, exist_ok=True)
    if here.is_dir():
        shutil.copytree(here, there, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        shutil.copy(here, there)


def _words(form: str) -> list[str]:
    """Give the exec form's words: a JSON list of strings."""
    return re.findall(r'"([^"]*)"', form)


def _do(command: list[str], folder: Path, environment: dict[str, str]) -> None:
    # The registry's address, if this machine has one of its own, comes from pip's own configuration.
    kept = {name: value for name, value in os.environ.items() if name.startswith(("PIP_", "HOME", "SSL_"))}
    done = subprocess.run(
        command, cwd=folder, env=kept | environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise PackagingError(f"{shlex.join(command)} failed: {(done.stderr or done.stdout).strip()[-2000:]}")
