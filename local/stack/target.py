"""Which stack a command works on: the embedded one of `vf up`, or one in AWS."""

import contextlib
import json
import os
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, ProfileNotFound

from local.errors import VfError
from local.stack.deploy import DeploymentError, Stack
from local.stack.embedded import CREDENTIALS, REGION
from local.stack.packaging import ROOT
from steps.shared.attributes import Item
from steps.shared.meta_items import COUNTS, RUN
from steps.shared.storage import read_json
from steps.streaming.counting.changes import Tally

# Another folder keeps two that run at once apart.
RUNNING = Path(os.environ.get("VF_RUNNING", ROOT / ".vf"))

_USUAL = Config(max_pool_connections=32)
# The longest function's timeout, and some; a call that was cut must not be made again meanwhile.
_PATIENT = Config(read_timeout=910, retries={"total_max_attempts": 1})


class NoStackError(VfError):
    """There is no stack to speak to; the message says how to get one."""


@dataclass(frozen=True)
class Target:
    """A stack and how to reach it."""

    session: boto3.Session
    endpoint: str | None
    stack: Stack
    _clients: dict[tuple[str, bool], Any] = field(default_factory=dict, repr=False, compare=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False, compare=False)

    def client(self, service: str, *, patient: bool = False) -> Any:
        """Give the boto3 client of a service in the stack's account and region, safe to use from any thread.

        A `patient` one waits for an answer as long as a function may run, and asks once only.
        """
        with self._lock:  # making one is not safe
            if (service, patient) not in self._clients:
                self._clients[service, patient] = self.session.client(
                    service,  # type: ignore[call-overload]
                    endpoint_url=self.endpoint,
                    config=_PATIENT if patient else _USUAL,
                )
            return self._clients[service, patient]

    @cached_property
    def resources(self) -> Mapping[str, str]:
        """Physical names by those in the template."""
        return resources_of(self.client("cloudformation"), self.stack.name)

    def objects(self, prefix: str) -> Iterator[dict[str, Any]]:
        """Objects of the bucket below a prefix, as S3 lists them: `Key`, `LastModified` and more."""
        pages = self.client("s3").get_paginator("list_objects_v2")
        for page in pages.paginate(Bucket=self.stack.bucket, Prefix=prefix):
            yield from page.get("Contents", [])

    def folders(self, prefix: str) -> list[str]:
        """Names of the folders of the bucket below a prefix that ends in a slash."""
        pages = self.client("s3").get_paginator("list_objects_v2")
        found = pages.paginate(Bucket=self.stack.bucket, Prefix=prefix, Delimiter="/")
        names = [one["Prefix"] for page in found for one in page.get("CommonPrefixes", [])]
        return [name.removeprefix(prefix).rstrip("/") for name in names]

    def shard_records(self, **start: str) -> Iterator[dict[str, Any]]:
        """Give the records of a stream's shard from a place on, until it has no more for now."""
        kinesis = self.client("kinesis")
        iterator = kinesis.get_shard_iterator(**start)["ShardIterator"]
        while iterator:
            answer = kinesis.get_records(ShardIterator=iterator, Limit=1000)
            yield from answer["Records"]
            ended = not answer["Records"] and not answer.get("MillisBehindLatest")
            iterator = None if ended else answer.get("NextShardIterator")

    def document(self, key: str) -> Any:
        """Read a JSON document of the bucket; None where there is none."""
        try:
            return read_json(self.client("s3"), self.stack.bucket, key)
        except ClientError as error:
            if error.response["Error"]["Code"] not in ("NoSuchKey", "404"):
                raise
            return None

    def table_pages(
        self, operation: Literal["query", "scan"], values: Mapping[str, str], **given: str
    ) -> Iterator[dict[str, Any]]:
        """Pages of the table, read consistently; `values` are the texts that expressions name."""
        pages = self.client("dynamodb").get_paginator(operation)
        texts = {f":{name}": {"S": value} for name, value in values.items()}
        yield from pages.paginate(
            TableName=self.stack.table, ConsistentRead=True, ExpressionAttributeValues=texts, **given
        )

    def own_items(self, campaign: str, prefix: str) -> dict[str, Item]:
        """Give a campaign's own items whose sort keys begin so, by sort key."""
        pages = self.table_pages(
            "query",
            {"campaign": f"campaign:{campaign}", "prefix": prefix},
            KeyConditionExpression="PK = :campaign AND begins_with(SK, :prefix)",
        )
        return {item["SK"]["S"]: item for page in pages for item in page["Items"]}

    def counts(self, campaign: str) -> Tally:
        """Give a campaign's counts as they stand; all zero before anything was counted."""
        return Tally.of(self.own_items(campaign, COUNTS).get(COUNTS, {}))

    def run(self, campaign: str, run_id: str) -> Item:
        """Give a run's item; empty where there is none."""
        return self.own_items(campaign, f"{RUN}{run_id}").get(f"{RUN}{run_id}", {})


def resources_of(cloudformation: Any, stack: str) -> dict[str, str]:
    """Give the physical names of a stack's resources by those in the template."""
    pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName=stack)
    resources = (resource for page in pages for resource in page["StackResourceSummaries"])
    return {one["LogicalResourceId"]: one.get("PhysicalResourceId", "") for one in resources}


@contextlib.contextmanager
def announced(target: Target) -> Iterator[Path]:
    """Leaves a note on how to reach a running embedded stack, for other terminals; takes it away again."""
    RUNNING.mkdir(exist_ok=True)
    note = RUNNING / f"{os.getpid()}.json"
    note.write_text(json.dumps({"endpoint": target.endpoint, "stack": target.stack.name}))
    try:
        yield note
    finally:
        note.unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            RUNNING.rmdir()


def find_target(stack: str | None) -> Target:
    """Give the stack named, in AWS by the usual credentials; without a name the embedded one that runs.

    Raises:
        NoStackError: with what to do about it.
    """
    if stack is not None:
        try:
            return _reached(boto3.Session(), None, stack)
        except (BotoCoreError, ClientError, ProfileNotFound, DeploymentError) as error:
            why = str(error).rstrip(".")
            raise NoStackError(f"Stack '{stack}' in AWS cannot be reached: {why}.") from None
    notes = sorted(RUNNING.glob("*.json"), key=lambda note: note.stat().st_mtime, reverse=True)
    for note in notes:
        if not _alive(int(note.stem)):
            note.unlink(missing_ok=True)
            continue
        found = json.loads(note.read_text())
        return _reached(_session(), found["endpoint"], found["stack"])
    raise NoStackError(
        "No embedded stack is running. Start one with `vf up` in another terminal, "
        "or name a stack in AWS with --stack."
    )


def embedded(endpoint: str, stack: Stack) -> Target:
    """Give a stack of the embedded AWS."""
    return Target(_session(), endpoint, stack)


def _session() -> boto3.Session:
    key, secret = CREDENTIALS["aws_access_key_id"], CREDENTIALS["aws_secret_access_key"]
    return boto3.Session(key, secret, region_name=REGION)


def _reached(session: boto3.Session, endpoint: str | None, name: str) -> Target:
    cloudformation = session.client("cloudformation", endpoint_url=endpoint)
    return Target(session, endpoint, Stack.described(cloudformation, name))


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except OSError:  # gone, and its number maybe somebody else's by now
        return False
    return True
