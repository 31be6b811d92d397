"""What Finish says of the gate beside the verdict."""

from steps.shared.payloads import Quality
from steps.states.finish import gate_warnings


def test_a_good_run_warns_of_nothing() -> None:
    assert gate_warnings(Quality(verdict="passed")) == []


def test_warnings_are_said_as_they_are() -> None:
    assert gate_warnings(Quality(verdict="warned", failed=["a.", "b."])) == ["a.", "b."]


def test_that_a_refusal_was_overruled_comes_first() -> None:
    first, *others = gate_warnings(Quality(verdict="failed", failed=["a."], accepted=True))
    assert "acceptQuality" in first
    assert others == ["a."]


def test_many_are_not_all_said() -> None:
    said = gate_warnings(Quality(verdict="warned", failed=[f"{n}." for n in range(8)]))
    assert said == ["0.", "1.", "2.", "3.", "4.", "And 3 more in the data-quality report."]
