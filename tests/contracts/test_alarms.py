"""What can fail in silence has an alarm, every alarm its section in the runbook, and every step is sound."""

import json
import re
from typing import Any

import pytest

from local.stack.deploy import template
from local.stack.packaging import ROOT
from steps.states.resolve import Request
from tests.contracts.documents import can_be_given, slug

RESOURCES: dict[str, Any] = template()["Resources"]
ALARMS = {name: r["Properties"] for name, r in RESOURCES.items() if r["Type"] == "AWS::CloudWatch::Alarm"}
RUNBOOK = (ROOT / "docs" / "operations.md").read_text()
_LINK = re.compile(r"Runbook: \$\{RunbookUrl\}#([a-z0-9-]+)$")


def _of_type(kind: str) -> set[str]:
    return {name for name, resource in RESOURCES.items() if resource["Type"] == kind}


def _watched(metric: str) -> set[str]:
    """The resources whose metric has an alarm."""
    found = set()
    for alarm in ALARMS.values():
        if alarm["MetricName"] == metric:
            for dimension in alarm["Dimensions"]:
                value = dimension["Value"]
                found.add(value["Ref"] if "Ref" in value else value["Fn::GetAtt"][0])
    return found


def test_every_mapping_says_when_it_falls_behind() -> None:
    for name in _of_type("AWS::Lambda::EventSourceMapping"):
        mapping = RESOURCES[name]["Properties"]
        source = mapping["EventSourceArn"]["Fn::GetAtt"][0]
        if RESOURCES[source]["Type"] == "AWS::SQS::Queue":
            assert source in _watched("ApproximateAgeOfOldestMessage"), f"{name}: no alarm on its age"
        else:
            assert mapping["FunctionName"]["Ref"] in _watched("IteratorAge"), f"{name}: no alarm on its age"


@pytest.mark.parametrize("metric", ["Errors", "Throttles"])
def test_every_worker_says_when_it_fails_or_may_not_run(metric: str) -> None:
    mappings = _of_type("AWS::Lambda::EventSourceMapping")
    workers = {RESOURCES[name]["Properties"]["FunctionName"]["Ref"] for name in mappings}
    assert workers
    assert _watched(metric) == workers, f"each worker has an alarm on {metric}"


@pytest.mark.parametrize("metric", ["ExecutionsFailed", "ExecutionsTimedOut", "ExecutionsAborted"])
def test_every_machine_says_when_a_run_ends_badly(metric: str) -> None:
    assert _watched(metric) == _of_type("AWS::Serverless::StateMachine")


def test_alarms_of_one_metric_differ_in_nothing_but_what_they_watch() -> None:
    told_apart = {"AlarmDescription", "Dimensions", "AlarmActions", "OKActions"}
    patterns: dict[str, dict[str, Any]] = {}
    for name, alarm in ALARMS.items():
        assert told_apart < alarm.keys(), name
        assert (alarm["ComparisonOperator"], alarm["TreatMissingData"]) == (
            "GreaterThanThreshold",
            "notBreaching",
        )
        pattern = {key: value for key, value in alarm.items() if key not in told_apart}
        if name == "CountingFarBehind":  # The same age as CountingFallenBehind, near its end.
            pattern |= {"Period": 60, "EvaluationPeriods": 3, "Threshold": 300_000}
        assert pattern == patterns.setdefault(alarm["MetricName"], pattern), name


HEADINGS = {slug(heading): heading for heading in re.findall(r"(?m)^#{2,3} (.+)$", RUNBOOK)}


@pytest.mark.parametrize("name", sorted(ALARMS))
def test_every_alarm_links_to_its_section(name: str) -> None:
    link = _LINK.search(ALARMS[name]["AlarmDescription"]["Fn::Sub"])
    assert link is not None
    assert link[1] in HEADINGS, f"docs/operations.md has no section #{link[1]}"
    assert name in HEADINGS[link[1]].split(", "), f"the section's heading does not name {name}"
    section = RUNBOOK.split(f"### {HEADINGS[link[1]]}\n")[1].split("\n### ")[0]
    for part in ("**Means**", "**Look**", "**Do**"):
        assert part in section
    # Who is woken is who the section says is worth waking.
    topic = "PageTopic" if "**Means**: ☎" in section else "AlarmTopic"
    assert ALARMS[name]["AlarmActions"] == ALARMS[name]["OKActions"] == [{"Ref": topic}]


def test_the_runbook_speaks_of_no_alarm_that_is_not_there() -> None:
    sections = RUNBOOK.split("## The alarms\n")[1].split("\n## ")[0]
    named = {one for heading in re.findall(r"(?m)^### (.+)$", sections) for one in heading.split(", ")}
    assert named == set(ALARMS), "docs/operations.md, The alarms, names others than template.yaml has"


def test_every_test_that_the_runbook_names_is_there() -> None:
    assert all((ROOT / path).exists() for path in re.findall(r"`(tests/[\w/]+\.py)`", RUNBOOK))


@pytest.mark.parametrize("command", sorted(set(re.findall(r"`(vf [^`]+ [^`]+)`", RUNBOOK))))
def test_every_command_in_the_runbooks_text_can_be_given(command: str) -> None:
    can_be_given(command)


def test_every_input_of_the_runbook_is_one_that_resolve_takes() -> None:
    inputs = [json.loads(block) for block in re.findall(r"(?ms)^```json\n(.*?)^```", RUNBOOK)]
    assert len(inputs) == 5
    requests = [Request.of(given, "bucket") for given in inputs]
    assert any(request.accept_quality for request in requests)
    assert any(request.force for request in requests)


def test_the_dashboard_shows_everything_that_has_an_alarm() -> None:
    text = RESOURCES["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"]
    body = json.loads(re.sub(r"\$\{[^}]+\}", "x", text))
    spots = [(w["x"], w["y"]) for w in body["widgets"]]
    assert len(spots) == len(set(spots))
    assert all(w["x"] + w["width"] <= 24 for w in body["widgets"])
    missing = set(ALARMS) - set(re.findall(r"\$\{(\w+)\.Arn\}", text))
    assert not missing, f"the dashboard's list of alarms lacks {missing}"
    shown = {tuple(m[:2]) for w in body["widgets"] for m in w["properties"].get("metrics", [])}
    assert {(alarm["Namespace"], alarm["MetricName"]) for alarm in ALARMS.values()} <= shown
    used = set(re.findall(r"\$\{(\w+)", text))
    watched = {name for metric in ("IteratorAge", "Errors", "ExecutionsFailed") for name in _watched(metric)}
    missing = (watched | _watched("ApproximateNumberOfMessagesVisible")) - used
    assert not missing, f"the dashboard shows no metric of {missing}"
