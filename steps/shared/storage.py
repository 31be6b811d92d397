"""Where a run's objects live in the pipeline bucket, and JSON in and out of it.

staging/<campaignId>/<runId>/records/part-00000.parquet   one partition of records
staging/<campaignId>/<runId>/manifest.json                what FanOut's children are started with
staging/<campaignId>/<runId>/prepared.json                counts of the prepared file
staging/<campaignId>/<runId>/published/part-00000.json    what became of one partition
rejected/<campaignId>/<runId>.parquet                     rejected rows with reasons
runs/<campaignId>/<runId>/summary.json                    the run's summary
data-quality/<campaignId>/<runId>/                        the gate's reports
aside/<function>/...                                      what could not be delivered, for a replay
"""

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_s3 import S3Client

    from steps.shared.payloads import Run


@dataclass(frozen=True)
class RunFolder:
    """The places of one run; keys are relative to the bucket."""

    bucket: str
    campaign_id: str
    run_id: str

    @classmethod
    def of(cls, run: "Run") -> Self:
        """The places of a run, in the bucket its file came to."""
        return cls(run.file.bucket, run.campaign_id, run.run_id)

    @property
    def staging(self) -> str:
        """Prefix of what only this run reads again."""
        return f"staging/{self.campaign_id}/{self.run_id}"

    @property
    def records(self) -> str:
        """Folder of the Parquet partitions."""
        return f"{self.staging}/records"

    @property
    def manifest(self) -> str:
        """Key of the list of partitions."""
        return f"{self.staging}/manifest.json"

    @property
    def prepared(self) -> str:
        """Key of the prepared file's counts."""
        return f"{self.staging}/prepared.json"

    @property
    def published(self) -> str:
        """Folder of the partitions' results."""
        return f"{self.staging}/published"

    @property
    def rejected(self) -> str:
        """Key of the rejected rows."""
        return f"rejected/{self.campaign_id}/{self.run_id}.parquet"

    @property
    def summary(self) -> str:
        """Key of the run's summary."""
        return f"runs/{self.campaign_id}/{self.run_id}/summary.json"

    @property
    def quality(self) -> str:
        """Folder of the gate's reports."""
        return f"data-quality/{self.campaign_id}/{self.run_id}"

    def uri(self, key: str) -> str:
        """A key of this bucket as an s3:// URI."""
        return f"s3://{self.bucket}/{key}"


def write_json(s3: "S3Client", bucket: str, key: str, value: Any) -> None:
    """Stores a JSON document."""
    body = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    s3.put_object(Bucket=bucket, Key=key, Body=body, ContentType="application/json")


def read_json(s3: "S3Client", bucket: str, key: str) -> Any:
    """Reads a JSON document.

    Raises:
        botocore.exceptions.ClientError: `NoSuchKey` where there is none.
    """
    return json.loads(s3.get_object(Bucket=bucket, Key=key)["Body"].read())


def list_keys(s3: "S3Client", bucket: str, prefix: str) -> "Iterator[str]":
    """Keys below a prefix, in text order."""
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        for found in page.get("Contents", []):
            yield found["Key"]
