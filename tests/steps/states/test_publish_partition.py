"""One partition of records onto a stream of the embedded AWS: what is offered, what is a dead letter."""

import json
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from local.stack.embedded import EmbeddedAws
from pipelines.schema import RECORD_SCHEMA
from steps.delivery.partition import NothingTakenError, Partition
from steps.shared.attributes import LARGEST_VALUES
from steps.shared.payloads import FileRef, PartitionItem, Run
from steps.shared.storage import RunFolder, list_keys, read_json
from steps.states import publish_partition
from steps.states.publish_partition import publish
from tests.steps.workers.conftest import Context

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

Bucket = tuple["S3Client", str]

MOMENT = "2026-02-13T10:00:00.000Z"


class Refusing:
    """A writer that takes nothing."""

    def put(self, records: list[Any]) -> list[Any]:
        return records


def _run(bucket: Bucket) -> Run:
    file = FileRef(bucket=bucket[1], key="scrubbed/registrants.c1.n.2026-02-13T10:00:00.csv")
    return Run(
        run_id="r1", campaign_id="c1", campaign_name="n", source="scrubbed", file=file,
        scored_at=MOMENT, started_at=MOMENT,
    )  # fmt: skip


def _partition(bucket: Bucket, tmp_path: Any, **changed: Any) -> PartitionItem:
    """Three fans; what is given stands for the second."""
    rows: list[dict[str, Any]] = [
        {"campaignId": "c1", "globalUserId": f"f{n}", "score": 1.0, "events": ["oslo"]} for n in range(3)
    ]
    rows[1] |= changed
    path = tmp_path / "part.parquet"
    pl.DataFrame(rows, schema=RECORD_SCHEMA).write_parquet(path)
    key = f"{RunFolder.of(_run(bucket)).records}/part-00000.parquet"
    bucket[0].put_object(Bucket=bucket[1], Key=key, Body=path.read_bytes())
    return PartitionItem(partition=0, key=key, records=3)


@pytest.fixture
def stream(aws: EmbeddedAws, at_home: pytest.MonkeyPatch, bucket: Bucket) -> str:
    name = f"scores-{bucket[1]}"
    aws.client("kinesis").create_stream(StreamName=name, ShardCount=1)
    aws.client("kinesis").get_waiter("stream_exists").wait(StreamName=name, WaiterConfig={"Delay": 1})
    at_home.setenv("SCORES_STREAM", name)
    return name


def _streamed(aws: EmbeddedAws, stream: str) -> list[dict[str, Any]]:
    kinesis = aws.client("kinesis")
    (shard,) = kinesis.list_shards(StreamName=stream)["Shards"]
    iterator = kinesis.get_shard_iterator(
        StreamName=stream, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
    )["ShardIterator"]
    return [json.loads(record["Data"]) for record in kinesis.get_records(ShardIterator=iterator)["Records"]]


@pytest.mark.parametrize(
    ("changed", "kept"),
    [
        ({}, []),
        ({"score": 1e-200}, ["f1"]),
        ({"accountScore": 1e200}, ["f1"]),
        ({"lastName": "x" * LARGEST_VALUES}, ["f1"]),
        ({"lastName": "x" * (LARGEST_VALUES // 2)}, []),
    ],
)
def test_what_the_table_cannot_hold_is_a_dead_letter_and_the_rest_published(
    aws: EmbeddedAws, stream: str, bucket: Bucket, tmp_path: Any, changed: Any, kept: list[str]
) -> None:
    run, item = _run(bucket), _partition(bucket, tmp_path, **changed)
    context: Any = Context()
    result = publish_partition.handler({"run": run.wire(), "item": item.wire()}, context)
    assert result == {"partition": 0, "in": 3, "out": 3 - len(kept), "failed": len(kept)}
    streamed = _streamed(aws, stream)
    assert all(record["schemaVersion"] == 1 for record in streamed)
    offered = sorted(record["globalUserId"] for record in streamed)
    assert offered == sorted({"f0", "f1", "f2"} - set(kept))
    assert read_json(*bucket, RunFolder.of(run).result(0)) == result
    documents = [read_json(*bucket, key) for key in list_keys(*bucket, "dead-letters/publish-partition/c1/")]
    assert [record["partitionKey"] for document in documents for record in document["notStreamed"]] == kept
    assert all(record["reason"] for document in documents for record in document["notStreamed"])


@pytest.mark.usefixtures("at_home")
def test_a_stream_that_takes_nothing_is_worth_another_try(bucket: Bucket, tmp_path: Any) -> None:
    writer: Any = Refusing()
    with pytest.raises(NothingTakenError, match="none of the 3 records"):
        publish(Partition(bucket[0], _run(bucket), _partition(bucket, tmp_path)), writer)
    assert list(list_keys(*bucket, "dead-letters/")) == []
