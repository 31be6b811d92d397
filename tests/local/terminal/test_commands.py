"""What every command has in common: help with an example, and JSON of every refusal."""

import json
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from local.cli import COMMANDS, app
from local.stack import target
from tests.contracts.documents import can_be_given


def _leaves(command: Any, *path: str) -> list[tuple[tuple[str, ...], Any]]:
    if not hasattr(command, "commands"):
        return [(path, command)]
    return [leaf for name, one in command.commands.items() for leaf in _leaves(one, *path, name)]


LEAVES = _leaves(typer.main.get_command(app))


@pytest.mark.parametrize(("path", "command"), LEAVES, ids=[" ".join(path) for path, _ in LEAVES])
def test_every_command_has_json_and_an_example_in_its_help(path: tuple[str, ...], command: Any) -> None:
    options = {name for parameter in command.params for name in parameter.opts}
    assert "--json" in options
    assert f"vf {' '.join(path)}" in command.epilog
    assert "example" in CliRunner().invoke(app, [*path, "--help"]).stdout.lower()


@pytest.mark.parametrize("example", [one for examples in COMMANDS.values() for one in examples])
def test_every_example_can_be_given(example: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    can_be_given(example)


@pytest.mark.parametrize(
    ("words", "name", "code"),
    [
        (["status"], "NoStack", 2),
        (["rerun", "c-1"], "NoStack", 2),
        (["recount", "c-1"], "Usage", 2),
        (["open", "nobody"], "NoStack", 2),
        (["check", "nowhere.csv"], "Check", 2),
        (["check", "nowhere.csv", "--threshold", "Nothing=1"], "Tolerated", 2),
        (["check"], "Usage", 2),
        (["upload", "nowhere.csv"], "Usage", 2),
        (["demo", "--rows", "1", "--file", "x", "--key", "y"], "Usage", 2),
        (["sample", "--kind", "fanlist", "--rows", "1", "--out", "no/where.csv"], "Sample", 2),
        (["nonsense"], "Usage", 2),
    ],
)
def test_a_refusal_is_an_object_too(
    words: list[str], name: str, code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(target, "RUNNING", tmp_path)
    monkeypatch.chdir(tmp_path)
    told = CliRunner().invoke(app, [*words, "--json"])
    assert told.exit_code == code
    error = json.loads(told.stdout)["error"]
    assert error["name"] == name
    assert " ".join(error["message"].split()) in " ".join(told.stderr.replace("│", "").split())
    silent = CliRunner().invoke(app, words)
    assert (silent.exit_code, silent.stdout) == (code, "")


def test_a_stack_may_stand_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str | None] = []

    def find(stack: str | None) -> None:
        asked.append(stack)
        raise target.NoStackError("none")

    monkeypatch.setattr(target, "find_target", find)
    monkeypatch.setenv("VF_STACK", "fans-prod")
    CliRunner().invoke(app, ["status"])
    CliRunner().invoke(app, ["status", "--stack", "fans-stage"])
    assert asked == ["fans-prod", "fans-stage"]
