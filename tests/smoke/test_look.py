"""What `make smoke` makes of what was logged; the rest of it is tried end to end."""

import pytest

from local.terminal.run_commands import LogLine
from tests.smoke.look import errors_of, logged

_ERRORS = [
    LogLine("2026-02-13 10:00:00.000", function, {"level": "ERROR", "message": function})
    for function in ("finish", "saveEntryScoring", "verdictReporter")
]
_OTHERS = [
    LogLine("2026-02-13 10:00:00.000", "finish", said) for said in ({"level": "INFO"}, {"message": "END"})
]


@pytest.mark.parametrize(
    ("posts", "entries", "told"),
    [
        (True, True, ["finish", "saveEntryScoring", "verdictReporter"]),
        (False, True, ["finish", "saveEntryScoring"]),
        (True, False, ["finish", "verdictReporter"]),
        (False, False, ["finish"]),
    ],
)
def test_a_worker_that_nobody_answers_may_say_so(posts: bool, entries: bool, told: list[str]) -> None:
    found = errors_of([*_ERRORS, *_OTHERS], posts=posts, entries=entries)
    assert [one["message"] for one in found] == told


def test_lines_that_can_be_read_only_later_are_waited_for() -> None:
    answers = iter([[], _ERRORS[:1], _ERRORS, []])
    assert logged(lambda: next(answers), {"finish", "saveEntryScoring"}, every=0.0) == _ERRORS
    assert list(answers) == [[]]
