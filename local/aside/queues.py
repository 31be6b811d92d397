"""What lies in queues of failures: stream batches, verdict messages and uploads' events, each replayed."""

import contextlib
import json
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from local.aside import records
from local.aside.kept import Keeper, Kept, NotDeliveredError, Outcome, Replayed
from local.aside.system import System
from pipelines.keys import Kind

QUEUES = {
    Keeper.load_scores: "LoadScoresFailures",
    Keeper.save_entry_scoring: "SaveEntryScoringFailures",
    Keeper.process_saved_scores: "ProcessSavedScoresFailures",
    Keeper.verdict_reporter: "VerdictReporterDeadLetters",
    Keeper.uploads: "UploadEventFailures",
}


@dataclass(frozen=True, kw_only=True)
class Message(Kept):
    """A queue's message; `place` names the queue and the message."""

    system: System
    receipt: str
    body: Any

    @property
    def _url(self) -> str:
        return self.system.resources[QUEUES[self.keeper]]

    def plan(self) -> str:
        """Nothing: what it is nobody knows."""
        return (
            "nothing: it is no message of this system; look at it in the queue's console and delete it there"
        )

    def replay(self) -> Replayed:
        """Refuses."""
        raise NotDeliveredError(self.plan())

    def take(self) -> None:
        """Delete the message: what it stood for is done."""
        self.system.client("sqs").delete_message(QueueUrl=self._url, ReceiptHandle=self.receipt)

    def release(self) -> None:
        """Lets others see the message. One that is deleted, or that they see already, is left as it is."""
        with contextlib.suppress(ClientError):
            self.system.client("sqs").change_message_visibility(
                QueueUrl=self._url, ReceiptHandle=self.receipt, VisibilityTimeout=0
            )


@dataclass(frozen=True, kw_only=True)
class VerdictLetter(Message):
    """A verdict that could not be said."""

    def plan(self) -> str:
        """Where it would go."""
        return "back to verdictReporterQueue; it is said once, if it is still news"

    def replay(self) -> Replayed:
        """Put it back into its queue, as a first look."""
        body = json.dumps({**self.body, "attempt": 1})
        self.system.client("sqs").send_message(
            QueueUrl=self.system.target.stack.verdict_queue_url, MessageBody=body
        )
        self.take()
        return Replayed(Outcome.REPLAYED, "back in verdictReporterQueue")


@dataclass(frozen=True, kw_only=True)
class UploadEvent(Message):
    """An upload's event that did not start its machine."""

    kind: Kind

    def plan(self) -> str:
        """Say what it would start."""
        return f"starts the {self.kind} state machine, which runs each version of a file once"

    def replay(self) -> Replayed:
        """Start the machine with the event, as the rule would have."""
        started = self.system.client("stepfunctions").start_execution(
            stateMachineArn=self.system.target.stack.state_machines[self.kind], input=json.dumps(self.body)
        )
        self.take()
        return Replayed(Outcome.REPLAYED, f"started {started['executionArn'].rpartition(':')[2]}")


@dataclass(frozen=True, kw_only=True)
class StreamBatch(Message):
    """A batch of scoresStream that its worker gave up; the message says where it is on the stream."""

    raw: list[dict[str, Any]]
    missing: int

    def plan(self) -> str:
        """Say what would go to the worker."""
        gone = f"; {self.missing:,} no longer on the stream, run the campaign again" if self.missing else ""
        return (records.plan(self.system, self.keeper, self.raw) if self.raw else "nothing to send") + gone

    def replay(self) -> Replayed:
        """Give the worker the records; what the stream has lost can only be run again."""
        done = records.deliver(self.system, self.keeper, self.raw)
        if self.missing:
            raise NotDeliveredError(
                f"{self.missing:,} of {self.records:,} records are no longer on the stream: run the campaign"
                " again and delete the message in the queue's console"
            )
        # What the worker could not deliver stands in a document of its own by now.
        self.take()
        return done


@dataclass(frozen=True, kw_only=True)
class UncountedBatch(Message):
    """Changes of the table that were not counted: counting has gone on past them."""

    def plan(self) -> str:
        """Nothing."""
        return "nothing: changes are counted in order only; `vf recount` first, as docs/operations.md has it"
