"""What the verdictReporterQueue carries, and what its worker asks of Finish (the contract, section 4)."""

import json

from botocore.exceptions import BotoCoreError, ClientError
from pydantic import Field

from steps.shared.aws_types import LambdaClient, SQSClient
from steps.shared.observability import logger
from steps.shared.wire import Payload, Source, Versioned

# The queue puts a message off no longer.
LONGEST_DELAY_SECONDS = 900


class VerdictMessage(Versioned):
    """What the verdictReporterQueue carries (section 4).

    `count` is the run's records sent on, `withdrawn` its withdrawals, `warnings` what the gate says of them,
    in sentences. `news` names what is to be said even where the counts are those that were said last.
    """

    campaign_id: str
    campaign_name: str | None = None
    run_id: str | None = None
    source: Source = "scrubbed"
    count: int
    attempt: int = 1
    withdrawn: int = 0
    failed: int = 0
    report: str | None = None
    warnings: list[str] = Field(default_factory=list)
    news: str | None = None

    @property
    def expected(self) -> int:
        """How far the run's tally is to come."""
        return self.count + self.withdrawn


class SettledRun(Payload):
    """What verdictReporter asks Finish for: the report of this run again, now that its message has ended."""

    bucket: str
    campaign_id: str
    run_id: str


class CountsLook(Versioned):
    """What the verdictReporterQueue carries beside verdicts: a look at a campaign's counts (section 4).

    `look` is 1 for the first in a row, `due` when it may be taken at the earliest (Unix time, s), `seen` what
    the look before it found: verified, rejected, selected.
    """

    campaign_id: str
    look: int = Field(ge=1)
    due: float
    seen: tuple[int, int, int] | None = None


def send(
    sqs: SQSClient, queue_url: str, message: VerdictMessage | CountsLook, delay_seconds: int = 0
) -> None:
    """Put a message into the queue, to be seen after a delay."""
    delay = min(delay_seconds, LONGEST_DELAY_SECONDS)
    sqs.send_message(QueueUrl=queue_url, MessageBody=json.dumps(message.wire()), DelaySeconds=delay)


def ask_for_report(client: LambdaClient, finish_function: str, message: VerdictMessage) -> None:
    """Have Finish, which may write reports, write that of a message's run again; nothing where it has none.

    What has been said does not depend on a page, so what goes wrong is logged.
    """
    if not (message.report and message.run_id):
        return
    bucket, _, _ = message.report.removeprefix("s3://").partition("/")
    run = SettledRun(bucket=bucket, campaign_id=message.campaign_id, run_id=message.run_id)
    try:
        client.invoke(FunctionName=finish_function, Payload=json.dumps({"settled": run.wire()}))
    except (BotoCoreError, ClientError) as error:
        logger.error("the report could not be asked for", extra={"error": type(error).__name__})
