"""The table's own records of runs: claims, status, and which run is a campaign's newest.

Their keys are in `meta_items`.
"""

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Self

from botocore.exceptions import ClientError

from steps.shared.attributes import Item, read_text, text
from steps.shared.aws_types import DynamoDBClient
from steps.shared.clock import in_days, now_iso
from steps.shared.meta_items import CLAIM, LATEST, MetaItems, condition_failed, meta_key, run_key
from steps.shared.wire import Source

# The workers start without the models of what states pass to each other.
if TYPE_CHECKING:
    from steps.shared.payloads import Run, RunStatus

_CONFLICT_SECONDS = 30
# Claims and runs: far longer than files stay, and than an event of S3's may come again.
RUN_DAYS = 400


class Named(NamedTuple):
    """A run that passed its gate, with the version of the object that it is of."""

    scored_at: str
    run_id: str
    file: str

    def precedes(self, run: "Run") -> bool:
        """Whether it is of an earlier file than a run: of one scored before, or overwritten since."""
        if self.scored_at != run.scored_at:
            return self.scored_at < run.scored_at
        # Of a run from before files were kept here, nobody knows: the same file run again is likelier.
        return self.run_id < run.run_id and self.file not in {"", run.file.identity}


@dataclass(frozen=True)
class Latest:
    """What stands of a campaign's newest run of a kind, at one moment, beside a run of that kind.

    Attributes:
        newest: the newest run that passed its gate.
        overtaken: runs that passed theirs when it already had: of older files, so that on its list of fans
            theirs are not.
        base: the newest run that passed its gate of those of an earlier file than the run's own: a file that
            is run again is so compared with the same one as the first time.
        beside_base: runs whose fans may stand, too, and are not on the list of `base`.
        has_replaced: whether a run of the same file replaced the one before it: so does each that follows.
        is_outdated: whether a newer run has replaced what was there: nothing older may follow it.
    """

    newest: Named | None
    overtaken: frozenset[str]
    base: str | None
    beside_base: frozenset[str]
    has_replaced: bool
    is_outdated: bool

    @classmethod
    def of(cls, run: "Run", item: Item) -> Self:
        """Read the newest run's item; empty where there is none."""

        def named(*names: str) -> Named | None:
            found = Named(*(read_text(item, name) or "" for name in names))
            return found if found.run_id else None

        def listed(name: str) -> frozenset[str]:
            return frozenset((read_text(item, name) or "").split())

        newest = named("scoredAt", "runId", "file")
        before = named("beforeScoredAt", "beforeRunId", "beforeFile")
        replaced = named("replacedScoredAt", "replacedRunId", "replacedFile")
        overtaken = listed("overtaken")
        base, beside = newest, overtaken
        if newest is None or not newest.precedes(run):
            base = before if before is not None and before.precedes(run) else None
            beside |= listed("beforeOvertaken")
        return cls(
            newest=newest,
            overtaken=overtaken,
            base=base and base.run_id,
            beside_base=beside - {run.run_id},
            has_replaced=replaced is not None
            and replaced.scored_at == run.scored_at
            and replaced.file in {"", run.file.identity},
            is_outdated=replaced is not None and replaced[:2] > (run.scored_at, run.run_id),
        )


class RunRegistry:
    """Reads and writes the runs of one table."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._items = MetaItems(client, table, _CONFLICT_SECONDS)

    def claim(self, campaign_id: str, object_version: str, execution_arn: str) -> bool:
        """Claim one version of one object for an execution; false where another one has it.

        The same execution may claim again: a retried Resolve is no second run. The version is hashed: with
        an object's key in it, it may be longer than a sort key.
        """
        digest = hashlib.sha256(object_version.encode()).hexdigest()
        try:
            self._items.client.put_item(
                TableName=self._items.table,
                Item={
                    **meta_key(campaign_id, f"{CLAIM}{digest}"),
                    "objectVersion": text(object_version),
                    "executionArn": text(execution_arn),
                    "claimedAt": text(now_iso()),
                    "expires": in_days(RUN_DAYS),
                },
                ConditionExpression="attribute_not_exists(PK) OR executionArn = :execution",
                ExpressionAttributeValues={":execution": text(execution_arn)},
            )
        except ClientError as error:
            if condition_failed(error):
                return False
            raise
        return True

    def newest(self, campaign_id: str, source: Source) -> tuple[str, str] | None:
        """Return the (scoredAt, runId) of the newest run that passed its gate, if there is one."""
        item = self._items.get(_latest_key(campaign_id, source))
        return (item["scoredAt"]["S"], item["runId"]["S"]) if item else None

    def latest(self, run: "Run") -> Latest:
        """Return what stands of the newest run beside a run."""
        return Latest.of(run, self._items.get(_latest_key(run.campaign_id, run.source)))

    def name_newest(self, run: "Run", beside: Latest, *, replaced: bool = False) -> bool:
        """Name a run that passed its gate the campaign's newest, or one that the newest has overtaken.

        Of the run that was the newest until then the name is kept, where its file is another one.

        `beside` is what it was compared with, `replaced` whether it replaces the file before its own, which
        stays known.

        Returns:
            False where another run was named since `beside` was read: the comparison is to be made again.
        """
        newest, others = beside.newest, " ".join(sorted(beside.overtaken))
        if newest is not None and newest[:2] > (run.scored_at, run.run_id):
            values = {"overtaken": " ".join(sorted(beside.overtaken | {run.run_id}))}
        else:
            values = {"runId": run.run_id, "scoredAt": run.scored_at, "file": run.file.identity}
            if newest is None or newest.precedes(run):
                scored_at, run_id, file = newest or ("", "", "")
                values |= {"beforeScoredAt": scored_at, "beforeRunId": run_id, "beforeFile": file}
                values |= {"beforeOvertaken": others, "overtaken": ""}
        if replaced:
            values |= {"replacedScoredAt": run.scored_at, "replacedRunId": run.run_id}
            values |= {"replacedFile": run.file.identity}
        condition, given = "attribute_not_exists(PK)", {}
        if newest is not None:
            condition = "runId = :seen AND (attribute_not_exists(overtaken) OR overtaken = :others)"
            given = {"seen": text(newest.run_id), "others": text(others)}
        named = self._items.update(
            _latest_key(run.campaign_id, run.source),
            condition,
            values=_texts(values | {"updated": now_iso()}),
            given=given,
        )
        return named is not None

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
        self._set(run.campaign_id, run.run_id, _texts(values))

    def accept_quality(self, campaign_id: str, run_id: str, failed: list[str]) -> None:
        """Keep that somebody chose to publish although the gate refused, and what it had refused for.

        Who it was leads from here: the item has the execution, and AWS keeps who started that.
        """
        values = {"qualityAcceptedAt": now_iso(), "qualityAccepted": " ".join(failed)}
        self._set(campaign_id, run_id, _texts(values))

    def end(self, campaign_id: str, run_id: str, status: "RunStatus", output: int = 0) -> None:
        """Mark how a run ended and how many records it is known to have sent on.

        A run that is summed up once more has its verdict before it again.
        """
        values = _texts({"status": status, "finishedAt": now_iso()})
        self._set(campaign_id, run_id, values | {"output": {"N": str(output)}}, without=("verdict",))

    def add_stale(self, campaign_id: str, run_id: str, records: int) -> None:
        """Add to a run's records that were not written because a newer run has their fans."""
        self._items.update(
            run_key(campaign_id, run_id), values={"updated": text(now_iso())}, add={"stale": records}
        )

    def note_alert(self, campaign_id: str, run_id: str) -> None:
        """Note that the channel was told of a run's bad end."""
        self._set(campaign_id, run_id, {"alertedAt": text(now_iso())})

    def is_settled(self, campaign_id: str, run_id: str) -> bool:
        """Whether nothing is left to say of a run: it succeeded, or the channel knows that it did not."""
        item = self._items.get(run_key(campaign_id, run_id))
        return "alertedAt" in item or item.get("status", {}).get("S") == "succeeded"

    def _set(self, campaign_id: str, run_id: str, values: Item, without: tuple[str, ...] = ()) -> None:
        values = values | {"expires": in_days(RUN_DAYS)}
        self._items.update(run_key(campaign_id, run_id), values=values, remove=without)


def _latest_key(campaign_id: str, source: Source) -> Item:
    return meta_key(campaign_id, f"{LATEST}{source}")


def _texts(values: dict[str, str]) -> Item:
    return {name: text(value) for name, value in values.items()}
