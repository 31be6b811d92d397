"""Writes that the table refuses: their condition failed, or a transaction holds the item."""

from botocore.exceptions import ClientError
from tenacity import Retrying, retry_if_exception, stop_after_delay, wait_random_exponential

_CONDITION = "ConditionalCheckFailedException"
_CONFLICT = "TransactionConflictException"


def condition_failed(error: ClientError) -> bool:
    """Whether the write's own condition did not hold."""
    return error.response["Error"]["Code"] == _CONDITION


def retry_conflicts(seconds: float) -> Retrying:
    """Call again what was refused because of a transaction, which botocore itself does not.

    The counting worker's transactions are on `meta:counts` and on `meta:run:<runId>` for as long as a run's
    records come in, so whoever else writes a run's record meets them.

    Args:
        seconds: how long, until the refusal is raised.
    """
    return Retrying(
        retry=retry_if_exception(_is_conflict),
        wait=wait_random_exponential(multiplier=0.05, max=2),
        stop=stop_after_delay(seconds),
        reraise=True,
    )


def _is_conflict(error: BaseException) -> bool:
    return isinstance(error, ClientError) and error.response["Error"]["Code"] == _CONFLICT
