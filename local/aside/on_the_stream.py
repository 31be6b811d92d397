"""Batches that a failures' queue only names: their records, read from the stream once more."""

import base64
from collections.abc import Iterator
from typing import Any

from botocore.exceptions import ClientError

from local.aside.system import System

_LOST = {"ResourceNotFoundException", "InvalidArgumentException"}


def batch_of(system: System, info: dict[str, Any]) -> list[dict[str, Any]]:
    """Give a `KinesisBatchInfo`'s records as events have them, as far as the stream still has them.

    Raises:
        KeyError, ValueError: it is none.
    """
    try:
        return list(_records(system, info))
    except ClientError as error:
        if error.response["Error"]["Code"] not in _LOST:
            raise
        return []


def _records(system: System, info: dict[str, Any]) -> Iterator[dict[str, Any]]:
    kinesis = system.client("kinesis")
    first, last = int(info["startSequenceNumber"]), int(info["endSequenceNumber"])
    iterator = kinesis.get_shard_iterator(
        StreamARN=info["streamArn"],
        ShardId=info["shardId"],
        ShardIteratorType="AT_SEQUENCE_NUMBER",
        StartingSequenceNumber=info["startSequenceNumber"],
    )["ShardIterator"]
    while iterator:
        answer = kinesis.get_records(ShardIterator=iterator, Limit=1000)
        for record in answer["Records"]:
            number = int(record["SequenceNumber"])
            if number > last:
                return
            if number >= first:
                yield _event(info, record)
        iterator = answer.get("NextShardIterator")
        if not answer["Records"] and not answer.get("MillisBehindLatest"):
            return


def _event(info: dict[str, Any], record: dict[str, Any]) -> dict[str, Any]:
    arn = info["streamArn"]
    return {
        "eventID": f"{info['shardId']}:{record['SequenceNumber']}",
        "eventName": "aws:kinesis:record",
        "eventVersion": "1.0",
        "eventSource": "aws:kinesis",
        "eventSourceARN": arn,
        "awsRegion": arn.split(":")[3],
        "kinesis": {
            "kinesisSchemaVersion": "1.0",
            "partitionKey": record["PartitionKey"],
            "sequenceNumber": record["SequenceNumber"],
            "data": base64.b64encode(record["Data"]).decode(),
            "approximateArrivalTimestamp": record["ApproximateArrivalTimestamp"].timestamp(),
        },
    }
