"""Where a run's objects live in the pipeline bucket, and JSON in and out of it.

staging/<campaignId>/<runId>/records/part-00000.parquet   one partition of records
staging/<campaignId>/<runId>/records/withdrawn/...        one of fans whom it withdraws
staging/<campaignId>/<runId>/manifest.json                what FanOut's children are started with
staging/<campaignId>/<runId>/prepared.json                counts of the prepared file
staging/<campaignId>/<runId>/published/part-00000.json    what became of one partition
rejected/<campaignId>/<runId>.parquet                     rejected rows with reasons
rejected/<campaignId>/<runId>.csv                         the same for a spreadsheet
fans/<campaignId>/<runId>.parquet                         who stands after the run (pipelines/standing.py)
runs/<campaignId>/<runId>/summary.json                    the run's summary
data-quality/...                                          the reports (steps/outcomes/reports.py)
dead-letters/<function>/...                               what could not be delivered, for a replay
dead-letters/replayed/<function>/...                      what has been replayed since
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import quote

from steps.shared.aws_types import S3Client

# The workers start without the models of what states pass to each other.
if TYPE_CHECKING:
    from steps.shared.payloads import Run, RunSummary

DEAD_LETTERS = "dead-letters/"


@dataclass(frozen=True)
class RunFolder:
    """The places of one run; keys are relative to the bucket."""

    bucket: str
    campaign_id: str
    run_id: str

    @classmethod
    def of(cls, run: "Run | RunSummary") -> Self:
        """Return the places of a run, in the bucket its file came to."""
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
    def withdrawn(self) -> str:
        """Folder of the partitions of withdrawals, beside the records so that who reads these reads those."""
        return f"{self.records}/withdrawn"

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

    def result(self, partition: int) -> str:
        """Key of what became of a partition."""
        return f"{self.published}/{_part(partition)}"

    def dead_letter(self, function: str, partition: int) -> str:
        """Key of what a function could not deliver of a partition."""
        return f"{dead_letters_prefix(function, self.campaign_id)}{self.run_id}/{_part(partition)}"

    @property
    def rejected(self) -> str:
        """Key of the rejected rows."""
        return f"rejected/{self.campaign_id}/{self.run_id}.parquet"

    @property
    def rejected_csv(self) -> str:
        """Key of the rejected rows as a spreadsheet shows them."""
        return f"rejected/{self.campaign_id}/{self.run_id}.csv"

    @property
    def fans(self) -> str:
        """Key of the fans who stand after the run; personal data, so not beside the summary, which stays."""
        return f"fans/{self.campaign_id}/{self.run_id}.parquet"

    @property
    def summary(self) -> str:
        """Key of the run's summary."""
        return f"runs/{self.campaign_id}/{self.run_id}/summary.json"

    @property
    def quality(self) -> str:
        """Folder of the gate's reports."""
        return f"data-quality/{self.campaign_id}/{self.run_id}"

    @property
    def report(self) -> str:
        """Key of the page that a campaign manager reads."""
        return f"{self.quality}/report.html"

    @property
    def facts(self) -> str:
        """Key of what the report is made of."""
        return f"{self.quality}/facts.json"

    @property
    def validation(self) -> str:
        """Key of the gate's results."""
        return f"{self.quality}/validation.json"

    @property
    def data_docs(self) -> str:
        """Folder of the results as Great Expectations shows them."""
        return f"{self.quality}/data-docs"

    @property
    def entry(self) -> str:
        """Key of the run's line in the lists of runs; a campaign's id has no dot in it."""
        return f"data-quality/.runs/{self.run_id}.{self.campaign_id}.json"

    @property
    def campaign_index(self) -> str:
        """Key of the list of the campaign's runs."""
        return f"data-quality/{self.campaign_id}/index.html"

    @property
    def index(self) -> str:
        """Key of the list of all runs."""
        return "data-quality/index.html"

    def uri(self, key: str) -> str:
        """Return a key of this bucket as an s3:// URI."""
        return f"s3://{self.bucket}/{key}"


def dead_letters_prefix(function: str, campaign_id: str | None = None) -> str:
    """Below this is what a function could not deliver, of one campaign or of all."""
    return f"{DEAD_LETTERS}{function}/{campaign_id}/" if campaign_id else f"{DEAD_LETTERS}{function}/"


def _part(partition: int) -> str:
    return f"part-{partition:05}.json"


def write_json(s3: S3Client, bucket: str, key: str, value: Any) -> None:
    """Store a JSON document."""
    body = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    s3.put_object(Bucket=bucket, Key=key, Body=body, ContentType="application/json")


def write_page(s3: S3Client, bucket: str, key: str, page: str) -> None:
    """Store an HTML document; a browser asks again each time, since pages are rewritten."""
    s3.put_object(
        Bucket=bucket,
        Key=key,
        Body=page.encode(),
        ContentType="text/html; charset=utf-8",
        CacheControl="no-cache",
    )


def console_url(uri: str) -> str:
    """Return the console's page of an object in S3, from which it can be opened; it asks for a login.

    A presigned URL would end with the session of the function that signed it, after some hours at most.
    """
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return f"https://console.aws.amazon.com/s3/object/{bucket}?prefix={quote(key)}"


def read_json(s3: S3Client, bucket: str, key: str) -> Any:
    """Read a JSON document.

    Raises:
        botocore.exceptions.ClientError: `NoSuchKey` where there is none.
    """
    return json.loads(s3.get_object(Bucket=bucket, Key=key)["Body"].read())


def list_keys(s3: S3Client, bucket: str, prefix: str) -> Iterator[str]:
    """Keys below a prefix, in text order."""
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        for found in page.get("Contents", []):
            yield found["Key"]
