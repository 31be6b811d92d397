"""What neither the emulator nor the linters say of a state machine (MiniStack calls every one valid)."""

import json
from typing import Any

import pytest
from cfnlint.api import lint_all

from local.stack.deploy import template
from pipelines.sinks import MOST_PARTITIONS, rows_of_partition
from tests.contracts import asl

RESOURCES: dict[str, Any] = template()["Resources"]
MACHINES = {
    name: resource["Properties"]
    for name, resource in RESOURCES.items()
    if resource["Type"] == "AWS::Serverless::StateMachine"
}
each_machine = pytest.mark.parametrize("machine", MACHINES.values(), ids=MACHINES)
# AWS's: the largest state, in bytes of UTF-8.
_LARGEST_STATE = 262_144


def test_both_machines_are_one_definition() -> None:
    assert len(MACHINES) == 2
    assert {machine["DefinitionUri"] for machine in MACHINES.values()} == {
        f"statemachines/{asl.DEFINITION.name}"
    }
    assert [path.name for path in asl.DEFINITION.parent.iterdir()] == [asl.DEFINITION.name]


def test_every_next_resolves_and_every_state_is_reached() -> None:
    for machine in asl.machines(asl.load()):
        known = machine["States"]
        reached, waiting = set(), [machine["StartAt"]]
        while waiting:
            name = waiting.pop()
            assert name in known, f"no state '{name}'"
            if name not in reached:
                reached.add(name)
                waiting += asl.targets(known[name])
        assert reached == set(known)


def test_every_state_ends_or_goes_on() -> None:
    for name, state in asl.states(asl.load()):
        if state["Type"] in ("Succeed", "Fail"):
            continue
        ways = [key for key in ("Next", "End", "Default") if key in state]
        assert len(ways) == 1, f"{name}: {ways}"


def test_every_task_and_map_has_retry_and_catch_and_nothing_runs_for_ever() -> None:
    assert asl.load()["TimeoutSeconds"] > 0
    for name, state in asl.states(asl.load()):
        if state["Type"] not in ("Task", "Map"):
            continue
        # A Map has no timeout of its own; the machine's holds for it.
        assert state["Type"] == "Map" or state["TimeoutSeconds"] > 0, name
        assert state["Catch"][-1]["ErrorEquals"] == ["States.ALL"], name
        for rule in state["Retry"]:
            assert rule["MaxAttempts"] > 0, name
            assert rule["BackoffRate"] > 1, name
            assert rule["JitterStrategy"] == "FULL", name


def test_a_throttled_task_waits_for_minutes() -> None:
    """A new account runs ten functions at once: a run is slower there, and not failed."""
    for name, state in asl.states(asl.load()):
        if state["Type"] == "Task":
            throttled = state["Retry"][0]
            assert throttled["ErrorEquals"] == ["Lambda.TooManyRequestsException"], name
            waits = [
                min(throttled["IntervalSeconds"] * 2**turn, throttled["MaxDelaySeconds"])
                for turn in range(throttled["MaxAttempts"])
            ]
            # With full jitter half of it, on average: longer than any function of ours holds its place.
            assert sum(waits) / 2 > 900, name


@each_machine
def test_a_tasks_timeout_is_its_functions(machine: dict[str, Any]) -> None:
    bound = machine["DefinitionSubstitutions"]
    for name, state in asl.states(asl.load()):
        if state["Type"] != "Task":
            continue
        variable = state["Parameters"]["FunctionName"].strip("${}")
        assert variable in bound, f"{name}: template.yaml, DefinitionSubstitutions, binds no {variable}"
        function = bound[variable]["Fn::GetAtt"][0]
        assert state["TimeoutSeconds"] == RESOURCES[function]["Properties"]["Timeout"], name


@each_machine
def test_every_substitution_is_bound_and_used(machine: dict[str, Any]) -> None:
    assert asl.substitutions() == set(machine["DefinitionSubstitutions"]), (
        f"DefinitionSubstitutions in template.yaml is not what {asl.DEFINITION.name} has in ${{}}"
    )


@each_machine
def test_a_machine_may_invoke_its_functions_and_no_others(machine: dict[str, Any]) -> None:
    """MiniStack does not ask: a right forgotten here would be missed on AWS only."""
    statements = [one for policy in machine["Policies"] for one in policy["Statement"]]
    (invoke,) = (one for one in statements if one["Action"] == "lambda:InvokeFunction")
    bound = [
        value for name, value in machine["DefinitionSubstitutions"].items() if name.endswith("FunctionArn")
    ]
    assert invoke["Resource"] == bound, (
        "RunTheSteps in template.yaml is not what DefinitionSubstitutions binds"
    )


def test_no_exceptions_name_stands_in_a_state_machine() -> None:
    """Refusals are answers; a Retry or Catch by a Python class's name would break when one is renamed."""
    for name, state in asl.states(asl.load()):
        for rule in [*state.get("Retry", []), *state.get("Catch", [])]:
            assert all(error.startswith(("States.", "Lambda.")) for error in rule["ErrorEquals"]), name


def test_asl_lints_as_a_raw_state_machine() -> None:
    """cfn-lint looks into `Definition`, not behind SAM's `DefinitionUri`."""
    text = asl.DEFINITION.read_text()
    for variable in asl.substitutions():
        arn = f"arn:aws:lambda:us-east-1:123456789012:function:{variable}"
        text = text.replace(f"${{{variable}}}", arn)
    assert [str(match) for match in _lint(json.loads(text)) if not match.rule.id.startswith("I")] == []


def test_the_raw_lint_sees_a_broken_definition() -> None:
    """The test above would be worth nothing if cfn-lint passed over mistakes in `Definition`."""
    broken = {"StartAt": "A", "States": {"A": {"Type": "Tusk"}}}
    assert [match for match in _lint(broken) if match.rule.id.startswith("E")]


def _lint(definition: asl.State) -> list[Any]:
    machine = {
        "Type": "AWS::StepFunctions::StateMachine",
        "Properties": {"RoleArn": "arn:aws:iam::123456789012:role/any", "Definition": definition},
    }
    raw = {"AWSTemplateFormatVersion": "2010-09-09", "Resources": {"Machine": machine}}
    return list(lint_all(json.dumps(raw)))


def test_the_children_of_the_largest_file_fit_into_a_state() -> None:
    """The Map collects their outputs whatever its ResultPath says, and no Catch takes what is too large.

    AWS does not say what stands there for a child that failed within the tolerance: its error, at worst.
    """
    fan_out = asl.load()["States"]["FanOut"]
    assert "ResultWriter" not in fan_out
    for name, state in fan_out["ItemProcessor"]["States"].items():
        if state["Type"] == "Fail":
            # Nothing of the error itself, which may be of any length.
            assert set(state) == {"Comment", "Type", "Error"}
            output = json.dumps({"Error": state["Error"], "Cause": None})
        else:
            assert state["OutputPath"] is None, name
            output = "{}"
        collected = MOST_PARTITIONS * len(f"{output}, ".encode()) + len("[]")
        assert collected < _LARGEST_STATE, name


@pytest.mark.parametrize("records", [1, 5_000, 19_999_999, 20_000_001, 100_000_000, 2_000_000_000])
@pytest.mark.parametrize("wanted", [1_000, 5_000, 100_000])
def test_a_file_of_any_size_has_no_more_children_than_fit(records: int, wanted: int) -> None:
    rows = rows_of_partition(records, wanted)
    assert rows >= wanted
    assert -(-records // rows) < MOST_PARTITIONS
    # No larger than they have to be.
    assert rows == wanted or records // (rows - 1) >= 4_000
