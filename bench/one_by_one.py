"""The demand table written one record at a time: what the merge writer is measured beside in the whole job.

Packed into a worker's zip under the merge writer's own path, so that nothing in the code that is deployed
knows of it. Takes and gives what `steps/streaming/demand_table.py` does.
"""

from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from steps.shared.clock import now_iso
from steps.streaming import statements
from steps.streaming.upserts import Status, Upsert

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class DemandTable:
    """Merges records into one table, by one conditional `update_item` each."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def merge(self, upserts: list[Upsert]) -> list[Status]:
        """Merges every record it can; answers in the records' order."""
        return [self._merge(upsert) for upsert in upserts]

    def _merge(self, upsert: Upsert) -> Status:
        try:
            answer: Any = self._client.update_item(
                TableName=self._table, **statements.update_arguments(upsert, now_iso())
            )
        except ClientError as error:
            stale = error.response["Error"]["Code"] == "ConditionalCheckFailedException"
            return Status.STALE if stale else Status.FAILED
        except BotoCoreError:
            return Status.FAILED
        old = answer.get("Attributes")
        if not old:
            return Status.CREATED
        return Status.UNCHANGED if upsert.equals(old) else Status.UPDATED
