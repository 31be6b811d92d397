"""What is deployed, built on this machine: the steps' image, a worker's zip and the libraries around it.

The image needs no container engine: what the Dockerfile installs, copies, compiles, sets and starts is done
as it says, by `sh`, with a fresh virtual environment in the place of the base image's Python. The system, the
user and the Python are this machine's and not the image's.
"""

import io
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

from local.stack.packaging import ROOT, PackagingError

# What Lambda's own Python brings and a worker does not, in versions that AWS does not tell; here the lock's.
_BROUGHT = ("awslambdaric", "simplejson", "snapshot-restore-py")

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
    _do([sys.executable, "-m", "venv", str(python)])
    image = Image(folder / "task", python, {}, [])
    image.folder.mkdir()
    for name, rest in instructions((ROOT / "Dockerfile").read_text()):
        match name:
            case "FROM" if not re.fullmatch(r"python:3\.\d+-\S+", rest):
                raise PackagingError(f"Dockerfile: the base image is {rest} and not Python.")
            case "FROM" | "WORKDIR" | "CMD":
                pass  # A Python of our own, one folder, and a handler that the template names.
            case "COPY":
                _copy(image, *shlex.split(rest))
            case "ENV":
                image.variables.update(pair.partition("=")[::2] for pair in shlex.split(rest))
            case "RUN":
                _do(["sh", "-c", rest], image.folder, image.environment)
            case "ENTRYPOINT":
                image.entrypoint.extend(json.loads(rest))
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


def built_worker(function: str, folder: Path) -> Path:
    """Build what `sam build` has of a worker: libraries and our own sources, unpacked, in `folder`.

    Raises:
        PackagingError: its target in the Makefile failed.
    """
    _do(["make", f"build-{function}", f"ARTIFACTS_DIR={folder}", f"RUNTIME_PYTHON={sys.executable}"])
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


def managed_runtime(folder: Path) -> Path:
    """Make a virtual environment with the libraries of Lambda's runtime in an empty folder; its interpreter.

    Raises:
        PackagingError: they could not be installed.
    """
    uv, interpreter = str(Path(sys.executable).with_name("uv")), folder / "bin" / "python"
    pins = re.findall(
        r"^[a-zA-Z0-9].*?(?=^[a-zA-Z0-9]|\Z)",
        (ROOT / "requirements" / "steps.txt").read_text(),
        re.MULTILINE | re.DOTALL,
    )
    lock = folder.with_suffix(".txt")
    lock.write_text("".join(pin for pin in pins if re.split(r"[=\[ ]", pin)[0] in _BROUGHT))
    _do([uv, "venv", "--quiet", "--python", sys.executable, str(folder)])
    install = [uv, "pip", "install", "--quiet", "--python", str(interpreter), "--compile-bytecode"]
    _do([*install, "--no-deps", "--require-hashes", "-r", str(lock)])
    return interpreter


def _do(command: list[str], folder: Path = ROOT, environment: dict[str, str] | None = None) -> None:
    # The registry's address, if this machine has one of its own, comes from pip's own configuration.
    kept = {name: value for name, value in os.environ.items() if name.startswith(("PIP_", "HOME", "SSL_"))}
    variables = dict(os.environ) if environment is None else kept | environment
    done = subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True, check=False)
    if done.returncode:
        raise PackagingError(f"{shlex.join(command)} failed: {(done.stderr or done.stdout).strip()[-2000:]}")
