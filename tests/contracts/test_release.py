"""A release says the same everywhere: pyproject.toml, `vf --version`, the changelog."""

import re
import tomllib

from typer.testing import CliRunner

from local.cli import app
from local.stack.packaging import ROOT

VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]


def test_the_command_says_its_version() -> None:
    said = CliRunner().invoke(app, ["--version"])
    assert said.output == f"vf {VERSION}\n", "run `make install`"


def test_the_changelog_ends_in_dated_versions_of_which_the_newest_is_this() -> None:
    headings = re.findall(r"(?m)^## (.+)$", (ROOT / "CHANGELOG.md").read_text())
    assert headings[0] == "Unreleased"
    assert all(re.fullmatch(r"\d+\.\d+\.\d+ - \d{4}-\d\d-\d\d", one) for one in headings[1:])
    assert headings[1].startswith(f"{VERSION} - ")
