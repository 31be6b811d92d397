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
data-quality/<campaignId>/<runId>/report.html             what a campaign manager reads
data-quality/<campaignId>/<runId>/facts.json              what it is made of (expectations.report.model.Facts)
data-quality/<campaignId>/<runId>/validation.json         the gate's results
data-quality/<campaignId>/<runId>/data-docs/...           the same as Great Expectations shows them
data-quality/.runs/<runId>.<campaignId>.json              the run's line in these lists (Entry):
data-quality/<campaignId>/index.html                      a campaign's runs, newest first
data-quality/index.html                                   all runs, newest first
dead-letters/<function>/...                               what could not be delivered, for a replay
dead-letters/replayed/<function>/...                      what has been replayed since
"""

import json
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import quote

from steps.shared.aws_types import S3Client

# The workers start without the models of what states pass to each other.
if TYPE_CHECKING:
    from steps.shared.payloads import Processing

DEAD_LETTERS = "dead-letters/"
ENTRIES = "data-quality/.runs/"


class RunFolder:
    """The places of one run; keys are relative to the bucket."""

    def __init__(self, bucket: str, campaign_id: str, run_id: str) -> None:
        self.bucket = bucket
        self.campaign_id = campaign_id
        self.run_id = run_id
        run = f"{campaign_id}/{run_id}"
        self.staging = f"staging/{run}"
        self.records = f"{self.staging}/records"
        # Beside the records, so that who reads these reads those.
        self.withdrawn = f"{self.records}/withdrawn"
        self.manifest = f"{self.staging}/manifest.json"
        self.prepared = f"{self.staging}/prepared.json"
        self.published = f"{self.staging}/published"
        self.rejected = f"rejected/{run}.parquet"
        self.rejected_csv = f"rejected/{run}.csv"
        # Personal data, so not beside the summary, which stays.
        self.fans = f"fans/{run}.parquet"
        self.summary = f"runs/{run}/summary.json"
        self.quality = f"data-quality/{run}"
        self.report = f"{self.quality}/report.html"
        self.facts = f"{self.quality}/facts.json"
        self.validation = f"{self.quality}/validation.json"
        self.data_docs = f"{self.quality}/data-docs"
        # A campaign's id has no dot in it.
        self.entry = f"{ENTRIES}{run_id}.{campaign_id}.json"
        self.campaign_index = f"data-quality/{campaign_id}/index.html"
        self.index = "data-quality/index.html"

    @classmethod
    def of(cls, run: "Processing") -> Self:
        """Return the places of a run, in the bucket its file came to."""
        return cls(run.file.bucket, run.campaign_id, run.run_id)

    def result(self, partition: int) -> str:
        """Return the key of what became of a partition."""
        return f"{self.published}/{_part(partition)}"

    def dead_letter(self, function: str, partition: int) -> str:
        """Return the key of what a function could not deliver of a partition."""
        return f"{dead_letters_prefix(function, self.campaign_id)}{self.run_id}/{_part(partition)}"

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


def read_all(s3: S3Client, bucket: str, keys: Iterable[str]) -> list[Any]:
    """Read JSON documents, in the order of their keys, several at a time."""
    with ThreadPoolExecutor(16) as pool:
        return list(pool.map(lambda key: read_json(s3, bucket, key), keys))


def list_keys(s3: S3Client, bucket: str, prefix: str) -> Iterator[str]:
    """Keys below a prefix, in text order."""
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        for found in page.get("Contents", []):
            yield found["Key"]
