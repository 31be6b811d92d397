"""One campaign and all that verdictReporter talks to: a table of the embedded AWS, real HTTP fakes."""

import uuid
from typing import TYPE_CHECKING, Any

from local.stack.fakes import Fakes
from steps.shared.messages import VerdictMessage
from steps.shared.runs import RunRegistry
from steps.shared.services import CampaignService
from steps.shared.slack import SlackChannel
from steps.streaming.verdict.reporters import Outcome, RunReporter
from steps.streaming.verdict.store import VerdictStore
from tests.steps.records import RUN, SCORED_AT

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

NAME = "Taylor Swift Presale"


class Setting:
    """One campaign in a table of its own, and everything a reporter talks to."""

    def __init__(self, dynamodb: "DynamoDBClient", table: str, fakes: Fakes) -> None:
        self.dynamodb = dynamodb
        self.table = table
        self.fakes = fakes
        self.slack = fakes.slack
        fakes.campaigns.register("campaign-1", NAME, ["London"])
        self.campaigns_url = fakes.campaigns.url
        self.queue: list[tuple[VerdictMessage, int]] = []
        self.written_again: list[VerdictMessage] = []
        self.store = VerdictStore(dynamodb, table)

    def reporter(self, channel: Any = None) -> RunReporter:
        return RunReporter(
            store=self.store,
            registry=RunRegistry(self.dynamodb, self.table),
            channel=channel or SlackChannel(self.slack.url),
            campaigns=CampaignService(self.campaigns_url, attempts=1),
            write_again=self.written_again.append,
            send=lambda message, delay: self.queue.append((message, delay)),
            delay_seconds=30,
            max_attempts=3,
        )

    def handle(self, message: VerdictMessage, message_id: str | None = None) -> Outcome:
        """Hands a message over as one that the queue delivers for the first time, unless it has an id."""
        return self.reporter().handle(message, message_id or str(uuid.uuid4()))

    def put(self, sort_key: str, **values: int | str) -> None:
        item = {"PK": {"S": "campaign:campaign-1"}, "SK": {"S": sort_key}}
        for name, value in values.items():
            item[name] = {"N": str(value)} if isinstance(value, int) else {"S": value}
        self.dynamodb.put_item(TableName=self.table, Item=item)

    def run(self, counted: int, run: str = RUN, scored_at: str = SCORED_AT) -> None:
        self.put(f"meta:run:{run}", counted=counted, scoredAt=scored_at)

    def counts(self, verified: int, rejected: int, selected: int = 0) -> None:
        self.put("meta:counts", verified=verified, rejected=rejected, selected=selected)


def message(count: int, run: str | None = RUN, **values: Any) -> VerdictMessage:
    return VerdictMessage.model_validate(
        {"campaignId": "campaign-1", "count": count, "runId": run, "campaignName": "from-the-file", **values}
    )
