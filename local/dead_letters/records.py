"""Records of scoresStream, given to the worker that could not deliver them.

They stand in documents of the bucket, which are events of the worker's, or on the stream, where a failures'
queue only says from which record to which.
"""

import base64
import itertools
import json
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from aws_lambda_powertools.utilities.data_classes.kinesis_stream_event import KinesisStreamRecord
from botocore.exceptions import ClientError

from expectations.report.wording import many
from local.dead_letters.letter import (
    FUNCTIONS,
    DeadLetter,
    Keeper,
    Outcome,
    Replayed,
    invoke,
    move_to_replayed,
    newer_than_this,
)
from local.stack.target import Target
from steps.shared.attributes import read_text
from steps.shared.clock import to_iso
from steps.shared.storage import dead_letters_prefix
from steps.streaming.scores.record import Received, receive

# What a worker counts as kept once more.
_AGAIN = {Keeper.load_scores: "invalid", Keeper.save_entry_scoring: "deadLetters"}
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
        deliver=replay,
    )


def plan(target: Target, keeper: Keeper, records: list[Raw]) -> str:
    """Say what `deliver` would do."""
    current = _offered(target, keeper, records)
    old = len(records) - len(current)
    if not current:
        return f"nothing to send: {many(old, 'record')} outdated"
    left_out = f"; {many(old, 'record')} outdated, left out" if old else ""
    return f"{many(len(current), 'record')} to {target.resources[FUNCTIONS[keeper]]}{left_out}"


def deliver(target: Target, keeper: Keeper, records: list[Raw]) -> Replayed:
    """Give records to their worker as an event.

    Raises:
        NotDeliveredError: the worker failed; what it had taken by then it takes again.
    """
    current = _offered(target, keeper, records)
    told: Counter[str] = Counter()
    for part in _calls(current):
        told.update(invoke(target, FUNCTIONS[keeper], {"Records": part}))
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
    with ThreadPoolExecutor(_READS_AT_ONCE) as pool:
        stored = pool.map(lambda upsert: _stamp(target, upsert.pk, upsert.sk) if upsert else None, upserts)
    return [
        record
        for record, upsert, stamp in zip(records, upserts, stored, strict=True)
        if upsert is None or stamp is None or stamp <= (upsert.scored_at, upsert.run_id)
    ]


def _stamp(target: Target, pk: str, sk: str) -> tuple[str, str]:
    """Give (scoredAt, runId) of a fan's item; empty texts, which come before all others, if it has none."""
    key, dynamodb = {"PK": {"S": pk}, "SK": {"S": sk}}, target.client("dynamodb")
    item = dynamodb.get_item(TableName=target.stack.table, Key=key, ConsistentRead=True).get("Item", {})
    return read_text(item, "scoredAt") or "", read_text(item, "runId") or ""


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
    first, last = int(info["startSequenceNumber"]), int(info["endSequenceNumber"])
    records = target.shard_records(
        StreamARN=info["streamArn"],
        ShardId=info["shardId"],
        ShardIteratorType="AT_SEQUENCE_NUMBER",
        StartingSequenceNumber=info["startSequenceNumber"],
    )
    try:
        batch = itertools.takewhile(lambda record: int(record["SequenceNumber"]) <= last, records)
        return [_event(info, record) for record in batch if int(record["SequenceNumber"]) >= first]
    except ClientError as error:
        if error.response["Error"]["Code"] not in _LOST:
            raise
        return []


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
