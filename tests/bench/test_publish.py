"""The null endpoint speaks enough AWS for boto3 and Polars, and both ways of sending come to an end.

Cannot see: refused or throttled records.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import polars as pl
import pytest
from botocore.exceptions import ClientError

from bench.files import Files
from bench.publish import null_endpoint, publishing
from steps.shared.polars_storage import s3_options

KEYS = {"aws_access_key_id": "a", "aws_secret_access_key": "b"}


@pytest.fixture
def endpoint(tmp_path: Path) -> Iterator[str]:
    with null_endpoint(tmp_path) as url:
        yield url


def _client(service: str, endpoint: str) -> Any:
    session = boto3.Session(**KEYS, region_name="us-east-1")  # type: ignore[arg-type]
    return session.client(service, endpoint_url=endpoint)  # type: ignore[call-overload]


def test_takes_every_record(endpoint: str) -> None:
    kinesis = _client("kinesis", endpoint)
    records = [{"Data": b"x" * size, "PartitionKey": "k"} for size in (1, 100_000, 10)]
    answer = kinesis.put_records(StreamName="s", Records=records)
    assert answer["FailedRecordCount"] == 0
    assert len(answer["Records"]) == 3


def test_serves_a_folder_and_forgets_writes(endpoint: str, tmp_path: Path) -> None:
    (tmp_path / "bucket").mkdir()
    frame = pl.DataFrame({"a": range(1000)})
    frame.write_parquet(tmp_path / "bucket" / "x.parquet")
    s3 = _client("s3", endpoint)
    s3.put_object(Bucket="bucket", Key="y.json", Body=b"{}")
    with pytest.raises(ClientError, match="404"):
        s3.head_object(Bucket="bucket", Key="y.json")
    options = s3_options(endpoint, "us-east-1") | KEYS
    assert pl.scan_parquet("s3://bucket/x.parquet", storage_options=options).collect().equals(frame)


def test_publishes_whole_partitions_both_ways(tmp_path: Path) -> None:
    said: list[str] = []
    result = publishing(100, 1, Files(tmp_path), said.append)
    assert (result.partitions, result.records) == (1, 5_000)
    assert result.published.seconds > 0
    assert result.ready.seconds > 0
    assert "Round 1 of 1: put ready" in said
