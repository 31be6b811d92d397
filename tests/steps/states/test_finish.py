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


def test_fans_of_the_last_file_who_are_not_in_this_one_come_first() -> None:
    quality = Quality(verdict="failed", failed=["a."], accepted=True, fans_gone=1_050)
    first, second, *_ = gate_warnings(quality)
    assert first == "1,050 fans of the last file are not in this one; they keep their state"
    assert "acceptQuality" in second
    one = gate_warnings(Quality(verdict="passed", fans_gone=1))
    assert one == ["1 fan of the last file is not in this one; they keep their state"]
    assert gate_warnings(Quality(verdict="passed", fans_new=3, fans_gone=0)) == []
