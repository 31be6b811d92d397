"""What `vf dead-letters` keeps to itself, and how it cuts what is too much for one call."""

import io
import json
from typing import Any, ClassVar

import pytest
from rich.console import Console

from local.dead_letters.letter import DeadLetter, Keeper, NotDeliveredError, Outcome, Replayed, invoke
from local.dead_letters.queues import _Letter
from local.dead_letters.records import _LARGEST_CALL, _calls
from local.terminal.dead_letters import render_kept, render_outcome


class FakeFunction:
    """A target whose functions answer with an error."""

    resources: ClassVar = {"WorkerFunction": "worker"}

    def __init__(self, body: dict[str, str]) -> None:
        self._body = body

    def client(self, service: str, *, patient: bool) -> "FakeFunction":
        assert (service, patient) == ("lambda", True)
        return self

    def invoke(self, FunctionName: str, Payload: bytes) -> dict[str, Any]:  # noqa: N803
        return {"FunctionError": "Unhandled", "Payload": io.BytesIO(json.dumps(self._body).encode())}


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("ValueError", "worker failed: ValueError."),
        ("UnexpectedError", "worker failed: NoSuchKey from GetObject; the function's log says where."),
    ],
)
def test_an_errors_message_is_told_only_where_it_is_made_to_be_read(kind: str, said: str) -> None:
    messages = {
        "ValueError": "could not parse 'ada@example.test'",
        "UnexpectedError": "NoSuchKey from GetObject; the function's log says where.",
    }
    target: Any = FakeFunction({"errorType": kind, "errorMessage": messages[kind]})
    with pytest.raises(NotDeliveredError) as raised:
        invoke(target, "WorkerFunction", {})
    assert str(raised.value) == said


@pytest.mark.parametrize(
    "sizes", [[10], [10] * 50, [_LARGEST_CALL * 2, 10, _LARGEST_CALL // 2, _LARGEST_CALL // 2 + 9]]
)
def test_calls_are_small_enough_and_lose_nothing(sizes: list[int]) -> None:
    records = [{"data": "x" * size} for size in sizes]
    calls = list(_calls(records))
    assert [record for call in calls for record in call] == records
    # A record that is too large by itself goes alone: its function says what is wrong with it.
    assert all(len(call) == 1 or len(json.dumps(call)) < _LARGEST_CALL * 1.1 for call in calls)


def test_names_and_reasons_are_text_whatever_is_in_them() -> None:
    letter = DeadLetter(
        keeper=Keeper.uploads,
        campaigns=frozenset(["c1"]),
        place="queue q, [bold]m[/bold]",
        reason="no execution for scrubbed/\x1b[31m[red]x",
        records=0,
        since="2026-02-13T10:00:00.000Z",
        plan=lambda: "",
        deliver=lambda: Replayed(Outcome.KEPT, "no"),
    )
    out = io.StringIO()
    render_kept(Console(file=out, force_terminal=False), [letter], None)
    render_outcome(Console(file=out, force_terminal=False), letter, letter.replay())
    assert "[bold]m[/bold]" in out.getvalue()
    assert "[red]x" in out.getvalue()
    assert "\x1b" not in out.getvalue()


@pytest.mark.parametrize("body", ["[" * 100_000, "{", "null", ""])
def test_a_message_that_is_none_of_ours_is_read_as_nothing(body: str) -> None:
    target: Any = None
    assert _Letter(target, Keeper.verdict_reporter, "url", {"Body": body}).body is None
