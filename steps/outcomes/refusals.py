"""What a step refuses to do, by the name the state machine and the operator see.

    StepError
    ├── InvalidInputError    the execution's input is none that Resolve takes
    └── OutdatedFileError    the file is older than the campaign's newest run

Beside them stand the pipelines' own (`pipelines.errors`). Each carries `code`, the contract's name; its
message is one sentence that says what to do, and holds no value of any row. Everything else but a
`ConfigurationError` (settings) is unexpected: retried, then reported by its type alone.

A state machine branches on refusals as answers instead of catching them: an error says "try again".
"""

from typing import ClassVar

from pipelines.errors import PipelineError
from steps.shared.payloads import Refusal


class StepError(Exception):
    """A refusal that no retry would change."""

    code: ClassVar[str]


class InvalidInputError(StepError):
    """The execution's input is none that Resolve takes."""

    code = "InvalidInput"


class OutdatedFileError(StepError):
    """The file is older than the campaign's newest run and nobody forced it."""

    code = "OutdatedFile"


REFUSALS = (PipelineError, StepError)


def refusal_of(error: PipelineError | StepError) -> Refusal:
    """Return the answer for one of our own exceptions."""
    return Refusal(error=error.code, cause=str(error))
