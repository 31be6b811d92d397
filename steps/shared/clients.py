"""AWS clients, made once a process, with botocore's own retries; and how Polars reaches S3.

Functions take clients as arguments, so tests hand in small fakes; only handlers call these.
"""

from functools import cache

import boto3
from botocore.config import Config

from steps.shared.aws_types import DynamoDBClient, KinesisClient, LambdaClient, S3Client, SFNClient, SQSClient
from steps.shared.settings import EndpointSettings

# Standard mode: exponential backoff with jitter on throttles, 5xx and connection errors.
_CONFIG = Config(
    retries={"mode": "standard", "total_max_attempts": 8},
    connect_timeout=5,
    read_timeout=30,
    max_pool_connections=32,
)


@cache
def dynamodb() -> DynamoDBClient:
    """Return the DynamoDB client of this process; DynamoDB checks its arguments: botocore takes long."""
    return boto3.client("dynamodb", config=_CONFIG.merge(Config(parameter_validation=False)))


@cache
def kinesis() -> KinesisClient:
    """Return the Kinesis client of this process."""
    return boto3.client("kinesis", config=_CONFIG)


@cache
def s3() -> S3Client:
    """Return the S3 client of this process."""
    return boto3.client("s3", config=_CONFIG)


@cache
def functions() -> LambdaClient:
    """Return the Lambda client of this process; it waits shortly, and a function goes on without it."""
    return boto3.client(
        "lambda", config=Config(retries={"total_max_attempts": 1}, connect_timeout=5, read_timeout=10)
    )


@cache
def sqs() -> SQSClient:
    """Return the SQS client of this process."""
    return boto3.client("sqs", config=_CONFIG)


@cache
def stepfunctions() -> SFNClient:
    """Return the Step Functions client of this process."""
    return boto3.client("stepfunctions", config=_CONFIG)


def storage_options() -> dict[str, str]:
    """Storage options for `scan_*` and `sink_*` on s3:// URIs, with this process's credentials."""
    session = _session()
    found = session.get_credentials()
    options = s3_options(EndpointSettings.load().aws_endpoint_url, session.region_name)
    if found is None:
        return options
    credentials = found.get_frozen_credentials()
    named = {
        "aws_access_key_id": credentials.access_key,
        "aws_secret_access_key": credentials.secret_key,
        "aws_session_token": credentials.token,
    }
    return options | {name: value for name, value in named.items() if value}


@cache
def _session() -> boto3.Session:
    """One a process: making one takes longer than reading a partition. Its credentials renew themselves."""
    return boto3.Session()


def s3_options(endpoint: str | None, region: str | None) -> dict[str, str]:
    """Storage options that say where S3 is."""
    options = {"aws_region": region} if region else {}
    if endpoint:
        # Only the embedded AWS sets one, and it speaks plain HTTP on loopback.
        options |= {"aws_endpoint_url": endpoint, "aws_allow_http": str(endpoint.startswith("http:")).lower()}
    return options
