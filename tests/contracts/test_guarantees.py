"""The page for whoever is on call names tests and alarms: all of them exist."""

import re

import pytest

from local.stack.deploy import template
from local.stack.packaging import ROOT

PAGE = (ROOT / "docs" / "guarantees.md").read_text()
CODE = set(re.findall(r"`([^`\n]+)`", PAGE))
FILES = sorted(word for word in CODE if re.fullmatch(r"[\w/]*test_\w+\.py", word))
NAMES = sorted(word for word in CODE if re.fullmatch(r"test_\w+(\.\.\.)?", word))
ALARMS = sorted(word for word in CODE if re.fullmatch(r"[A-Z]\w+(Filled|Behind|DeadLetters|Scores)", word))


def test_the_page_names_some_of_each() -> None:
    assert len(FILES) > 8
    assert len(NAMES) > 3
    assert len(ALARMS) > 5


@pytest.mark.parametrize("name", FILES)
def test_files(name: str) -> None:
    assert [path for path in (ROOT / "tests").rglob("test_*.py") if path.as_posix().endswith(f"/{name}")]


@pytest.mark.parametrize("name", NAMES)
def test_names(name: str) -> None:
    start = f"def {name.removesuffix('...')}" + ("" if name.endswith("...") else "(")
    assert any(start in path.read_text() for path in (ROOT / "tests").rglob("test_*.py"))


@pytest.mark.parametrize("name", ALARMS)
def test_alarms(name: str) -> None:
    assert template()["Resources"][name]["Type"] == "AWS::CloudWatch::Alarm"


def test_every_worker_has_a_section() -> None:
    names = {
        resource["Properties"]["FunctionName"]["Fn::Sub"]
        for resource in template()["Resources"].values()
        if "Handler" in resource.get("Properties", {})
    }
    for name in names:
        worker = name.rpartition("-")[2]
        assert f"\n## {worker}\n" in PAGE, f"docs/guarantees.md says nothing of {worker}"
