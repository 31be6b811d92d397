"""What the end-to-end tests do to the system, and what they read of it."""

import json
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, TypeVar

from boto3.dynamodb.types import TypeDeserializer

from local.stack.chaos.job import queue_is_empty
from local.stack.laptop import Laptop
from local.watch import execution_of, executions_of
from pipelines.keys import Kind
from steps.shared.payloads import REPLACE, RunSummary
from steps.shared.storage import list_keys, read_json

T = TypeVar("T")

# The partition key of what a test puts on a stream itself; it need not be readable.
FOREIGN = "foreign"
# Of a busy machine; what never comes takes this long to fail.
_PATIENCE = 120.0
HEADER = "globalUserId,score,isVerified,hbase,marketPreferences,memberId,email,firstName,lastName,phoneNumber"


@dataclass
class Ended:
    """An execution that is over."""

    arn: str
    status: str
    output: dict[str, Any]
    error: str | None
    cause: str | None


@dataclass
class Driver:
    """One campaign on the running system."""

    system: Laptop
    campaign: str

    @property
    def name(self) -> str:
        """The campaign's name, in its files' keys and at the Campaign Service."""
        return f"Tour {self.campaign}"

    def key(self, moment: str = "2026-02-13T10:00:00", name: str | None = None) -> str:
        return (
            f"scrubbed/registrants.{self.campaign}.{name or self.name}.{moment}.cleaned.prepared.merged.csv"
        )

    def upload(self, body: bytes | str, key: str | None = None, *, replace: bool = False) -> str:
        """Uploads and returns the key; `replace` as `vf upload --replace` asks for it."""
        where = key or self.key()
        data = body.encode() if isinstance(body, str) else body
        self.system.aws.client("s3").put_object(
            Bucket=self.system.stack.bucket,
            Key=where,
            Body=data,
            Metadata={REPLACE: "true"} if replace else {},
        )
        return where

    def run_upload(self, body: bytes | str, key: str | None = None, *, replace: bool = False) -> Ended:
        """Uploads, and waits for the execution that S3's event started."""
        before = self.executions()
        where = self.upload(body, key, replace=replace)
        return self.wait_for(self.execution_of(where, before))

    def execution_of(self, key: str, before: Collection[str]) -> str:
        """The execution that an upload started: one for its key that was not there before."""
        return execution_of(self.system.target, key, before)

    def executions_of(self, key: str) -> list[str]:
        """All executions for a key, of either machine."""
        given = self.executions().items()
        return [arn for arn, one in given if one.get("detail", {}).get("object", {}).get("key") == key]

    def start(self, given: dict[str, Any], kind: Kind = "scrubbed") -> Ended:
        """Starts the machine by hand, as from the console."""
        steps = self.system.aws.client("stepfunctions")
        machine = self.system.stack.state_machines[kind]
        answer = steps.start_execution(stateMachineArn=machine, input=json.dumps(given))
        return self.wait_for(answer["executionArn"])

    def executions(self) -> dict[str, dict[str, Any]]:
        """All executions with their inputs, newest first."""
        steps = self.system.aws.client("stepfunctions")
        return {
            arn: json.loads(steps.describe_execution(executionArn=arn)["input"])
            for arn in executions_of(self.system.target)
        }

    def wait_for(self, arn: str) -> Ended:
        steps = self.system.aws.client("stepfunctions")
        described: dict[str, Any] = {}

        def over() -> bool | None:
            described.update(steps.describe_execution(executionArn=arn))
            return described["status"] != "RUNNING" or None

        self.until(over)
        output = json.loads(described.get("output") or "{}")
        return Ended(arn, described["status"], output, described.get("error"), described.get("cause"))

    def until(self, look: Callable[[], T | None]) -> T:
        """Looks again and again until there is something to see."""
        deadline = time.monotonic() + _PATIENCE
        while time.monotonic() < deadline:
            if found := look():
                return found
            time.sleep(0.1)
        raise AssertionError(f"not within {_PATIENCE:.0f} s: {look}")

    def posts(self) -> list[str]:
        """What was said about this campaign in Slack, in order."""
        return [text for text in self.system.fakes.slack.posts if f"'{self.name}'" in text]

    def verdicts_are_done(self) -> bool:
        """Whether no verdict message is left that might say something yet."""
        return queue_is_empty(self.system)

    def said_beside(self, text: str) -> list[str]:
        """The warnings that stand in a post below its sentence."""
        (post,) = (message for message in self.system.fakes.slack.messages if message.text == text)
        told = [block.text.text for block in post.blocks if block.type == "section" and block.text]
        return [each.removeprefix(":warning: ") for each in told[1:]]

    def fans(self) -> dict[str, dict[str, Any]]:
        """The campaign's items in the table, by PK."""
        pages = (
            self.system.aws.client("dynamodb")
            .get_paginator("scan")
            .paginate(
                TableName=self.system.stack.table,
                ConsistentRead=True,
                FilterExpression="SK = :campaign",
                ExpressionAttributeValues={":campaign": {"S": f"campaign:{self.campaign}"}},
            )
        )
        read = TypeDeserializer().deserialize
        items = [
            {name: read(value) for name, value in item.items()} for page in pages for item in page["Items"]
        ]
        return {item["PK"]: item for item in items}

    def meta(self, sort_key: str) -> dict[str, Any]:
        """One of the campaign's own items, empty where there is none."""
        answer = self.system.aws.client("dynamodb").get_item(
            TableName=self.system.stack.table,
            Key={"PK": {"S": f"campaign:{self.campaign}"}, "SK": {"S": sort_key}},
            ConsistentRead=True,
        )
        read = TypeDeserializer().deserialize
        return {name: read(value) for name, value in answer.get("Item", {}).items()}

    def counts(self) -> tuple[int, int, int]:
        """Verified, rejected, selected."""
        found = self.meta("meta:counts")
        return (int(found.get("verified", 0)), int(found.get("rejected", 0)), int(found.get("selected", 0)))

    def keys(self, prefix: str) -> list[str]:
        """Keys in the pipeline bucket."""
        return list(list_keys(self.system.aws.client("s3"), self.system.stack.bucket, prefix))

    def summary(self, run_id: str) -> RunSummary:
        """A run's summary as it stands in the bucket."""
        key = f"runs/{self.campaign}/{run_id}/summary.json"
        return RunSummary.model_validate(
            read_json(self.system.aws.client("s3"), self.system.stack.bucket, key)
        )

    def streamed(self) -> list[dict[str, Any]]:
        """The campaign's records on scoresStream, oldest first in each shard."""
        return [record for _, record in self.stream(self.system.stack.scores_stream)]

    def stream(self, stream: str) -> list[tuple[str, dict[str, Any]]]:
        """Partition keys and records of the campaign on a stream, oldest first in each shard."""
        kinesis = self.system.aws.client("kinesis")
        found = []
        for shard in kinesis.list_shards(StreamName=stream)["Shards"]:
            iterator = kinesis.get_shard_iterator(
                StreamName=stream, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
            )["ShardIterator"]
            while True:
                answer = kinesis.get_records(ShardIterator=iterator, Limit=10_000)
                found += [
                    (record["PartitionKey"], json.loads(record["Data"]))
                    for record in answer["Records"]
                    if record["PartitionKey"] != FOREIGN
                ]
                iterator = answer["NextShardIterator"]
                if not answer["Records"]:
                    break
        return [(key, record) for key, record in found if record["campaignId"] == self.campaign]

    def state(self, runs: list[str]) -> dict[str, Any]:
        """All that faults and redelivery are to leave as it is, alike for every campaign with the same files.

        A run's id holds the moment of its start; which of `runs` it is stays.
        """
        fans = self.fans()
        for item in fans.values():
            for name in {"runId", "fanlistRunId"} & item.keys():
                item[name] = runs.index(item[name])
            del item["updated"], item["SK"]
        said = self.meta("meta:slack:counts")
        # A look that is being taken holds the lease for a moment.
        for name in ("updated", "PK", "leaseOwner", "leaseUntil"):
            said.pop(name, None)
        # Which of two runs with the same counts said them is their order, not their outcome.
        for post in said.values():
            if isinstance(post, dict):
                post.pop("runId", None)
        assert said.pop("name", self.name) == self.name
        tallies = [self.meta(f"meta:run:{run}")["counted"] for run in runs]
        # A fan's entries, whatever their order: a call to the Entry Service is safe to repeat, no version.
        received = self.system.fakes.entries.received.get(self.campaign, [])
        entries = {entry.model_dump_json() for entry in received}
        return {
            "fans": fans,
            "counts": self.counts(),
            "said": said,
            "tallies": tallies,
            "entries": entries,
            "posts": [post.replace(self.name, "Tour") for post in self.posts()],
        }

    def history(self, arn: str) -> list[dict[str, Any]]:
        """All events of an execution."""
        steps = self.system.aws.client("stepfunctions")
        pages = steps.get_paginator("get_execution_history").paginate(executionArn=arn)
        return [event for page in pages for event in page["events"]]


def rows_of(*rows: str) -> str:
    """A scrubbed file with the columns of `HEADER`."""
    return "\n".join((HEADER, *rows)) + "\n"
