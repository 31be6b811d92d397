"""The commands on small files, each with its own programs and the AWS that does nothing.

Cannot see: figures that mean anything.
"""

from collections.abc import Iterator
from pathlib import Path

import boto3
import polars as pl
import pytest
from botocore.exceptions import ClientError
from typer.testing import CliRunner

from bench.__main__ import app
from bench.harness import PAGE
from bench.null_aws import null_aws
from steps.shared.clients import s3_options


@pytest.mark.parametrize(
    ("arguments", "labels"),
    [
        ("prepare --rows 300", ["300 rows", "Prepare", "floor (scan, sink)", "DuckDB", "csv row loop"]),
        ("gate --rows 300", ["300 rows", "gate (Polars engine)"]),
        ("publishing --records 100", ["5,000 records", "ready-made bytes", "publish partitions"]),
        ("upserts --records 30", ["upserts of new items", "upserts of stored items", "merge writer"]),
        ("counting --records 1500", ["1,500 records, stream records", "processSavedScores"]),
    ],
    ids=lambda value: value.split()[0] if isinstance(value, str) else "",
)
def test_a_command_measures_and_compares(arguments: str, labels: list[str]) -> None:
    page = PAGE.read_text()
    result = CliRunner().invoke(app, [*arguments.split(), "--rounds", "1"])
    assert result.exit_code == 0, result.output
    assert [label for label in labels if label not in result.output] == []
    assert "1.00 x" in result.output
    assert "and not" not in result.output, "counts differ"
    assert PAGE.read_text() == page


@pytest.fixture
def client_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    with null_aws(tmp_path) as environment:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
        yield tmp_path


def test_nothing_takes_every_record(client_of: Path) -> None:
    records = [{"Data": b"x" * size, "PartitionKey": "k"} for size in (1, 100_000, 10)]
    answer = boto3.client("kinesis").put_records(StreamName="s", Records=records)  # type: ignore[arg-type]
    assert answer["FailedRecordCount"] == 0
    assert len(answer["Records"]) == 3


def test_nothing_serves_a_folder_and_forgets_writes(client_of: Path) -> None:
    (client_of / "bucket").mkdir()
    frame = pl.DataFrame({"a": range(1000)})
    frame.write_parquet(client_of / "bucket" / "x.parquet")
    s3 = boto3.client("s3")
    s3.put_object(Bucket="bucket", Key="y.json", Body=b"{}")
    with pytest.raises(ClientError, match="404"):
        s3.head_object(Bucket="bucket", Key="y.json")
    keys = {"aws_access_key_id": "a", "aws_secret_access_key": "b"}
    options = s3_options(s3.meta.endpoint_url, "us-east-1") | keys
    assert pl.scan_parquet("s3://bucket/x.parquet", storage_options=options).collect().equals(frame)
