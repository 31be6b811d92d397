"""Batches past botocore's walk: the same answers as with it, from the embedded AWS."""

from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.exceptions import ClientError

from local.stack.embedded import CREDENTIALS, REGION, EmbeddedAws
from steps.shared.dynamodb_passthrough import pass_batches_through

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
    pass_batches_through(client)
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
    request[table] |= {"ProjectionExpression": "#score", "ExpressionAttributeNames": {"#score": "score"}}
    found = plain.batch_get_item(RequestItems=request)["Responses"][table]
    assert found == [{"score": ITEM["score"]}]
    assert statements == [_insert(table)]


def test_errors_are_botocores(plain: "DynamoDBClient") -> None:
    request: Any = {"nowhere": {"Keys": [{"PK": ITEM["PK"], "SK": ITEM["SK"]}]}}
    with pytest.raises(ClientError) as raised:
        plain.batch_get_item(RequestItems=request)
    assert raised.value.response["Error"]["Code"] == "ResourceNotFoundException"
    refused: Any = plain.batch_execute_statement(Statements=[{"Statement": "no statement"}])["Responses"]
    assert refused[0]["Error"]["Code"] == "ValidationError"


def test_a_throttled_call_is_sent_again_as_it_was(plain: "DynamoDBClient", table: str) -> None:
    throttled = b'{"__type": "com.amazonaws.dynamodb.v20120810#ThrottlingException", "message": "slow down"}'
    bodies: list[bytes] = []

    def once(request: Any, **_: Any) -> Any:
        bodies.append(request.body)
        if len(bodies) == 1:
            answer: Any = AWSResponse(request.url, 400, HTTPHeaders(), None)
            answer._content = throttled
            return answer
        return None

    plain.meta.events.register("before-send.dynamodb.*", once)
    statements: Any = [_insert(table)]
    answers: Any = plain.batch_execute_statement(Statements=statements)["Responses"]
    assert [answer.get("Error") for answer in answers] == [None]
    assert len(bodies) == 2
    assert bodies[0] == bodies[1]
    key = {"PK": ITEM["PK"], "SK": ITEM["SK"]}
    assert plain.get_item(TableName=table, Key=key)["Item"] == ITEM


def test_a_client_of_another_protocol_is_left_as_it_is(aws: EmbeddedAws) -> None:
    client = aws.client("s3")
    pass_batches_through(client)
    assert "Buckets" in client.list_buckets()
