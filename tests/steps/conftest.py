"""One embedded AWS for the session, a table of its own for each test that asks for one."""

import itertools
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from local.stack.embedded import CREDENTIALS, REGION, EmbeddedAws
from steps.shared import clients

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client

_NUMBERS = itertools.count()


@pytest.fixture(scope="session")
def aws() -> Iterator[EmbeddedAws]:
    with EmbeddedAws() as running:
        yield running


@pytest.fixture(scope="session")
def dynamodb(aws: EmbeddedAws) -> "DynamoDBClient":
    client: DynamoDBClient = aws.client("dynamodb")
    return client


@pytest.fixture
def table(dynamodb: "DynamoDBClient") -> str:
    name = f"demand-{next(_NUMBERS)}"
    dynamodb.create_table(
        TableName=name,
        KeySchema=[
            {"AttributeName": "PK", "KeyType": "HASH"},
            {"AttributeName": "SK", "KeyType": "RANGE"},
        ],
        AttributeDefinitions=[
            {"AttributeName": "PK", "AttributeType": "S"},
            {"AttributeName": "SK", "AttributeType": "S"},
        ],
        BillingMode="PAY_PER_REQUEST",
    )
    return name


@pytest.fixture
def bucket(aws: EmbeddedAws) -> tuple["S3Client", str]:
    client: S3Client = aws.client("s3")
    name = f"pipeline-{next(_NUMBERS)}"
    client.create_bucket(Bucket=name)
    return client, name


@pytest.fixture
def at_home(aws: EmbeddedAws, monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """The environment of a function on this AWS, with clients of its own."""
    environment = {"AWS_ENDPOINT_URL": aws.endpoint, "AWS_DEFAULT_REGION": REGION}
    for name, value in (environment | {name.upper(): value for name, value in CREDENTIALS.items()}).items():
        monkeypatch.setenv(name, value)
    makers = (clients.dynamodb, clients.kinesis, clients.s3)
    for maker in makers:
        maker.cache_clear()
    yield monkeypatch
    for maker in makers:
        maker.cache_clear()
