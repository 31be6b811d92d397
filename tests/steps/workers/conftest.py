"""The workers as deployed, as far as a process can tell: an environment, the embedded AWS, the services."""

import io
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from local.stack.embedded import CREDENTIALS, REGION, EmbeddedAws
from local.stack.fakes import Fakes
from steps.shared import clients
from steps.shared.observability import SERVICE, logger

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient


@dataclass
class Context:
    """What Powertools reads of Lambda's context."""

    function_name: str = "worker"
    memory_limit_in_mb: int = 512
    invoked_function_arn: str = "arn:aws:lambda:us-east-1:000000000000:function:worker"
    aws_request_id: str = "request-1"

    def get_remaining_time_in_millis(self) -> int:
        return 60_000


@dataclass
class World:
    """Everything around a worker."""

    dynamodb: "DynamoDBClient"
    s3: "S3Client"
    sqs: "SQSClient"
    table: str
    bucket: str
    queue_url: str
    fakes: Fakes
    log: io.StringIO


@pytest.fixture
def world(
    aws: EmbeddedAws,
    dynamodb: "DynamoDBClient",
    table: str,
    bucket: tuple["S3Client", str],
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[World]:
    sqs: SQSClient = aws.client("sqs")
    queue_url = sqs.create_queue(QueueName=f"verdicts-{table}")["QueueUrl"]
    with Fakes() as fakes:
        secret = aws.client("secretsmanager").create_secret(
            Name=f"slack-{table}", SecretString=f"{fakes.slack.url}\n"
        )
        tokens = {}
        for name, fake in (("campaign", fakes.campaigns), ("entry", fakes.entries)):
            fake.token = f"{name}-token-{table}"
            made = aws.client("secretsmanager").create_secret(Name=f"{name}-{table}", SecretString=fake.token)
            tokens[f"{name.upper()}_SECRET_ID"] = made["ARN"]
        environment = {
            **tokens,
            "PLAIN_HTTP": "allowed",
            "AWS_ENDPOINT_URL": aws.endpoint,
            "AWS_DEFAULT_REGION": REGION,
            **{name.upper(): value for name, value in CREDENTIALS.items()},
            "DEMAND_TABLE": table,
            "PIPELINE_BUCKET": bucket[1],
            "VERDICT_QUEUE_URL": queue_url,
            "FINISH_FUNCTION": "finish",
            "SLACK_SECRET_ID": secret["ARN"],
            "CAMPAIGN_SERVICE_URL": fakes.campaigns.url,
            "ENTRY_SERVICE_URL": fakes.entries.url,
        }
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        makers = (clients.dynamodb, clients.functions, clients.s3, clients.sqs)
        for maker in makers:
            maker.cache_clear()
        log = io.StringIO()
        listener = logging.StreamHandler(log)
        listener.setFormatter(logger.registered_formatter)
        logging.getLogger(SERVICE).addHandler(listener)
        yield World(dynamodb, bucket[0], sqs, table, bucket[1], queue_url, fakes, log)
        logging.getLogger(SERVICE).removeHandler(listener)
        for maker in makers:
            maker.cache_clear()


@pytest.fixture
def context() -> Context:
    return Context()
