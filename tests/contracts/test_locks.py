"""The locks say the same: what is tested is what is packed, and what pyproject.toml asks for."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[2]
LOCKS = ROOT / "requirements"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def pinned(lock: str) -> dict[str, set[str]]:
    """Versions by package; a universal lock may hold one for each range of Pythons."""
    found: dict[str, set[str]] = {}
    for name, version in re.findall(
        r"^([A-Za-z0-9_.-]+)(?:\[[^]]*\])?==([^ ;\\]+)", (LOCKS / lock).read_text(), flags=re.M
    ):
        found.setdefault(canonicalize_name(name), set()).add(version)
    return found


@pytest.mark.parametrize("lock", ["steps.txt", "workers.txt", "bootstrap.txt"])
def test_a_lock_holds_what_is_tested(lock: str) -> None:
    tested, packed = pinned("dev.txt"), pinned(lock)
    assert packed
    assert {name: versions - tested.get(name, set()) for name, versions in packed.items()} == {
        name: set() for name in packed
    }, "run `make lock`"


@pytest.mark.parametrize(
    ("lock", "extras"),
    [("dev.txt", sorted(PROJECT["optional-dependencies"])), ("steps.txt", ["steps"])],
)
def test_a_lock_has_what_the_project_asks_for(lock: str, extras: list[str]) -> None:
    asked = [
        *PROJECT["dependencies"],
        *(one for extra in extras for one in PROJECT["optional-dependencies"][extra]),
    ]
    locked = pinned(lock)
    for requirement in map(Requirement, asked):
        versions = locked.get(canonicalize_name(requirement.name), set())
        assert versions, f"{requirement.name} is not in requirements/{lock}: run `make lock`"
        assert all(Version(one) in requirement.specifier for one in versions), (
            f"{requirement}: run `make lock`"
        )


def test_what_is_installed_fits_together() -> None:
    command = [str(Path(sys.executable).with_name("uv")), "pip", "check", "--python", sys.executable]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
