"""Calls that may be done in part, mostly when throttled: only the rest is sent again."""

from collections.abc import Callable
from typing import TypeVar

from tenacity import Retrying, retry_if_result
from tenacity.stop import StopBaseT
from tenacity.wait import WaitBaseT

T = TypeVar("T")


def until_done(
    step: Callable[[list[T]], list[T]], work: list[T], *, stop: StopBaseT, wait: WaitBaseT
) -> list[T]:
    """Repeat a step on what it leaves undone; return what stays when patience ends.

    Args:
        step: does what it is given and returns the rest; what it raises is raised.
        work: what is to be done.
        stop: when patience ends.
        wait: the pause before each repetition.
    """
    left = work

    def once() -> list[T]:
        nonlocal left
        left = step(left)
        return left

    retrying = Retrying(
        retry=retry_if_result(bool), stop=stop, wait=wait, retry_error_callback=lambda _: left
    )
    return retrying(once)
