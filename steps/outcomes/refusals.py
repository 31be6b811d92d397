"""Refusals as answers: what a state machine branches on instead of catching.

An error says "try again"; these say "no retry would change it". Their class names stay out of the state
machine, which sees the contract's names only.
"""

from pipelines.errors import PipelineError
from steps.shared.errors import StepError
from steps.shared.payloads import Refusal

REFUSALS = (PipelineError, StepError)


def refusal_of(error: PipelineError | StepError) -> Refusal:
    """Return the answer for one of our own exceptions."""
    return Refusal(error=error.code, cause=str(error))
