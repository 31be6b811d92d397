"""loadScoresToDynamoDB's batch: what the table refuses, and what it does not take for now."""

import json
from typing import TYPE_CHECKING

import pytest

from steps.shared.storage import list_keys, read_json
from steps.streaming.dead_letters import DeadLetters
from steps.streaming.demand_table.writer import DemandTable
from steps.streaming.scores.batch import save_scores
from tests.steps.records import kinesis_event, kinesis_records, score
from tests.steps.trouble import Choosy

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client


@pytest.mark.parametrize(
    ("code", "invalid", "failed", "created"),
    [("AccessDeniedException", 1, 0, 299), ("ThrottlingException", 0, 100, 200)],
)
def test_a_refused_record_is_a_dead_letter_and_does_not_come_again(
    dynamodb: "DynamoDBClient",
    table: str,
    bucket: tuple["S3Client", str],
    code: str,
    invalid: int,
    failed: int,
    created: int,
) -> None:
    batch = [score(f"f-{number}") for number in range(300)]
    client = Choosy(dynamodb, "batch_get_item", code, {"f-150"})
    merging = DemandTable(client, table, attempts=2, longest_wait=0.001)  # type: ignore[arg-type]
    keep = DeadLetters(*bucket, "load-scores-to-dynamodb")
    counts = save_scores(kinesis_records(*batch), merging, keep, lambda *_: None)
    assert (counts["invalid"], counts["failed"], counts["created"]) == (invalid, failed, created)
    assert list(counts) == ["created", "updated", "unchanged", "stale", "failed", "invalid", "success"]
    documents = [read_json(*bucket, key) for key in list_keys(*bucket, "dead-letters/")]
    assert [(one["reason"], one["Records"]) for one in documents] == [
        (f"DynamoDB refuses it ({code})", [json.loads(json.dumps(kinesis_event(*batch)["Records"][150]))])
    ] * invalid
