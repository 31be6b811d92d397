"""An execution that ended without its own ReportFailure: EventBridge's event, and how far it had come.

No Catch takes a state whose data outgrew what a state may hold, the timeout of the whole, or a stop by hand.
EventBridge tells of every end that is none of success, and of those that were reported, too. Where the run
had come to is in the execution's own history: the input of the last state that it entered.
"""

import json
from dataclasses import dataclass
from typing import Any, Self

from steps.shared.aws_types import SFNClient

_REPORTED = {"Failed", "Quarantined"}
_UNREPORTED = "FailedUnreported"


@dataclass(frozen=True)
class Ended:
    """One execution's end.

    Attributes:
        arn: the execution's.
        status: `FAILED`, `TIMED_OUT` or `ABORTED`.
        error: the error's name where it failed.
        last_state: the state that it entered last, if any.
        state: what that state was given: with `run`, unless it was Resolve.
        source: the kind of file.
    """

    arn: str
    status: str
    error: str
    last_state: str | None
    state: dict[str, Any]
    source: str

    @property
    def was_reported(self) -> bool:
        """Whether the state machine told the channel itself: only then it comes to these states."""
        return self.last_state in _REPORTED

    @property
    def knows_why(self) -> bool:
        """Whether the state says why: a state failed or refused, and then the alert failed."""
        return self.last_state == _UNREPORTED

    @classmethod
    def read(cls, client: SFNClient, event: dict[str, Any]) -> Self:
        """Read an event `Step Functions Execution Status Change` and the history of its execution."""
        detail = event["detail"]
        name, state = _last_entered(client, detail["executionArn"])
        source = (state.get("run") or {}).get("source")
        return cls(
            arn=detail["executionArn"],
            status=detail["status"],
            error=detail.get("error") or "Unknown",
            last_state=name,
            state=state,
            source=source or str(detail["stateMachineArn"]).rpartition("-")[2],
        )


def _last_entered(client: SFNClient, arn: str) -> tuple[str | None, dict[str, Any]]:
    pages = client.get_paginator("get_execution_history").paginate(executionArn=arn, reverseOrder=True)
    for page in pages:
        for event in page["events"]:
            if "stateEnteredEventDetails" in event:
                entered = event["stateEnteredEventDetails"]
                given = json.loads(entered.get("input", "{}"))
                return entered["name"], given if isinstance(given, dict) else {}
    return None, {}
