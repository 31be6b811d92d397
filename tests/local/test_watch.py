"""What is waited for that never comes; runs that do come are watched end to end."""

from types import SimpleNamespace
from typing import Any

import pytest

from local.errors import FailedError
from local.watch import execution_of, until


class Idle:
    """A stack whose one machine was never started."""

    stack = SimpleNamespace(state_machines={"scrubbed": "arn"})

    def client(self, service: str) -> "Idle":
        assert service == "stepfunctions"
        return self

    def list_executions(self, stateMachineArn: str) -> dict[str, list[Any]]:  # noqa: N803 (boto3's name)
        return {"executions": []}


def test_an_upload_that_starts_no_run_is_told_in_a_sentence() -> None:
    target: Any = Idle()
    with pytest.raises(FailedError, match=r"No execution started for 'scrubbed/x\.csv' within 0 s\."):
        execution_of(target, "scrubbed/x.csv", before=(), patience=0)


def test_what_comes_is_given_as_soon_as_it_is_there() -> None:
    answers = iter([None, "", "posted", "never asked for"])
    assert until(lambda: next(answers), patience=60, every=0) == "posted"
    assert next(answers) == "never asked for"
