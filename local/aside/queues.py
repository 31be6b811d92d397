"""What lies in the queues of failures: stream batches, verdict messages, uploads' events, each replayed."""

import contextlib
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError
from pydantic import ValidationError

from local.aside import records
from local.aside.kept import Keeper, Kept, NotDeliveredError, Outcome, Replayed
from local.aside.on_the_stream import batch_of
from local.aside.system import System, since_of
from pipelines.errors import InvalidKeyError
from pipelines.keys import Kind, parse_key
from steps.shared.payloads import CountsLook, VerdictMessage

# Nobody else sees a message while a person thinks it over.
_HIDDEN_SECONDS = 900
_CALL = 10
# Long polling asks all of a queue's servers; the embedded AWS has but one.
_WAIT_SECONDS = 1
_UNKNOWN = "nothing: it is no message of this system; look at it in the queue's console and delete it there"
_UNCOUNTED = "nothing: changes are counted in order only; `vf recount` first, as docs/operations.md has it"


def messages(system: System, keeper: Keeper, campaign: str | None) -> list[Kept]:
    """Give all messages of a queue, hidden from others until they are taken or released."""
    queue, read = QUEUES[keeper]
    sqs, url = system.client("sqs"), system.resources[queue]
    found: list[Kept] = []
    while answer := sqs.receive_message(
        QueueUrl=url,
        MaxNumberOfMessages=_CALL,
        VisibilityTimeout=_HIDDEN_SECONDS,
        WaitTimeSeconds=_WAIT_SECONDS if system.target.endpoint is None else 0,
        AttributeNames=["SentTimestamp"],
        MessageAttributeNames=["ERROR_CODE"],
    ).get("Messages"):
        with ThreadPoolExecutor(_CALL) as pool:
            found += pool.map(lambda message: read(_Letter(system, keeper, url, message)), answer)
    for message in found:
        if campaign is not None and campaign not in message.campaigns:
            message.release()
    return [message for message in found if campaign is None or campaign in message.campaigns]


@dataclass(frozen=True)
class _Letter:
    """A message as it came."""

    system: System
    keeper: Keeper
    url: str
    message: dict[str, Any]

    @property
    def body(self) -> Any:
        """What it says; None where that is no JSON."""
        try:
            return json.loads(self.message["Body"])
        except ValueError:
            return None

    @property
    def condition(self) -> str:
        """Why Lambda gave it up."""
        return str(self.body.get("requestContext", {}).get("condition", "given up"))

    def take(self) -> None:
        """Delete the message: what it stood for is done."""
        self.system.client("sqs").delete_message(
            QueueUrl=self.url, ReceiptHandle=self.message["ReceiptHandle"]
        )

    def release(self) -> None:
        """Let others see the message. One that is deleted, or that they see already, is left as it is."""
        with contextlib.suppress(ClientError):
            self.system.client("sqs").change_message_visibility(
                QueueUrl=self.url, ReceiptHandle=self.message["ReceiptHandle"], VisibilityTimeout=0
            )

    def kept(
        self,
        reason: str,
        plan: Callable[[], str],
        replay: Callable[[], Replayed] | None = None,
        *,
        records: int = 0,
        campaigns: frozenset[str] = frozenset(),
    ) -> Kept:
        """Say what it is; what has no replay is refused with its plan."""

        def refuse() -> Replayed:
            raise NotDeliveredError(plan())

        return Kept(
            keeper=self.keeper,
            campaigns=campaigns,
            place=f"queue {self.url.rpartition('/')[2]}, {self.message['MessageId']}",
            reason=reason,
            records=records,
            since=since_of(
                datetime.fromtimestamp(int(self.message["Attributes"]["SentTimestamp"]) / 1000, UTC)
            ),
            plan=plan,
            replay=replay or refuse,
            release=self.release,
        )

    def unknown(self) -> Kept:
        """Say that nobody can read it."""
        return self.kept("not a message of this system", lambda: _UNKNOWN)


def _verdict(letter: _Letter) -> Kept:
    """Read a verdict that could not be said; it goes back into its queue, as a first look."""
    kind = CountsLook if isinstance(letter.body, dict) and "look" in letter.body else VerdictMessage
    try:
        message = kind.model_validate(letter.body)
    except ValidationError:
        return letter.unknown()

    def replay() -> Replayed:
        letter.system.client("sqs").send_message(
            QueueUrl=letter.system.target.stack.verdict_queue_url,
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
        campaigns=frozenset([message.campaign_id]),
    )


def _upload(letter: _Letter) -> Kept:
    """Read an upload's event that did not start its machine; it starts it, as the rule would have."""
    if isinstance(letter.body, dict) and letter.body.get("source") == "aws.states":
        return _end(letter)
    try:
        key = str(letter.body["detail"]["object"]["key"])
    except (KeyError, TypeError):
        return letter.unknown()
    try:
        campaigns = frozenset([parse_key(key).campaign_id])
    except InvalidKeyError:
        campaigns = frozenset()
    # As the template's two rules tell them apart.
    kind: Kind = "fanlist" if key.startswith("fanlist/") else "scrubbed"
    error = letter.message.get("MessageAttributes", {}).get("ERROR_CODE", {}).get("StringValue")

    def replay() -> Replayed:
        started = letter.system.client("stepfunctions").start_execution(
            stateMachineArn=letter.system.target.stack.state_machines[kind], input=json.dumps(letter.body)
        )
        letter.take()
        return Replayed(Outcome.REPLAYED, f"started {started['executionArn'].rpartition(':')[2]}")

    return letter.kept(
        f"no execution was started ({error or 'no error named'}) for {key}",
        lambda: f"starts the {kind} state machine, which runs each version of a file once",
        replay,
        campaigns=campaigns,
    )


def _end(letter: _Letter) -> Kept:
    """Read the event of a run's bad end that could not be told; ReportFailure tells it."""
    try:
        execution = str(letter.body["detail"]["executionArn"]).rpartition(":")[2]
    except (KeyError, TypeError):
        return letter.unknown()

    def replay() -> Replayed:
        done = letter.system.invoke("ReportFailureFunction", letter.body)
        letter.take()
        return Replayed(Outcome.REPLAYED, "the channel was told" if done else "it had been told already")

    return letter.kept(
        f"nobody was told of the end of execution {execution}",
        lambda: "tells the channel and marks the run, unless that is done",
        replay,
    )


def _batch(letter: _Letter) -> Kept:
    """Read a batch that a worker gave up; the message says where it is on scoresStream."""
    try:
        info = letter.body["KinesisBatchInfo"]
        raw = batch_of(letter.system, info)
        size = int(info["batchSize"])
    except (KeyError, TypeError, ValueError):
        return letter.unknown()
    missing = max(size - len(raw), 0)

    def plan() -> str:
        gone = f"; {missing:,} no longer on the stream, run the campaign again" if missing else ""
        return (records.plan(letter.system, letter.keeper, raw) if raw else "nothing to send") + gone

    def replay() -> Replayed:
        done = records.deliver(letter.system, letter.keeper, raw)
        if missing:
            raise NotDeliveredError(
                f"{missing:,} of {size:,} records are no longer on the stream: run the campaign"
                " again and delete the message in the queue's console"
            )
        # What the worker could not deliver stands in a document of its own by now.
        letter.take()
        return done

    campaigns = frozenset(campaign for campaign in map(records.campaign_of, raw) if campaign)
    return letter.kept(letter.condition, plan, replay, records=size, campaigns=campaigns)


def _uncounted(letter: _Letter) -> Kept:
    """Read changes of the table that were not counted: counting has gone on past them."""
    try:
        size = int(letter.body["DDBStreamBatchInfo"]["batchSize"])
    except (KeyError, TypeError, ValueError):
        return letter.unknown()
    return letter.kept(letter.condition, lambda: _UNCOUNTED, records=size)


# Each queue's name in the template, and how its messages are read.
QUEUES: dict[Keeper, tuple[str, Callable[[_Letter], Kept]]] = {
    Keeper.load_scores: ("LoadScoresFailures", _batch),
    Keeper.save_entry_scoring: ("SaveEntryScoringFailures", _batch),
    Keeper.process_saved_scores: ("ProcessSavedScoresFailures", _uncounted),
    Keeper.verdict_reporter: ("VerdictReporterDeadLetters", _verdict),
    Keeper.uploads: ("UploadEventFailures", _upload),
}
