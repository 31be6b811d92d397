"""The AWS clients' types, for annotations: the stubs that have them are not where functions run."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_kinesis import KinesisClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_stepfunctions import SFNClient
else:
    DynamoDBClient = KinesisClient = LambdaClient = S3Client = SQSClient = SFNClient = Any

__all__ = ["DynamoDBClient", "KinesisClient", "LambdaClient", "S3Client", "SFNClient", "SQSClient"]
