"""Batches past botocore's walk: the same answers as with it, from the embedded AWS."""

from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError

from local.embedded import CREDENTIALS, REGION, EmbeddedAws
from steps.shared.plain_json import speak_plain_json

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@pytest.fixture
def plain(aws: EmbeddedAws) -> "DynamoDBClient":
    client: DynamoDBClient = boto3.client(
        "dynamodb",
        endpoint_url=aws.endpoint,
        region_name=REGION,
        aws_access_key_id=CREDENTIALS["aws_access_key_id"],
        aws_secret_access_key=CREDENTIALS["aws_secret_access_key"],
    )
    speak_plain_json(client)
    return client


ITEM: dict[str, Any] = {
    "PK": {"S": 'fan:Zoë \u2028 "quoted" \'\U0001f600'},
    "SK": {"S": "campaign:c"},
    "score": {"N": "0.1"},
    "isVerified": {"BOOL": True},
    "events": {"L": [{"S": "london"}, {"NULL": True}]},
    "empty": {"S": ""},
}


def _insert(table: str) -> dict[str, Any]:
    names = ", ".join(f"'{name}': ?" for name in ITEM)
    return {"Statement": f'INSERT INTO "{table}" VALUE {{{names}}}', "Parameters": list(ITEM.values())}


def test_writes_and_reads_are_what_they_are_with_it(
    dynamodb: "DynamoDBClient", plain: "DynamoDBClient", table: str
) -> None:
    request: Any = {table: {"Keys": [{"PK": ITEM["PK"], "SK": ITEM["SK"]}], "ConsistentRead": True}}
    statements: Any = [_insert(table)]
    first: Any = plain.batch_execute_statement(Statements=statements)
    assert [answer.get("Error") for answer in first["Responses"]] == [None]
    assert first["ResponseMetadata"]["HTTPStatusCode"] == 200
    for name, arguments in (
        ("batch_execute_statement", {"Statements": statements}),
        ("batch_get_item", {"RequestItems": request}),
    ):
        theirs, ours = (getattr(client, name)(**arguments) for client in (dynamodb, plain))
        for answer in (theirs, ours):
            answer.pop("ResponseMetadata")
        assert ours == theirs
    assert plain.batch_get_item(RequestItems=request)["Responses"][table] == [ITEM]
    assert statements == [_insert(table)]


def test_errors_are_botocores(plain: "DynamoDBClient") -> None:
    request: Any = {"nowhere": {"Keys": [{"PK": ITEM["PK"], "SK": ITEM["SK"]}]}}
    with pytest.raises(ClientError) as raised:
        plain.batch_get_item(RequestItems=request)
    assert raised.value.response["Error"]["Code"] == "ResourceNotFoundException"
    refused: Any = plain.batch_execute_statement(Statements=[{"Statement": "no statement"}])["Responses"]
    assert refused[0]["Error"]["Code"] == "ValidationError"


def test_a_client_of_another_protocol_is_left_as_it_is(aws: EmbeddedAws) -> None:
    client = aws.client("s3")
    speak_plain_json(client)
    assert "Buckets" in client.list_buckets()
