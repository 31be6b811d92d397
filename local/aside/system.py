"""The parts of a stack that replays speak to, found by their names in the template."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from local.aside.kept import NotDeliveredError
from local.stack.target import Target
from steps.shared.clock import to_iso
from steps.shared.payloads import Run
from steps.shared.runs import RunRegistry
from steps.shared.storage import ASIDE

REPLAYED = f"{ASIDE}replayed/"


@dataclass(frozen=True)
class System:
    """A stack with the physical names of its functions and queues."""

    target: Target
    resources: Mapping[str, str]

    @classmethod
    def of(cls, target: Target) -> Self:
        """Look the names up in CloudFormation."""
        pages = target.client("cloudformation").get_paginator("list_stack_resources")
        found = {
            resource["LogicalResourceId"]: resource.get("PhysicalResourceId", "")
            for page in pages.paginate(StackName=target.stack.name)
            for resource in page["StackResourceSummaries"]
        }
        return cls(target, found)

    @property
    def bucket(self) -> str:
        """The pipeline bucket's name."""
        return self.target.stack.bucket

    def client(self, service: str) -> Any:
        """Give a client for the stack's account and region."""
        return self.target.client(service)

    def objects(self, prefix: str) -> Iterator[dict[str, Any]]:
        """Objects below a prefix, as S3 lists them: `Key`, `LastModified` and more."""
        pages = self.client("s3").get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=prefix)
        for page in pages:
            yield from page.get("Contents", [])

    def folders(self, prefix: str) -> list[str]:
        """Names of the folders below a prefix that ends in a slash."""
        pages = self.client("s3").get_paginator("list_objects_v2")
        found = pages.paginate(Bucket=self.bucket, Prefix=prefix, Delimiter="/")
        names = [one["Prefix"] for page in found for one in page.get("CommonPrefixes", [])]
        return [name.removeprefix(prefix).rstrip("/") for name in names]

    def move_to_replayed(self, key: str) -> None:
        """Move an object out of sight of the next replay; it stays as long as all that is kept aside."""
        s3, source = self.client("s3"), {"Bucket": self.bucket, "Key": key}
        s3.copy_object(Bucket=self.bucket, Key=REPLAYED + key.removeprefix(ASIDE), CopySource=source)
        s3.delete_object(Bucket=self.bucket, Key=key)

    def invoke(self, function: str, event: dict[str, Any]) -> dict[str, Any]:
        """Invoke a function of the template and wait for its answer.

        Raises:
            NotDeliveredError: it failed; only an error's type is told, since a message may quote a row.
        """
        name = self.resources[function]
        answer = self.target.client("lambda", patient=True).invoke(
            FunctionName=name, Payload=json.dumps(event).encode()
        )
        body: dict[str, Any] = json.loads(answer["Payload"].read() or b"{}")
        if answer.get("FunctionError"):
            raise NotDeliveredError(f"{name} failed: {_told(body)}.")
        return body

    def overtaken_by(self, run: Run) -> str | None:
        """Give the campaign's newest run of the same kind of file, where that is a newer one than this."""
        registry = RunRegistry(self.client("dynamodb"), self.target.stack.table)
        newest = registry.newest(run.campaign_id, run.source)
        return newest[1] if newest is not None and newest > (run.scored_at, run.run_id) else None


def _told(body: dict[str, Any]) -> str:
    """Give a failed function's error; the steps' own `UnexpectedError` is made to be read."""
    kind = str(body.get("errorType", "no error named"))
    return str(body.get("errorMessage", kind)).rstrip(".") if kind == "UnexpectedError" else kind


def since_of(moment: datetime) -> str:
    """Give a moment as AWS gives it, in the contract's spelling."""
    return to_iso(moment)
