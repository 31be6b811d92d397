"""The table's own records of runs: claims, status, and which run is a campaign's newest.

Their keys are in `campaign_keys`.
"""

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from botocore.exceptions import ClientError

from steps.shared.campaign_keys import CLAIM, LATEST, meta_key, run_key
from steps.shared.clock import in_days, now_iso
from steps.shared.conflicts import condition_failed, retry_conflicts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

    from steps.shared.payloads import Run, RunStatus
    from steps.shared.wire import Source

_CONFLICT_SECONDS = 30
# Claims and runs: far longer than files stay, and than an event of S3's may come again.
RUN_DAYS = 400


@dataclass(frozen=True)
class Latest:
    """What stands of a campaign's newest run of a kind, at one moment, beside a run of that kind.

    Attributes:
        newest: (scoredAt, runId) of the newest run that passed its gate.
        base: the newest run that passed its gate of those whose files were scored before the run's own: a
            file that is run again is so compared with the same one as the first time.
        has_replaced: whether a run of the same file replaced the one before it: so does each that follows.
        is_outdated: whether a newer run has replaced what was there: nothing older may follow it.
    """

    newest: tuple[str, str] | None
    base: str | None
    has_replaced: bool
    is_outdated: bool

    @classmethod
    def of(cls, run: "Run", item: "Mapping[str, AttributeValueTypeDef]") -> Self:
        """Read the newest run's item; empty where there is none."""

        def pair(name: str) -> tuple[str, str] | None:
            scored_at, run_id = (
                item.get(each[0].lower() + each[1:], {}).get("S", "")
                for each in (f"{name}ScoredAt", f"{name}RunId")
            )
            return (scored_at, run_id) if run_id else None

        # One from before they were kept has none before it, and the first of a campaign an empty one.
        newest, before, replaced = pair(""), pair("before"), pair("replaced")
        known = [each for each in (newest, before) if each is not None]
        return cls(
            newest=newest,
            base=next((run_id for scored_at, run_id in known if scored_at < run.scored_at), None),
            has_replaced=replaced is not None and replaced[0] == run.scored_at,
            is_outdated=replaced is not None and replaced > (run.scored_at, run.run_id),
        )


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
        """Name a run that passed its gate the campaign's newest, unless a newer one already is.

        Of the run that was the newest until then the name is kept, where its file is another one.

        Args:
            run: the run.
            beside: what it was compared with.
            replaced: whether it replaces the file before its own; that stays known.

        Returns:
            False where another run was named since `beside` was read: the comparison is to be made again.
        """
        values = {"runId": run.run_id, "scoredAt": run.scored_at, "updated": now_iso()}
        if beside.newest is None or beside.newest[0] < run.scored_at:
            scored_at, run_id = beside.newest or ("", "")
            values |= {"beforeScoredAt": scored_at, "beforeRunId": run_id}
        elif beside.newest > (run.scored_at, run.run_id):
            return True
        if replaced:
            values |= {"replacedScoredAt": run.scored_at, "replacedRunId": run.run_id}
        given = {f":{name}": {"S": value} for name, value in values.items()}
        condition = "attribute_not_exists(PK)"
        if beside.newest is not None:
            condition, given[":seen"] = "runId = :seen", {"S": beside.newest[1]}
        try:
            self._client.update_item(
                TableName=self._table,
                Key=meta_key(run.campaign_id, f"{LATEST}{run.source}"),
                UpdateExpression="SET " + ", ".join(f"{name} = :{name}" for name in values),
                ConditionExpression=condition,
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
