"""Records of scoresStream, given to the worker that could not deliver them.

They stand in documents of the bucket, which are events of the worker's, or on the stream, where a failures'
queue only says from which record to which.
"""

import base64
import json
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from aws_lambda_powertools.utilities.data_classes.kinesis_stream_event import KinesisStreamRecord
from botocore.exceptions import ClientError

from expectations.report.wording import many
from local.dead_letters.letter import (
    DeadLetter,
    Keeper,
    Outcome,
    Replayed,
    invoke,
    move_to_replayed,
    newer_than_this,
)
from local.stack.target import Target
from steps.shared.clock import to_iso
from steps.shared.storage import dead_letters_prefix
from steps.streaming.scores.record import Received, receive

_FUNCTIONS = {
    Keeper.load_scores: "LoadScoresToDynamoDBFunction",
    Keeper.save_entry_scoring: "SaveEntryScoringFunction",
}
# What a worker counts as kept once more.
_AGAIN = {Keeper.load_scores: "invalid", Keeper.save_entry_scoring: "deadLetters"}
_GETS_A_CALL = 100
_READS_AT_ONCE = 16
# A function takes 6 MB in one call.
_LARGEST_CALL = 4_000_000
_LOST = {"ResourceNotFoundException", "InvalidArgumentException"}

Raw = dict[str, Any]


def documents(target: Target, keeper: Keeper, campaign: str | None) -> Iterator[DeadLetter]:
    """Give the documents that a worker has kept, of one campaign or of all."""
    listed = target.objects(dead_letters_prefix(keeper, campaign))
    with ThreadPoolExecutor(_READS_AT_ONCE) as pool:
        found = pool.map(lambda one: _document(target, keeper, one), listed)
        yield from (document for document in found if document is not None)


def _document(target: Target, keeper: Keeper, found: dict[str, Any]) -> DeadLetter | None:
    s3, bucket, key = target.client("s3"), target.stack.bucket, found["Key"]
    try:
        answer = s3.get_object(Bucket=bucket, Key=key)
    except s3.exceptions.NoSuchKey:
        return None  # replayed by somebody else since the listing
    document = json.loads(answer["Body"].read())
    since = to_iso(found["LastModified"])
    if unknown := newer_than_this(keeper, key, document, since):
        return unknown
    records, campaign = document["Records"], document.get("campaignId")

    def replay() -> Replayed:
        """Give the records to the worker, which keeps anew what it still cannot deliver."""
        done = deliver(target, keeper, records)
        if done.outcome is Outcome.KEPT:
            now = s3.head_object(Bucket=bucket, Key=key).get("VersionId")
            if now != answer.get("VersionId"):
                # The very same records: the worker has written them to this very place.
                return done
        move_to_replayed(target, key)
        return done

    return DeadLetter(
        keeper=keeper,
        campaigns=frozenset([campaign] if campaign else []),
        place=key,
        reason=document["reason"],
        records=len(records),
        since=since,
        plan=lambda: plan(target, keeper, records),
        replay=replay,
    )


def plan(target: Target, keeper: Keeper, records: list[Raw]) -> str:
    """Say what `deliver` would do."""
    current = _offered(target, keeper, records)
    old = len(records) - len(current)
    if not current:
        return f"nothing to send: {many(old, 'record')} outdated"
    left_out = f"; {many(old, 'record')} outdated, left out" if old else ""
    return f"{many(len(current), 'record')} to {target.resources[_FUNCTIONS[keeper]]}{left_out}"


def deliver(target: Target, keeper: Keeper, records: list[Raw]) -> Replayed:
    """Give records to their worker as an event.

    Raises:
        NotDeliveredError: the worker failed; what it had taken by then it takes again.
    """
    current = _offered(target, keeper, records)
    told: Counter[str] = Counter()
    for part in _calls(current):
        told.update(invoke(target, _FUNCTIONS[keeper], {"Records": part}))
    # The table's worker tells the outdated ones itself.
    outdated = len(records) - len(current) + told["stale"]
    if again := told[_AGAIN[keeper]]:
        said = f"{many(again, 'record')} of {len(records)} could again not be delivered"
        return Replayed(Outcome.KEPT, said)
    if outdated == len(records):
        return Replayed(Outcome.OUTDATED, f"{many(outdated, 'record')} outdated: nothing was changed")
    left_out = f", {many(outdated, 'record')} outdated and left out" if outdated else ""
    return Replayed(Outcome.REPLAYED, f"{many(len(records) - outdated, 'record')} delivered{left_out}")


def campaign_of(record: Raw) -> str | None:
    """Give the campaign that a record names, if it does."""
    one = receive(KinesisStreamRecord(record))
    return one.score.campaign_id if isinstance(one, Received) else one.campaign_id


def _offered(target: Target, keeper: Keeper, records: list[Raw]) -> list[Raw]:
    """Those to be delivered: the Entry Service knows no versions, so what is outdated is not sent at all."""
    if keeper is not Keeper.save_entry_scoring:
        return records
    received = [receive(KinesisStreamRecord(record)) for record in records]
    upserts = [one.score.upsert() if isinstance(one, Received) else None for one in received]
    stored = _stamps(target, {(upsert.pk, upsert.sk) for upsert in upserts if upsert is not None})
    return [
        record
        for record, upsert in zip(records, upserts, strict=True)
        if upsert is None or stored.get((upsert.pk, upsert.sk), ("", "")) <= (upsert.scored_at, upsert.run_id)
    ]


def _stamps(target: Target, places: set[tuple[str, str]]) -> dict[tuple[str, str], tuple[str, str]]:
    """Give the (scoredAt, runId) of fans by key, where the table has them."""
    dynamodb, table = target.client("dynamodb"), target.stack.table
    keys = [{"PK": {"S": pk}, "SK": {"S": sk}} for pk, sk in sorted(places)]
    found = {}
    while keys:
        asked = {"Keys": keys[:_GETS_A_CALL], "ProjectionExpression": "PK, SK, scoredAt, runId"}
        answer = dynamodb.batch_get_item(RequestItems={table: {**asked, "ConsistentRead": True}})
        for item in answer["Responses"].get(table, []):
            scored_at, run_id = (item.get(name, {}).get("S", "") for name in ("scoredAt", "runId"))
            found[item["PK"]["S"], item["SK"]["S"]] = (scored_at, run_id)
        keys = keys[_GETS_A_CALL:] + answer.get("UnprocessedKeys", {}).get(table, {}).get("Keys", [])
    return found


def _calls(records: list[Raw]) -> Iterator[list[Raw]]:
    """Part records, in order, into what a function takes in one call."""
    part: list[Raw] = []
    size = 0
    for record in records:
        length = len(json.dumps(record))
        if part and size + length > _LARGEST_CALL:
            yield part
            part, size = [], 0
        part.append(record)
        size += length
    if part:
        yield part


def batch_of(target: Target, info: dict[str, Any]) -> list[Raw]:
    """Give a `KinesisBatchInfo`'s records as events have them, as far as the stream still has them.

    Raises:
        KeyError, ValueError: it is none.
    """
    try:
        return list(_on_the_stream(target, info))
    except ClientError as error:
        if error.response["Error"]["Code"] not in _LOST:
            raise
        return []


def _on_the_stream(target: Target, info: dict[str, Any]) -> Iterator[Raw]:
    kinesis = target.client("kinesis")
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


def _event(info: dict[str, Any], record: dict[str, Any]) -> Raw:
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
