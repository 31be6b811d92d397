"""Messages in the failures' queues: stream batches, verdicts, upload events; each is replayed."""

import contextlib
import json
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError
from pydantic import ValidationError

from local.dead_letters import records
from local.dead_letters.letter import DeadLetter, Keeper, NotDeliveredError, Outcome, Replayed, invoke
from local.stack.target import Target
from pipelines.errors import InvalidKeyError
from pipelines.keys import Kind, parse_key
from steps.shared.clock import to_iso
from steps.shared.messages import CountsLook, VerdictMessage
from steps.shared.wire import FIELD, problems_of

# Nobody else sees a message while a person thinks it over.
_HIDDEN_SECONDS = 900
_CALL = 10
# Long polling asks all of a queue's servers; the embedded AWS has but one.
_WAIT_SECONDS = 1
_UNKNOWN = "nothing: it is no message of this system; look at it in the queue's console and delete it there"
_UNCOUNTED = "nothing: changes are counted in order only; `vf recount` first, as docs/operations.md has it"


def messages(target: Target, keeper: Keeper, campaign: str | None) -> list[DeadLetter]:
    """Give all messages of a queue, hidden from others until they are taken or released."""
    queue, read = QUEUES[keeper]
    sqs, url = target.client("sqs"), target.resources[queue]
    found: list[DeadLetter] = []
    while answer := sqs.receive_message(
        QueueUrl=url,
        MaxNumberOfMessages=_CALL,
        VisibilityTimeout=_HIDDEN_SECONDS,
        WaitTimeSeconds=_WAIT_SECONDS if target.endpoint is None else 0,
        AttributeNames=["SentTimestamp"],
        MessageAttributeNames=["ERROR_CODE"],
    ).get("Messages"):
        with ThreadPoolExecutor(_CALL) as pool:
            found += pool.map(lambda message: _read(read, _Letter(target, keeper, url, message)), answer)
    theirs = [message for message in found if campaign is None or campaign in message.campaigns]
    for message in found:
        if message not in theirs:
            message.release()
    return theirs


@dataclass(frozen=True)
class _Letter:
    """A message as it came."""

    target: Target
    keeper: Keeper
    url: str
    message: dict[str, Any]

    @property
    def body(self) -> Any:
        """What it says; None where that is no JSON, or more deeply nested than any of ours."""
        try:
            return json.loads(self.message["Body"])
        except (ValueError, RecursionError):
            return None

    @property
    def condition(self) -> str:
        """Why Lambda gave it up."""
        return str(self.body.get("requestContext", {}).get("condition", "given up"))

    @property
    def _handle(self) -> dict[str, str]:
        return {"QueueUrl": self.url, "ReceiptHandle": self.message["ReceiptHandle"]}

    def take(self) -> None:
        """Delete the message: what it stood for is done."""
        self.target.client("sqs").delete_message(**self._handle)

    def release(self) -> None:
        """Let others see the message. One that is deleted, or that they see already, is left as it is."""
        with contextlib.suppress(ClientError):
            self.target.client("sqs").change_message_visibility(**self._handle, VisibilityTimeout=0)

    def kept(
        self,
        reason: str,
        plan: Callable[[], str],
        deliver: Callable[[], Replayed] | None = None,
        *,
        records: int = 0,
        campaigns: Iterable[str] = (),
    ) -> DeadLetter:
        """Say what it is."""
        sent = datetime.fromtimestamp(int(self.message["Attributes"]["SentTimestamp"]) / 1000, UTC)
        return DeadLetter(
            keeper=self.keeper,
            place=f"queue {self.url.rpartition('/')[2]}, {self.message['MessageId']}",
            reason=reason,
            since=to_iso(sent),
            plan=plan,
            deliver=deliver,
            records=records,
            campaigns=frozenset(campaigns),
            release=self.release,
        )


def _read(read: Callable[[_Letter], DeadLetter], letter: _Letter) -> DeadLetter:
    """Say what a message is, or that nobody can read it."""
    try:
        return read(letter)
    except ValidationError as error:
        (first, *_) = problems_of(error)
        known = first["loc"] != (FIELD,)
        reason = "not a message of this system" if known else f"{FIELD}: {first['msg']}"
        return letter.kept(reason, lambda: _UNKNOWN if known else f"nothing: {reason}")
    except (KeyError, TypeError, ValueError):
        return letter.kept("not a message of this system", lambda: _UNKNOWN)


def _verdict(letter: _Letter) -> DeadLetter:
    """Read a verdict that could not be said; it goes back into its queue, as a first look."""
    kind = CountsLook if "look" in letter.body else VerdictMessage
    message = kind.model_validate(letter.body)

    def replay() -> Replayed:
        letter.target.client("sqs").send_message(
            QueueUrl=letter.target.stack.verdict_queue_url,
            MessageBody=json.dumps({**letter.body, "attempt": 1}),
        )
        letter.take()
        return Replayed(Outcome.REPLAYED, "back in verdictReporterQueue")

    return letter.kept(
        "not said after five tries",
        lambda: "back to verdictReporterQueue; it is said once, if it is still news",
        replay,
        # A look is at a campaign's counts, and of no records of its own.
        records=message.count if isinstance(message, VerdictMessage) else 0,
        campaigns=[message.campaign_id],
    )


def _upload(letter: _Letter) -> DeadLetter:
    """Read an upload's event that did not start its machine; it starts it, as the rule would have."""
    if isinstance(letter.body, dict) and letter.body.get("source") == "aws.states":
        return _end(letter)
    key = str(letter.body["detail"]["object"]["key"])
    try:
        campaigns = [parse_key(key).campaign_id]
    except InvalidKeyError:
        campaigns = []
    # As the template's two rules tell them apart.
    kind: Kind = "fanlist" if key.startswith("fanlist/") else "scrubbed"
    error = letter.message.get("MessageAttributes", {}).get("ERROR_CODE", {}).get("StringValue")

    def replay() -> Replayed:
        started = letter.target.client("stepfunctions").start_execution(
            stateMachineArn=letter.target.stack.state_machines[kind], input=json.dumps(letter.body)
        )
        letter.take()
        return Replayed(Outcome.REPLAYED, f"started {started['executionArn'].rpartition(':')[2]}")

    return letter.kept(
        f"no execution was started ({error or 'no error named'}) for {key}",
        lambda: f"starts the {kind} state machine, which runs each version of a file once",
        replay,
        campaigns=campaigns,
    )


def _end(letter: _Letter) -> DeadLetter:
    """Read the event of a run's bad end that could not be told; ReportFailure tells it."""
    execution = str(letter.body["detail"]["executionArn"]).rpartition(":")[2]

    def replay() -> Replayed:
        done = invoke(letter.target, "ReportFailureFunction", letter.body)
        letter.take()
        return Replayed(Outcome.REPLAYED, "the channel was told" if done else "it had been told already")

    return letter.kept(
        f"nobody was told of the end of execution {execution}",
        lambda: "tells the channel and marks the run, unless that is done",
        replay,
    )


def _batch(letter: _Letter) -> DeadLetter:
    """Read a batch that a worker gave up; the message says where it is on scoresStream."""
    info = letter.body["KinesisBatchInfo"]
    raw, size = records.batch_of(letter.target, info), int(info["batchSize"])
    missing = max(size - len(raw), 0)

    def plan() -> str:
        gone = f"; {missing:,} no longer on the stream, run the campaign again" if missing else ""
        return (records.plan(letter.target, letter.keeper, raw) if raw else "nothing to send") + gone

    def replay() -> Replayed:
        done = records.deliver(letter.target, letter.keeper, raw)
        if missing:
            raise NotDeliveredError(
                f"{missing:,} of {size:,} records are no longer on the stream: run the campaign"
                " again and delete the message in the queue's console"
            )
        # What the worker could not deliver stands in a document of its own by now.
        letter.take()
        return done

    campaigns = filter(None, map(records.campaign_of, raw))
    return letter.kept(letter.condition, plan, replay, records=size, campaigns=campaigns)


def _uncounted(letter: _Letter) -> DeadLetter:
    """Read changes of the table that were not counted: counting has gone on past them."""
    size = int(letter.body["DDBStreamBatchInfo"]["batchSize"])
    return letter.kept(letter.condition, lambda: _UNCOUNTED, records=size)


# Each queue's name in the template, and how its messages are read; what they are not is an error there.
QUEUES: dict[Keeper, tuple[str, Callable[[_Letter], DeadLetter]]] = {
    Keeper.load_scores: ("LoadScoresFailures", _batch),
    Keeper.save_entry_scoring: ("SaveEntryScoringFailures", _batch),
    Keeper.process_saved_scores: ("ProcessSavedScoresFailures", _uncounted),
    Keeper.verdict_reporter: ("VerdictReporterDeadLetters", _verdict),
    Keeper.uploads: ("UploadEventFailures", _upload),
}
