"""Calls to AWS that any function of the stack might try, each named as `docs/security.md` names it.

None changes anything where it is allowed: what is written is beside what the system reads, or is refused
for something else once the rights are looked at.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from botocore.exceptions import ClientError

from local.stack.deploy import Stack

_DENIED = {"AccessDenied", "AccessDeniedException", "403", "UnauthorizedOperation"}
_RUN = "rights/20260101T000000000Z-00000000"


class Clients(Protocol):
    """Makes clients of services under some role."""

    def __call__(self, service: str) -> Any:
        """The client."""


@dataclass(frozen=True)
class Place:
    """Whose resources are tried, by whom."""

    client: Clients
    stack: Stack

    def queue(self, name: str) -> str:
        return self.stack.verdict_queue_url.rpartition("/")[0] + f"/{self.stack.name}-{name}"


Attempt = Callable[[Place], object]


def is_refused(attempt: Attempt, place: Place) -> bool:
    """Whether the rights do not allow a call; what else comes of it does not matter."""
    try:
        attempt(place)
    except ClientError as error:
        return error.response["Error"]["Code"] in _DENIED
    return False


def _get(key: str) -> Attempt:
    return lambda at: at.client("s3").get_object(Bucket=at.stack.bucket, Key=key)


def _put(key: str) -> Attempt:
    return lambda at: at.client("s3").put_object(Bucket=at.stack.bucket, Key=key, Body=b"{}")


def _delete(key: str) -> Attempt:
    return lambda at: at.client("s3").delete_object(Bucket=at.stack.bucket, Key=key)


def _list(prefix: str) -> Attempt:
    return lambda at: at.client("s3").list_objects_v2(Bucket=at.stack.bucket, Prefix=prefix, MaxKeys=1)


def _item(key: str) -> dict[str, dict[str, str]]:
    return {"PK": {"S": key}, "SK": {"S": "meta:rights"}}


def _table(operation: str, **arguments: Any) -> Attempt:
    return lambda at: getattr(at.client("dynamodb"), operation)(TableName=at.stack.table, **arguments)


def _update(key: str) -> Attempt:
    return _table("update_item", Key=_item(key), ConditionExpression="attribute_exists(PK)")


def _query(key: str) -> Attempt:
    values = {":key": {"S": key}}
    return _table("query", KeyConditionExpression="PK = :key", ExpressionAttributeValues=values, Limit=1)


def _batch_get(key: str) -> Attempt:
    return lambda at: at.client("dynamodb").batch_get_item(
        RequestItems={at.stack.table: {"Keys": [_item(key)]}}
    )


def _stream(stream: str) -> Attempt:
    # No records: refused for that where writing is allowed.
    return lambda at: at.client("kinesis").put_records(StreamName=getattr(at.stack, stream), Records=[])


def _read_stream(stream: str) -> Attempt:
    return lambda at: at.client("kinesis").get_shard_iterator(
        StreamName=getattr(at.stack, stream), ShardId="shardId-000000000000", ShardIteratorType="LATEST"
    )


def _send(queue: str) -> Attempt:
    # Longer than any delay may be.
    return lambda at: at.client("sqs").send_message(
        QueueUrl=at.queue(queue), MessageBody="{}", DelaySeconds=100_000
    )


def _invoke(at: Place) -> object:
    return at.client("lambda").invoke(FunctionName=f"{at.stack.name}-resolve", InvocationType="DryRun")


def _start(at: Place) -> object:
    return at.client("stepfunctions").start_execution(
        stateMachineArn=at.stack.state_machines["scrubbed"], input='{"campaignId": "rights"}'
    )


ATTEMPTS: dict[str, Attempt] = {
    "read scrubbed/": _get("scrubbed/rights.csv"),
    "read fanlist/": _get("fanlist/rights.csv"),
    "read staging/ records": _get(f"staging/{_RUN}/records/part-00000.parquet"),
    "read staging/ manifest": _get(f"staging/{_RUN}/manifest.json"),
    "read staging/ counts": _get(f"staging/{_RUN}/prepared.json"),
    "read staging/ results": _get(f"staging/{_RUN}/published/part-00000.json"),
    "read rejected/": _get(f"rejected/{_RUN}.parquet"),
    "read fans/": _get(f"fans/{_RUN}.parquet"),
    "read runs/": _get(f"runs/{_RUN}/summary.json"),
    "read data-quality/ facts": _get(f"data-quality/{_RUN}/facts.json"),
    "read dead-letters/": _get("dead-letters/save-entry-scoring/rights.json"),
    "write scrubbed/": _put("scrubbed/rights.csv"),
    "write fanlist/": _put("fanlist/rights.csv"),
    "write staging/ records": _put(f"staging/{_RUN}/records/part-00000.parquet"),
    "write staging/ withdrawals": _put(f"staging/{_RUN}/records/withdrawn/part-00000.parquet"),
    "write staging/ manifest": _put(f"staging/{_RUN}/manifest.json"),
    "write staging/ counts": _put(f"staging/{_RUN}/prepared.json"),
    "write staging/ results": _put(f"staging/{_RUN}/published/part-00000.json"),
    "write rejected/": _put(f"rejected/{_RUN}.parquet"),
    "write fans/": _put(f"fans/{_RUN}.parquet"),
    "write runs/": _put(f"runs/{_RUN}/summary.json"),
    "write data-quality/": _put(f"data-quality/{_RUN}/rights.json"),
    "write dead-letters/publish-partition/": _put("dead-letters/publish-partition/rights.json"),
    "write dead-letters/save-fanlist-partition/": _put("dead-letters/save-fanlist-partition/rights.json"),
    "write dead-letters/load-scores-to-dynamodb/": _put("dead-letters/load-scores-to-dynamodb/rights.json"),
    "write dead-letters/save-entry-scoring/": _put("dead-letters/save-entry-scoring/rights.json"),
    "delete in staging/": _delete(f"staging/{_RUN}/nothing"),
    "delete in scrubbed/": _delete("scrubbed/nothing.csv"),
    "list the bucket": _list(""),
    "list scrubbed/": _list("scrubbed/"),
    "list fanlist/": _list("fanlist/"),
    "list staging/": _list("staging/"),
    "list rejected/": _list("rejected/"),
    "list fans/": _list("fans/"),
    "list data-quality/": _list("data-quality/"),
    "list dead-letters/": _list("dead-letters/"),
    "get a campaign's item": _table("get_item", Key=_item("campaign:rights")),
    "get a fan": _table("get_item", Key=_item("fan:rights")),
    "get a shard's position": _table("get_item", Key=_item("stream:rights")),
    "get fans in batches": _batch_get("fan:rights"),
    "get fanlist's fans in batches": _batch_get("email:rights@example.com"),
    "get campaigns' items in batches": _batch_get("campaign:rights"),
    "put a campaign's item": _table("put_item", Item=_item("campaign:rights")),
    "put a fan": _table("put_item", Item=_item("fan:rights")),
    "update a campaign's item": _update("campaign:rights"),
    "update a fan": _update("fan:rights"),
    "update a fanlist's fan": _update("sid:rights"),
    "update a shard's position": _update("stream:rights"),
    "delete an item": _table("delete_item", Key=_item("campaign:rights")),
    "scan the table": _table("scan", Limit=1),
    "query the table": _query("fan:rights"),
    "query a campaign's items": _query("campaign:rights"),
    "delete the table": _table("delete_table"),
    "write scoresStream": _stream("scores_stream"),
    "write campaignDataStream": _stream("campaign_data_stream"),
    "read scoresStream": _read_stream("scores_stream"),
    "read campaignDataStream": _read_stream("campaign_data_stream"),
    "ask for a verdict": _send("verdictReporterQueue"),
    "take a verdict message": lambda at: at.client("sqs").receive_message(
        QueueUrl=at.queue("verdictReporterQueue"), MaxNumberOfMessages=100
    ),
    "purge the verdicts": lambda at: at.client("sqs").purge_queue(
        QueueUrl=at.queue("verdictReporterQueue-dead-letters")
    ),
    "send to loadScoresToDynamoDB-failures": _send("loadScoresToDynamoDB-failures"),
    "send to saveEntryScoring-failures": _send("saveEntryScoring-failures"),
    "send to processSavedScores-failures": _send("processSavedScores-failures"),
    "send to upload-event-failures": _send("upload-event-failures"),
    "take from loadScoresToDynamoDB-failures": lambda at: at.client("sqs").receive_message(
        QueueUrl=at.queue("loadScoresToDynamoDB-failures")
    ),
    "read the webhook": lambda at: at.client("secretsmanager").get_secret_value(
        SecretId=f"{at.stack.name}/slack-webhook-url"
    ),
    "change the webhook": lambda at: at.client("secretsmanager").put_secret_value(
        SecretId=f"{at.stack.name}/slack-webhook-url", SecretString="https://elsewhere.example"
    ),
    "read the Campaign Service's token": lambda at: at.client("secretsmanager").get_secret_value(
        SecretId=f"{at.stack.name}/campaign-service-token"
    ),
    "read the Entry Service's token": lambda at: at.client("secretsmanager").get_secret_value(
        SecretId=f"{at.stack.name}/entry-service-token"
    ),
    "see how far a run came": lambda at: at.client("stepfunctions").get_execution_history(
        executionArn=at.stack.state_machines["scrubbed"].replace(":stateMachine:", ":execution:") + ":rights"
    ),
    "invoke a function": _invoke,
    "start a run": _start,
    "list roles": lambda at: at.client("iam").list_roles(),
    "change a function": lambda at: at.client("lambda").update_function_configuration(
        FunctionName=f"{at.stack.name}-resolve", Timeout=61
    ),
}
