"""Every way to write leaves the same items, or a comparison of their speed would say nothing.

Cannot see: any real time.
"""

from typing import Any

import boto3
import pytest
from boto3.dynamodb.types import TypeDeserializer

from bench.clients import TABLE, UPSERTS, scores
from local.stack.embedded import CREDENTIALS, REGION, EmbeddedAws
from steps.shared import clients


def _plain(item: Any) -> dict[str, Any]:
    """An item without the time of its writing, its numbers as numbers, however they are written."""
    read = TypeDeserializer().deserialize
    return {name: read(value) for name, value in item.items() if name != "updated"}


def test_every_method_leaves_the_same_items(monkeypatch: pytest.MonkeyPatch) -> None:
    left = {}
    with EmbeddedAws() as aws:
        monkeypatch.setenv("AWS_ENDPOINT_URL", aws.endpoint)
        monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
        for name, value in CREDENTIALS.items():
            monkeypatch.setenv(name.upper(), value)
        # What another test was known by is remembered otherwise.
        monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
        clients.dynamodb.cache_clear()
        dynamodb = clients.dynamodb()
        for method, write in UPSERTS.items():
            dynamodb.create_table(
                TableName=TABLE,
                KeySchema=[
                    {"AttributeName": "PK", "KeyType": "HASH"},
                    {"AttributeName": "SK", "KeyType": "RANGE"},
                ],
                AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("PK", "SK")],
                BillingMode="PAY_PER_REQUEST",
            )
            for run_number in (1, 2):
                write(scores(7, run_number))()
            items = [_plain(item) for item in dynamodb.scan(TableName=TABLE)["Items"]]
            left[method] = sorted(items, key=lambda item: str(item["PK"]))
            dynamodb.delete_table(TableName=TABLE)
    clients.dynamodb.cache_clear()
    assert len(left["merge_writer"]) == 7
    assert all(items == left["merge_writer"] for items in left.values())
