"""`vf` commands against a running system, as another terminal would give them."""

import json
import os
from dataclasses import dataclass
from pathlib import Path

import pytest
from typer.testing import CliRunner

from local.cli import app
from local.stack import target
from local.stack.laptop import Laptop


@dataclass(frozen=True)
class Said:
    """What a command said, and how it ended."""

    code: int
    out: str
    err: str


@dataclass(frozen=True)
class Terminal:
    """A terminal beside a running system."""

    system: Laptop

    def vf(self, *arguments: str) -> Said:
        """Gives a command."""
        done = CliRunner().invoke(app, arguments, catch_exceptions=False)
        return Said(done.exit_code, done.stdout, done.stderr)


_FOUND: dict[str, target.Target] = {}


def beside(system: Laptop, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """A terminal that finds the system by the note that `vf up` leaves.

    What is found is kept from test to test: making clients is most of what a command takes.
    """
    monkeypatch.setattr(target, "RUNNING", folder)
    note = {"endpoint": system.aws.endpoint, "stack": system.stack.name}
    (folder / f"{os.getpid()}.json").write_text(json.dumps(note))
    find = target.find_target

    def find_once(stack: str | None) -> target.Target:
        if stack is not None or folder != target.RUNNING:
            return find(stack)
        if system.aws.endpoint not in _FOUND:
            _FOUND[system.aws.endpoint] = find(None)
        return _FOUND[system.aws.endpoint]

    monkeypatch.setattr(target, "find_target", find_once)
    return Terminal(system)
