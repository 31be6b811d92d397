"""The state machines read for their page: states, what they call, retry and catch."""

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
