"""The table's own records of runs: claims, status, and which run is a campaign's newest.

Their keys are in `campaign_keys`.
"""

import hashlib
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from steps.shared.campaign_keys import CLAIM, LATEST, meta_key, run_key
from steps.shared.clock import in_days, now_iso
from steps.shared.conflicts import condition_failed, retry_conflicts
from steps.shared.latest import Latest

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

    from steps.shared.payloads import Run, RunStatus
    from steps.shared.wire import Source

_CONFLICT_SECONDS = 30
# Claims and runs: far longer than files stay, and than an event of S3's may come again.
RUN_DAYS = 400


class RunRegistry:
    """Reads and writes the runs of one table."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def claim(self, campaign_id: str, object_version: str, execution_arn: str) -> bool:
        """Claim one version of one object for an execution; false where another one has it.

        The same execution may claim again: a retried Resolve is no second run. The version is hashed: with
        an object's key in it, it may be longer than a sort key.
        """
        digest = hashlib.sha256(object_version.encode()).hexdigest()
        try:
            self._client.put_item(
                TableName=self._table,
                Item={
                    **meta_key(campaign_id, f"{CLAIM}{digest}"),
                    "objectVersion": {"S": object_version},
                    "executionArn": {"S": execution_arn},
                    "claimedAt": {"S": now_iso()},
                    "expires": in_days(RUN_DAYS),
                },
                ConditionExpression="attribute_not_exists(PK) OR executionArn = :execution",
                ExpressionAttributeValues={":execution": {"S": execution_arn}},
            )
        except ClientError as error:
            if condition_failed(error):
                return False
            raise
        return True

    def newest(self, campaign_id: str, source: "Source") -> tuple[str, str] | None:
        """Return the (scoredAt, runId) of the newest run that passed its gate, if there is one."""
        item = self._latest(campaign_id, source)
        return (item["scoredAt"]["S"], item["runId"]["S"]) if item else None

    def latest(self, run: "Run") -> Latest:
        """Return what stands of the newest run beside a run."""
        return Latest.of(run, self._latest(run.campaign_id, run.source))

    def name_newest(self, run: "Run", beside: Latest, *, replaced: bool = False) -> bool:
        """Name a run that passed its gate the campaign's newest, or one that the newest has overtaken.

        Of the run that was the newest until then the name is kept, where its file is another one.

        Args:
            run: the run.
            beside: what it was compared with.
            replaced: whether it replaces the file before its own; that stays known.

        Returns:
            False where another run was named since `beside` was read: the comparison is to be made again.
        """
        newest = beside.newest
        if newest is not None and newest[:2] > (run.scored_at, run.run_id):
            values = {"overtaken": " ".join(sorted(beside.overtaken | {run.run_id}))}
        else:
            values = {"runId": run.run_id, "scoredAt": run.scored_at, "file": run.file.identity}
            if newest is None or newest.precedes(run):
                scored_at, run_id, file = newest or ("", "", "")
                values |= {"beforeScoredAt": scored_at, "beforeRunId": run_id, "beforeFile": file}
                values |= {"beforeOvertaken": " ".join(sorted(beside.overtaken)), "overtaken": ""}
        if replaced:
            values |= {"replacedScoredAt": run.scored_at, "replacedRunId": run.run_id}
            values |= {"replacedFile": run.file.identity}
        values |= {"updated": now_iso()}
        given = {f":{name}": {"S": value} for name, value in values.items()}
        condition = "attribute_not_exists(PK)"
        if newest is not None:
            condition = "runId = :seen AND (attribute_not_exists(overtaken) OR overtaken = :others)"
            given |= {":seen": {"S": newest.run_id}, ":others": {"S": " ".join(sorted(beside.overtaken))}}
        try:
            self._client.update_item(
                TableName=self._table,
                Key=meta_key(run.campaign_id, f"{LATEST}{run.source}"),
                UpdateExpression="SET " + ", ".join(f"#{name} = :{name}" for name in values),
                ConditionExpression=condition,
                ExpressionAttributeNames={f"#{name}": name for name in values},
                ExpressionAttributeValues=given,
            )
        except ClientError as error:
            if not condition_failed(error):
                raise
            return False
        return True

    def _latest(self, campaign_id: str, source: "Source") -> "dict[str, AttributeValueTypeDef]":
        return self._client.get_item(
            TableName=self._table, Key=meta_key(campaign_id, f"{LATEST}{source}"), ConsistentRead=True
        ).get("Item", {})

    def begin(self, run: "Run", execution_arn: str) -> None:
        """Open a run's record. Its `counted` tally belongs to the counting worker and is left alone."""
        values = {
            "source": run.source,
            "scoredAt": run.scored_at,
            "startedAt": run.started_at,
            "fileKey": run.file.key,
            "executionArn": execution_arn,
            "status": "running",
        }
        self._set(run.campaign_id, run.run_id, values)

    def accept_quality(self, campaign_id: str, run_id: str, failed: list[str]) -> None:
        """Keep that somebody chose to publish although the gate refused, and what it had refused for.

        Who it was leads from here: the item has the execution, and AWS keeps who started that.
        """
        self._set(campaign_id, run_id, {"qualityAcceptedAt": now_iso(), "qualityAccepted": " ".join(failed)})

    def end(self, campaign_id: str, run_id: str, status: "RunStatus", output: int = 0) -> None:
        """Mark how a run ended and how many records it is known to have sent on.

        A run that is summed up once more has its verdict before it again.
        """
        values = {"status": status, "finishedAt": now_iso()}
        self._set(campaign_id, run_id, values, output, without="verdict")

    def add_stale(self, campaign_id: str, run_id: str, records: int) -> None:
        """Add to a run's records that were not written because a newer run has their fans."""
        retry_conflicts(_CONFLICT_SECONDS)(
            self._client.update_item,
            TableName=self._table,
            Key=run_key(campaign_id, run_id),
            UpdateExpression="SET updated = :now ADD stale :records",
            ExpressionAttributeValues={":now": {"S": now_iso()}, ":records": {"N": str(records)}},
        )

    def note_alert(self, campaign_id: str, run_id: str) -> None:
        """Note that the channel was told of a run's bad end."""
        self._set(campaign_id, run_id, {"alertedAt": now_iso()})

    def is_settled(self, campaign_id: str, run_id: str) -> bool:
        """Whether nothing is left to say of a run: it succeeded, or the channel knows that it did not."""
        item = self._client.get_item(
            TableName=self._table, Key=run_key(campaign_id, run_id), ConsistentRead=True
        ).get("Item", {})
        return "alertedAt" in item or item.get("status", {}).get("S") == "succeeded"

    def _set(
        self,
        campaign_id: str,
        run_id: str,
        values: dict[str, str],
        output: int | None = None,
        without: str | None = None,
    ) -> None:
        written: dict[str, dict[str, str]] = {name: {"S": value} for name, value in values.items()}
        written["expires"] = in_days(RUN_DAYS)
        if output is not None:
            written["output"] = {"N": str(output)}
        remove = f" REMOVE {without}" if without else ""
        retry_conflicts(_CONFLICT_SECONDS)(
            self._client.update_item,
            TableName=self._table,
            Key=run_key(campaign_id, run_id),
            UpdateExpression="SET " + ", ".join(f"#{name} = :{name}" for name in written) + remove,
            ExpressionAttributeNames={f"#{name}": name for name in written},
            ExpressionAttributeValues={f":{name}": value for name, value in written.items()},
        )
