"""What neither the emulator nor the linters say of a state machine (MiniStack calls every one valid)."""

import json
from pathlib import Path
from typing import Any

import pytest
from cfnlint.api import lint_all

from local.stack.deploy import template
from tests.contracts import asl

each_definition = pytest.mark.parametrize("path", asl.DEFINITIONS, ids=lambda path: path.stem)


def _machine_of(path: Path) -> dict[str, Any]:
    found = [
        resource["Properties"]
        for resource in template()["Resources"].values()
        if resource["Type"] == "AWS::Serverless::StateMachine"
        and resource["Properties"]["DefinitionUri"] == f"statemachines/{path.name}"
    ]
    assert len(found) == 1, f"{path.name} belongs to {len(found)} state machines of the template"
    return dict(found[0])


@each_definition
def test_every_next_resolves_and_every_state_is_reached(path: Path) -> None:
    for machine in asl.machines(asl.load(path)):
        known = machine["States"]
        reached, waiting = set(), [machine["StartAt"]]
        while waiting:
            name = waiting.pop()
            assert name in known, f"no state '{name}'"
            if name not in reached:
                reached.add(name)
                waiting += asl.targets(known[name])
        assert reached == set(known)


@each_definition
def test_every_state_ends_or_goes_on(path: Path) -> None:
    for name, state in asl.states(asl.load(path)):
        if state["Type"] in ("Succeed", "Fail"):
            continue
        ways = [key for key in ("Next", "End", "Default") if key in state]
        assert len(ways) == 1, f"{name}: {ways}"


@each_definition
def test_every_task_and_map_has_retry_and_catch_and_nothing_runs_for_ever(path: Path) -> None:
    assert asl.load(path)["TimeoutSeconds"] > 0
    for name, state in asl.states(asl.load(path)):
        if state["Type"] not in ("Task", "Map"):
            continue
        # A Map has no timeout of its own; the machine's holds for it.
        assert state["Type"] == "Map" or state["TimeoutSeconds"] > 0, name
        assert state["Catch"][-1]["ErrorEquals"] == ["States.ALL"], name
        passing = state["Retry"][-1]
        assert passing["MaxAttempts"] > 0, name
        assert passing["BackoffRate"] > 1, name
        assert passing["JitterStrategy"] == "FULL", name


@each_definition
def test_a_tasks_timeout_is_its_functions(path: Path) -> None:
    resources = template()["Resources"]
    bound = _machine_of(path)["DefinitionSubstitutions"]
    for name, state in asl.states(asl.load(path)):
        if state["Type"] != "Task":
            continue
        variable = state["Parameters"]["FunctionName"].strip("${}")
        assert variable in bound, f"{name}: template.yaml, DefinitionSubstitutions, binds no {variable}"
        function = bound[variable]["Fn::GetAtt"][0]
        assert state["TimeoutSeconds"] == resources[function]["Properties"]["Timeout"], name


@each_definition
def test_every_substitution_is_bound_and_used(path: Path) -> None:
    bound = _machine_of(path)["DefinitionSubstitutions"]
    assert asl.substitutions(path) == set(bound)


@each_definition
def test_a_machine_may_invoke_its_functions_and_no_others(path: Path) -> None:
    """MiniStack does not ask: a right forgotten here would be missed on AWS only."""
    machine = _machine_of(path)
    statements = [one for policy in machine["Policies"] for one in policy["Statement"]]
    (invoke,) = (one for one in statements if one["Action"] == "lambda:InvokeFunction")
    bound = list(machine["DefinitionSubstitutions"].values())
    assert invoke["Resource"] == bound, (
        "RunTheSteps in template.yaml is not what DefinitionSubstitutions binds"
    )


@each_definition
def test_no_exceptions_name_stands_in_a_state_machine(path: Path) -> None:
    """Refusals are answers; a Retry or Catch by a Python class's name would break when one is renamed."""
    for name, state in asl.states(asl.load(path)):
        for rule in [*state.get("Retry", []), *state.get("Catch", [])]:
            assert all(error.startswith("States.") for error in rule["ErrorEquals"]), name


@each_definition
def test_asl_lints_as_a_raw_state_machine(path: Path) -> None:
    """cfn-lint looks into `Definition`, not behind SAM's `DefinitionUri`."""
    text = path.read_text()
    for variable in asl.substitutions(path):
        arn = f"arn:aws:lambda:us-east-1:123456789012:function:{variable}"
        text = text.replace(f"${{{variable}}}", arn)
    raw = {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Resources": {
            "Machine": {
                "Type": "AWS::StepFunctions::StateMachine",
                "Properties": {
                    "RoleArn": "arn:aws:iam::123456789012:role/any",
                    "Definition": json.loads(text),
                },
            }
        },
    }
    found = lint_all(json.dumps(raw))
    assert [str(match) for match in found if not match.rule.id.startswith("I")] == []


def test_the_raw_lint_sees_a_broken_definition() -> None:
    """The test above would be worth nothing if cfn-lint passed over mistakes in `Definition`."""
    raw = {
        "Resources": {
            "Machine": {
                "Type": "AWS::StepFunctions::StateMachine",
                "Properties": {
                    "RoleArn": "arn:aws:iam::123456789012:role/any",
                    "Definition": {"StartAt": "A", "States": {"A": {"Type": "Tusk"}}},
                },
            }
        }
    }
    assert [match for match in lint_all(json.dumps(raw)) if match.rule.id.startswith("E")]
