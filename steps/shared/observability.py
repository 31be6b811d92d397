"""Logger, metrics and tracer of every function, by Powertools.

No e-mail, phone or name goes through any of them: log run ids, campaign ids, counts and, where one
fan must be named, the `PK` passed through `safe_key`.
"""

import functools
import hashlib
import traceback
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.metrics import MetricUnit
from botocore.exceptions import ClientError

from steps.shared.settings import ConfigurationError, ObservabilitySettings

NAMESPACE = "VerifiedFanScores"

SERVICE = ObservabilitySettings.load().powertools_service_name

logger = Logger(service=SERVICE)
metrics = Metrics(service=SERVICE, namespace=NAMESPACE)
tracer = Tracer(service=SERVICE)

P = ParamSpec("P")
R = TypeVar("R")


def count(name: str, value: int) -> None:
    """Add to a metric of this call's."""
    metrics.add_metric(name=name, unit=MetricUnit.Count, value=value)


class UnexpectedError(Exception):
    """Something that no code of ours raises on purpose, by its type alone."""


def redact_errors(handler: Callable[P, R]) -> Callable[P, R]:
    """Let an unexpected error out of a step by its type only, and log where it came from.

    The message of a library's error may quote a row, and a step's error stands in the execution's history.
    What is wrong with the deployment quotes none and is said as it is.
    """

    @functools.wraps(handler)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return handler(*args, **kwargs)
        except ConfigurationError:
            # It names variables and quotes nothing; who deployed has to read which.
            raise
        except Exception as error:  # noqa: BLE001 (all of them: that is the point)
            name = _described(error)
            logger.error(
                "step failed", extra={"error": name, "where": traceback.format_tb(error.__traceback__)}
            )
            raise UnexpectedError(f"{name}; the function's log says where.") from None

    return guarded


def _described(error: Exception) -> str:
    """Return an error's type; of AWS's also the call and the code, which quote nothing."""
    if isinstance(error, ClientError):
        return f"{error.response['Error'].get('Code', 'ClientError')} from {error.operation_name}"
    return type(error).__name__


def safe_key(key: str) -> str:
    """Return a fan's key as it may be logged: an `email:` key becomes a hash (the contract, section 5)."""
    if not key.startswith("email:"):
        return key
    return "email:#" + hashlib.sha256(key.encode()).hexdigest()[:16]
