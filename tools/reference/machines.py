"""The state machines for their page, listed and drawn as a Mermaid flowchart, which GitHub shows."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from local.stack.packaging import ROOT
from tools.reference.markdown import cell

State = dict[str, Any]

DEFINITION = ROOT / "statemachines" / "score-file.asl.json"
# What a choice's comparison says, between the variable and the value.
_COMPARISONS = {"StringEquals": "is", "NumericEquals": "is", "BooleanEquals": "is"}
_ANY = "any error"
# Fills that keep their own text's colour, so that both of GitHub's themes can be read.
CLASSES = """\
    classDef task fill:#ebf8ff,stroke:#2b6cb0,color:#1a202c
    classDef choice fill:#fefcbf,stroke:#b7791f,color:#1a202c
    classDef good fill:#c6f6d5,stroke:#2f855a,color:#1a202c
    classDef bad fill:#fed7d7,stroke:#c53030,color:#1a202c
    classDef plain fill:#ffffff,stroke:#4a5568,color:#1a202c"""
_SHAPES = {
    "Task": ("[", "]:::task"),
    "Choice": ("{{", "}}:::choice"),
    "Succeed": ("([", "]):::good"),
    "Fail": ("([", "]):::bad"),
}


class UndrawableError(Exception):
    """A definition says something that nobody has put into words here yet."""


@dataclass(frozen=True)
class Machine:
    """The definition of both state machines.

    Args:
        definition: the states themselves.
        functions: the template's functions by the variable that the definition calls them.
    """

    definition: State
    functions: Mapping[str, str]

    @classmethod
    def read(cls, resources: Mapping[str, Any]) -> "Machine":
        """Give the definition and the functions that the template binds to it."""
        bound: dict[str, list[str]] = {}
        for resource in resources.values():
            for variable, value in resource.get("Properties", {}).get("DefinitionSubstitutions", {}).items():
                if variable.endswith("FunctionArn"):
                    bound.setdefault(variable, []).append(value["Fn::GetAtt"][0])
        names = {variable: " or ".join(dict.fromkeys(found)) for variable, found in bound.items()}
        return cls(json.loads(DEFINITION.read_text()), names)

    def function(self, state: State) -> str | None:
        """Give the function that a state calls, by its name in the template."""
        if state["Type"] != "Task":
            return None
        return self.functions[state["Parameters"]["FunctionName"].strip("${}")]

    def states(self) -> Iterator[tuple[str, State]]:
        """Every state by its name, those of a Map's child after the Map."""
        for name, state in self.definition["States"].items():
            yield name, state
            yield from state.get("ItemProcessor", {}).get("States", {}).items()

    def rows(self, descriptions: Mapping[str, str]) -> list[Sequence[str]]:
        """Give a table of the states: name and kind, what it does, timeout, retries, where errors go.

        Args:
            descriptions: what each function does, where the state does not say so itself.
        """
        return [self._row(name, state, descriptions) for name, state in self.states()]

    def _row(self, name: str, state: State, descriptions: Mapping[str, str]) -> Sequence[str]:
        function = self.function(state)
        told = state.get("Comment") or descriptions.get(function or "", "")
        calls = f"{state['Type']}: {function}" if function else state["Type"]
        return (
            f"**{name}**",
            calls,
            cell(f"{told} {_ending(state)}"),
            f"{state['TimeoutSeconds']:,} s" if "TimeoutSeconds" in state else "",
            "; ".join(_retry(rule) for rule in state.get("Retry", [])),
            "; ".join(f"{errors(rule)}: {rule['Next']}" for rule in state.get("Catch", [])),
        )


def _ending(state: State) -> str:
    if state["Type"] == "Succeed":
        return "Ends the execution as succeeded."
    if state["Type"] == "Fail":
        if "Error" in state:
            return f"Ends it as failed, as `{state['Error']}`."
        return f"Ends it as failed, with `{state['ErrorPath']}` and `{state['CausePath']}`."
    return ""


def errors(rule: State) -> str:
    """Give the errors that a Retry or a Catch is for."""
    return _ANY if rule["ErrorEquals"] == ["States.ALL"] else ", ".join(rule["ErrorEquals"])


def _retry(rule: State) -> str:
    """How often, and the longest waits (s): with full jitter each is anything from none to that."""
    longest = rule.get("MaxDelaySeconds", float("inf"))
    waits = [
        min(rule["IntervalSeconds"] * rule["BackoffRate"] ** turn, longest)
        for turn in range(rule["MaxAttempts"])
    ]
    distinct = ", ".join(dict.fromkeys(f"{wait:g}" for wait in waits))
    return f"{errors(rule)}: {rule['MaxAttempts']} times, after up to {distinct} s"


def condition(rule: State) -> str:
    """Give a choice's rule in words.

    Raises:
        UndrawableError: it compares in a way that has no words yet.
    """
    for joined, word in (("And", " and "), ("Or", " or ")):
        if joined in rule:
            return word.join(condition(part) for part in rule[joined])
    variable = rule["Variable"].removeprefix("$.")
    if "IsNull" in rule:
        return f"{variable} is {'null' if rule['IsNull'] else 'there'}"
    for comparison, word in _COMPARISONS.items():
        if comparison in rule:
            return f"{variable} {word} {json.dumps(rule[comparison]).strip(chr(34))}"
    raise UndrawableError(f"No words for the choice {rule}.")


def flowchart(machine: Machine) -> str:
    """Give the drawing's text: solid arrows are the way, dashed ones are errors that outlast the retries."""
    return "\n".join(["flowchart TB", *_level(machine, machine.definition, "    "), CLASSES])


def _level(machine: Machine, level: State, indent: str, prefix: str = "") -> Iterator[str]:
    states: dict[str, State] = level["States"]
    for name, state in states.items():
        yield from _node(machine, name, state, indent)
    yield f"{indent}{prefix}start((start)):::plain --> {level['StartAt']}"
    for name, state in states.items():
        yield from _ways(name, state, indent)


def _node(machine: Machine, name: str, state: State, indent: str) -> Iterator[str]:
    if state["Type"] == "Map":
        yield f'{indent}subgraph {name}["{name}: one child a partition"]'
        yield from _level(machine, state["ItemProcessor"], indent + "    ", name)
        yield f"{indent}end"
        yield f"{indent}style {name} fill:#f7fafc,stroke:#4a5568,color:#1a202c"
        return
    function = machine.function(state)
    label = name if function is None else f"<b>{name}</b><br>{function}"
    left, right = _SHAPES[state["Type"]]
    yield f'{indent}{name}{left}"{label}"{right}'


def _ways(name: str, state: State, indent: str) -> Iterator[str]:
    for rule in state.get("Choices", []):
        yield f'{indent}{name} -->|"{condition(rule)}"| {rule["Next"]}'
    if "Default" in state:
        yield f'{indent}{name} -->|"otherwise"| {state["Default"]}'
    if "Next" in state:
        yield f"{indent}{name} --> {state['Next']}"
    if state.get("End"):
        yield f"{indent}{name} --> {name}Done([succeeds]):::good"
    for rule in state.get("Catch", []):
        yield f'{indent}{name} -.->|"{errors(rule)}"| {rule["Next"]}'
