"""Calls for many records: cut to size, sent again where they are done in part, narrowed where refused."""

from collections.abc import Callable, Iterator
from typing import TypeVar

from botocore.exceptions import BotoCoreError, ClientError
from tenacity import Retrying, retry_if_result
from tenacity.stop import StopBaseT
from tenacity.wait import WaitBaseT

T = TypeVar("T")
E = TypeVar("E")

# What the world is to blame for: the same call, or part of one, may well be taken a little later.
PASSING = {
    "InternalServerError",
    "LimitExceededException",
    "ProvisionedThroughputExceeded",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "RequestTimeout",
    "ServiceUnavailable",
    "Throttling",
    "ThrottlingError",
    "ThrottlingException",
    "TransactionConflict",
    "TransactionConflictException",
    "TransactionInProgressException",
}


def parts(work: list[T], size: int) -> Iterator[list[T]]:
    """Cut work, in order, into parts of a size; the last may be smaller."""
    return (work[start : start + size] for start in range(0, len(work), size))


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


def narrowed(
    work: list[T], attempt: Callable[[list[T]], E | None], most_calls: int | None = None
) -> list[tuple[list[T], E]]:
    """Attempt all of the work at once and, where that is refused, each half of it, in order.

    Args:
        work: what one call is made for.
        attempt: makes the call; gives back the refusal, None where it was taken.
        most_calls: attempts after which nothing is halved any more.

    Returns:
        What was refused, each with its refusal: one alone, or more together where the calls ran out.
    """
    refused: list[tuple[list[T], E]] = []
    pending = [work]
    calls = 0
    while pending:
        part = pending.pop()
        calls += 1
        refusal = attempt(part)
        if refusal is None:
            continue
        if len(part) == 1 or (most_calls is not None and calls + len(pending) + 2 > most_calls):
            refused.append((part, refusal))
            continue
        half = len(part) // 2
        pending += [part[half:], part[:half]]
    return refused


def may_pass(error: ClientError | BotoCoreError) -> bool:
    """Whether a call failed for what it met, and not for what it asked: no answer, throttling, 5xx."""
    if isinstance(error, BotoCoreError):
        return True
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return status >= 500 or status == 429 or code_of(error) in PASSING


def code_of(error: BaseException) -> str:
    """Return an error's code; of one that is no answer, its type."""
    return error.response["Error"]["Code"] if isinstance(error, ClientError) else type(error).__name__
