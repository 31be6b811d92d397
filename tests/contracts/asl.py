"""Reads state machine definitions for the contract tests."""

import json
import re
from collections.abc import Iterator
from typing import Any

from local.stack.packaging import ROOT

DEFINITION = ROOT / "statemachines" / "score-file.asl.json"

State = dict[str, Any]


def load() -> State:
    """The definition of both state machines, as it stands."""
    definition: State = json.loads(DEFINITION.read_text())
    return definition


def machines(definition: State) -> Iterator[State]:
    """The definition and every sub-machine in it: whatever has StartAt and States of its own."""
    yield definition
    for state in definition["States"].values():
        for inner in (state.get("ItemProcessor"), *state.get("Branches", [])):
            if inner is not None:
                yield from machines(inner)


def states(definition: State) -> Iterator[tuple[str, State]]:
    """Every state, by name, at any depth."""
    for machine in machines(definition):
        yield from machine["States"].items()


def targets(state: State) -> list[str]:
    """Names of the states that this one can go to."""
    ways = [state, *state.get("Choices", []), *state.get("Catch", [])]
    found = [way["Next"] for way in ways if "Next" in way]
    return found + ([state["Default"]] if "Default" in state else [])


def substitutions() -> set[str]:
    """The names X that stand as ${X} in the text."""
    return set(re.findall(r"\$\{(\w+)\}", DEFINITION.read_text()))
