"""The table's own records of runs: claims, status, and which run is a campaign's newest.

Their keys are in `campaign_keys`.
"""

import hashlib
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from steps.shared.campaign_keys import CLAIM, LATEST, meta_key, run_key
from steps.shared.clock import in_days, now_iso
from steps.shared.conflicts import condition_failed, retry_conflicts

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

    from steps.shared.payloads import Run, RunStatus, Source

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

    def last_before(self, run: "Run") -> str | None:
        """Return the newest run that passed its gate of those whose files were scored before the run's own.

        A file that is run again is so compared with the same run as the first time.
        """
        item = self._latest(run.campaign_id, run.source)
        known = [(item["scoredAt"]["S"], item["runId"]["S"])] if item else []
        # One from before they were kept has none, and the first of a campaign an empty one.
        if "beforeRunId" in item and item["beforeRunId"]["S"]:
            known.append((item["beforeScoredAt"]["S"], item["beforeRunId"]["S"]))
        return next((run_id for scored_at, run_id in known if scored_at < run.scored_at), None)

    def name_newest(self, run: "Run") -> None:
        """Name a run that passed its gate the campaign's newest, unless a newer one already is.

        Of the run that was the newest until then the name is kept, where its file is another one.
        """
        newer = "attribute_not_exists(PK) OR scoredAt < :scored"
        kept = {
            "beforeRunId": "if_not_exists(runId, :none)",
            "beforeScoredAt": "if_not_exists(scoredAt, :none)",
        }
        if not self._name(run, newer, **kept):
            self._name(run, "scoredAt = :scored AND runId <= :run")

    def _name(self, run: "Run", condition: str, **values: str) -> bool:
        """Name a run the newest on a condition; false where that does not hold."""
        setting = {**values, "runId": ":run", "scoredAt": ":scored", "updated": ":now"}
        given = {":run": run.run_id, ":scored": run.scored_at, ":now": now_iso()}
        if values:
            given[":none"] = ""
        try:
            self._client.update_item(
                TableName=self._table,
                Key=meta_key(run.campaign_id, f"{LATEST}{run.source}"),
                UpdateExpression="SET " + ", ".join(f"{name} = {value}" for name, value in setting.items()),
                ConditionExpression=condition,
                ExpressionAttributeValues={name: {"S": value} for name, value in given.items()},
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
