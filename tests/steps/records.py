"""Plain events as Lambda delivers them, for tests."""

import base64
import json
from typing import Any

from aws_lambda_powertools.utilities.data_classes.kinesis_stream_event import KinesisStreamRecord

from steps.shared.attributes import Item

RUN = "20260213T100000000Z-aaaaaaaa"
LATER_RUN = "20260214T100000000Z-bbbbbbbb"
SCORED_AT = "2026-02-13T10:00:00.000Z"
LATER = "2026-02-14T10:00:00.000Z"


def score(fan: str = "fan-1", **fields: Any) -> dict[str, Any]:
    """A record of scoresStream; a field set to None is left out."""
    record = {
        "campaignId": "campaign-1",
        "globalUserId": fan,
        "score": 0.75,
        "isVerified": True,
        "runId": RUN,
        "scoredAt": SCORED_AT,
        "email": f"{fan}@example.test",
        "firstName": "Ada",
        "phoneNumber": "5550001",
        "tags": ["vip"],
        "events": ["london", None, "paris"],
        "registrationScore": 1.0,
        **fields,
    }
    return {name: value for name, value in record.items() if value is not None}


def kinesis_record(data: dict[str, Any] | bytes | str, sequence: int = 1) -> dict[str, Any]:
    """One record of a Kinesis batch; a str is taken for the base64 text itself."""
    if isinstance(data, dict):
        data = json.dumps(data).encode()
    return {
        "eventID": f"shardId-000000000000:{sequence:056}",
        "eventSource": "aws:kinesis",
        "eventSourceARN": "arn:aws:kinesis:us-east-1:000000000000:stream/scoresStream",
        "kinesis": {
            "partitionKey": "fan",
            "sequenceNumber": f"{sequence:056}",
            "data": data if isinstance(data, str) else base64.b64encode(data).decode(),
            "approximateArrivalTimestamp": 1771000000.0,
        },
    }


def kinesis_event(*scores: dict[str, Any] | bytes | str) -> dict[str, Any]:
    """A Kinesis batch."""
    return {"Records": [kinesis_record(data, number) for number, data in enumerate(scores, 1)]}


def kinesis_records(*scores: dict[str, Any] | bytes | str) -> list[KinesisStreamRecord]:
    """A Kinesis batch's records as the workers see them."""
    return [KinesisStreamRecord(record) for record in kinesis_event(*scores)["Records"]]


def image(
    verified: bool | None = None,
    run: str | None = RUN,
    verdict: str | None = None,
    fanlist_run: str | None = None,
) -> Item:
    """A fan's item as a stream image shows it."""
    item: Item = {"email": {"S": "ada@example.test"}, "score": {"N": "0.75"}}
    if verified is not None:
        item["isVerified"] = {"BOOL": verified}
    if run is not None:
        item["runId"] = {"S": run}
    if verdict is not None:
        item["verdict"] = {"S": verdict}
    if fanlist_run is not None:
        item["fanlistRunId"] = {"S": fanlist_run}
    return item


def stream_record(
    sequence: int,
    old: Item | None,
    new: Item | None,
    campaign: str = "campaign-1",
    pk: str = "fan:fan-1",
    sk: str | None = None,
) -> dict[str, Any]:
    """One record of the table's stream."""
    keys = {"PK": {"S": pk}, "SK": {"S": sk or f"campaign:{campaign}"}}
    body: dict[str, Any] = {"Keys": keys, "SequenceNumber": str(sequence)}
    if old is not None:
        body["OldImage"] = {**keys, **old}
    if new is not None:
        body["NewImage"] = {**keys, **new}
    name = "REMOVE" if new is None else "INSERT" if old is None else "MODIFY"
    arn = "arn:aws:dynamodb:us-east-1:000000000000:table/demand/stream/2026-02-13T10:00:00.000"
    return {"eventID": str(sequence), "eventName": name, "eventSourceARN": arn, "dynamodb": body}
