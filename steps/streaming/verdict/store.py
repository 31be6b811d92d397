"""What verdictReporter reads and writes in the demand table: counts, tallies, and what was last said.

`meta:slack:counts` holds one map per kind of file (`scrubbed`: verified, rejected, selected; `fanlist`:
records, scoredAt), each with the run that said it and the count before it, the fans last said to be missing
(`scrubbedNews`, `fanlistNews`), the campaign's name as it was last said, the last run that was warned about,
and a lease. Whoever is about to post holds the lease, so that two workers with the same message post once;
it ends by itself, so that a worker that dies holding it does not silence the campaign.

`meta:run:<runId>` holds, beside the run's tally, which message asked for the next look at it: a message that
the queue delivers twice is put back once, or every look would double the messages. What became of the run's
verdict stands there too.
"""

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from steps.shared.campaign_keys import COUNTS, LOOK, RUN, SAID, meta_key
from steps.shared.clock import compact, now_iso
from steps.shared.conflicts import condition_failed, retry_conflicts
from steps.streaming.demand_table.attributes import Item, read_int, read_text
from steps.streaming.verdict.last_posts import LastPosts, figures_of, last_posts_of, stored
from steps.streaming.verdict.sentences import Figures, RunTally, Said
from steps.streaming.verdict.under_way import RunState

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from steps.shared.messages import VerdictMessage
    from steps.shared.wire import Source

# Longer than the function may run (60 s), so that only a dead worker's lease ever ends by itself.
LEASE_SECONDS = 75
# How long a claim to the next look holds: copies of one message come close together, and what an operator
# sends again after some time is to be heard.
LOOK_SECONDS = 900
# A small part of the function's 60 s; a conflict with one of the counting worker's commits takes far less.
_CONFLICT_SECONDS = 10
# Runs of one campaign, newest first, that are asked about at most: one page, and far more than overlap.
_MOST_RUNS = 100
_RUN_FIELDS = {
    "#source": "source",
    "#status": "status",
    "#startedAt": "startedAt",
    "#finishedAt": "finishedAt",
    "#updated": "updated",
    "#output": "output",
    "#counted": "counted",
    "#stale": "stale",
    "#verdict": "verdict",
}
_LOOK_IS_FREE = (
    "attribute_not_exists(look) OR look < :look OR (look = :look AND lookBy = :by) OR lookUntil < :now"
)


@dataclass(frozen=True)
class Lease:
    """The right to post about a campaign, and what had been said when it was taken."""

    owner: str
    last_posts: LastPosts


class VerdictStore:
    """One table's side of the verdict."""

    def __init__(self, client: "DynamoDBClient", table: str, clock: Callable[[], float] = time.time) -> None:
        self._client = client
        self._table = table
        self._clock = clock

    def figures(self, campaign_id: str) -> Figures:
        """Return the campaign's fans by state."""
        return figures_of(self._get(campaign_id, COUNTS))

    def run(self, campaign_id: str, run_id: str | None) -> RunTally:
        """Return a run's tally; all zero where there is no such run."""
        item = self._get(campaign_id, f"{RUN}{run_id}") if run_id else {}
        return RunTally(
            read_int(item, "counted"), read_text(item, "scoredAt"), read_int(item, "withdrawnSelected")
        )

    def runs(self, campaign_id: str, since: str) -> list[RunState]:
        """Return the campaign's runs that began since a moment, in the contract's spelling; newest first."""
        answer: Any = self._client.query(
            TableName=self._table,
            KeyConditionExpression="PK = :campaign AND SK BETWEEN :oldest AND :newest",
            ExpressionAttributeValues={
                ":campaign": {"S": f"campaign:{campaign_id}"},
                ":oldest": {"S": f"{RUN}{compact(since)}"},
                ":newest": {"S": f"{RUN}~"},
            },
            ExpressionAttributeNames=_RUN_FIELDS,
            ProjectionExpression=", ".join(["SK", *_RUN_FIELDS]),
            ScanIndexForward=False,
            ConsistentRead=True,
            Limit=_MOST_RUNS,
        )
        return [_run_state(item) for item in answer["Items"]]

    def end_verdict(self, campaign_id: str, run_id: str, outcome: str) -> None:
        """Note on a run's record what became of its verdict; a run that has none is left without."""
        self._update(
            campaign_id,
            f"{RUN}{run_id}",
            UpdateExpression="SET verdict = :outcome",
            ConditionExpression="attribute_exists(PK)",
            ExpressionAttributeValues={":outcome": {"S": outcome}},
        )

    def last_posts(self, campaign_id: str) -> LastPosts:
        """Return what was last said."""
        return last_posts_of(self._get(campaign_id, SAID))

    def lease(self, campaign_id: str) -> Lease | None:
        """Take the right to post; None while another worker has it."""
        owner = uuid.uuid4().hex
        now = self._clock()
        answer = self._update(
            campaign_id,
            SAID,
            UpdateExpression="SET leaseOwner = :owner, leaseUntil = :until",
            ConditionExpression="attribute_not_exists(leaseUntil) OR leaseUntil < :now",
            ExpressionAttributeValues={
                ":owner": {"S": owner},
                ":until": {"N": repr(now + LEASE_SECONDS)},
                ":now": {"N": repr(now)},
            },
            ReturnValues="ALL_NEW",
        )
        return None if answer is None else Lease(owner, last_posts_of(answer["Attributes"]))

    def release(self, campaign_id: str, lease: Lease) -> None:
        """Give the lease back, nothing having been said."""
        self._end(campaign_id, lease, {})

    def remember(
        self,
        campaign_id: str,
        lease: Lease,
        source: "Source",
        said: Said,
        name: str | None = None,
        run_id: str | None = None,
        news: str | None = None,
    ) -> bool:
        """Store what was said, by which name and run, with what news, and give the lease back.

        Returns:
            False where the lease had ended by then.
        """
        post: Item = {source: {"M": stored(said, lease.last_posts.last(source), run_id)}}
        post |= {f"{source}News": {"S": news}} if news else {}
        return self._end(campaign_id, lease, post | ({} if name is None else {"name": {"S": name}}))

    def remember_warning(self, campaign_id: str, lease: Lease, warned: str) -> bool:
        """Store which run was warned about and give the lease back."""
        return self._end(campaign_id, lease, {"warned": {"S": warned}})

    def claim_next_look(self, message: "VerdictMessage", message_id: str) -> bool:
        """Take the right to ask for a message's next look; false where a copy of the message has it.

        Args:
            message: as it was received.
            message_id: the queue's; the same when the same message is delivered again, so that a worker that
                died before it put the message back does not keep it from being put back.
        """
        now = self._clock()
        answer = self._update(
            message.campaign_id,
            _look_key(message),
            UpdateExpression="SET look = :look, lookBy = :by, lookUntil = :until",
            ConditionExpression=_LOOK_IS_FREE,
            ExpressionAttributeValues={
                ":look": {"N": str(message.attempt + 1)},
                ":by": {"S": message_id},
                ":until": {"N": repr(now + LOOK_SECONDS)},
                ":now": {"N": repr(now)},
            },
        )
        return answer is not None

    def release_next_look(self, message: "VerdictMessage", message_id: str) -> None:
        """Undo `claim_next_look` where the message could not be put back."""
        self._update(
            message.campaign_id,
            _look_key(message),
            UpdateExpression="REMOVE look, lookBy, lookUntil",
            ConditionExpression="lookBy = :by",
            ExpressionAttributeValues={":by": {"S": message_id}},
        )

    def _end(self, campaign_id: str, lease: Lease, values: Item) -> bool:
        stored = values | ({"updated": {"S": now_iso()}} if values else {})
        setting = "SET " + ", ".join(f"#{name} = :{name}" for name in stored) if stored else ""
        names = {"ExpressionAttributeNames": {f"#{name}": name for name in stored}} if stored else {}
        answer = self._update(
            campaign_id,
            SAID,
            UpdateExpression=f"{setting} REMOVE leaseOwner, leaseUntil".strip(),
            ConditionExpression="leaseOwner = :owner",
            ExpressionAttributeValues={
                ":owner": {"S": lease.owner},
                **{f":{name}": value for name, value in stored.items()},
            },
            **names,
        )
        return answer is not None

    def _get(self, campaign_id: str, sort_key: str) -> Item:
        answer: Any = self._client.get_item(
            TableName=self._table, Key=meta_key(campaign_id, sort_key), ConsistentRead=True
        )
        item: Item = answer.get("Item", {})
        return item

    def _update(self, campaign_id: str, sort_key: str, **arguments: Any) -> Any:
        """Update an item; None where the condition does not hold."""
        try:
            return retry_conflicts(_CONFLICT_SECONDS)(
                self._client.update_item,
                TableName=self._table,
                Key=meta_key(campaign_id, sort_key),
                **arguments,
            )
        except ClientError as error:
            if condition_failed(error):
                return None
            raise


def _look_key(message: "VerdictMessage") -> str:
    if message.run_id:
        return f"{RUN}{message.run_id}"
    return f"{LOOK}{message.source}:{message.count}"


def _run_state(item: Item) -> RunState:
    return RunState(
        run_id=(read_text(item, "SK") or "").removeprefix(RUN),
        source=read_text(item, "source") or "",
        status=read_text(item, "status") or "",
        started_at=read_text(item, "startedAt") or "",
        finished_at=read_text(item, "finishedAt") or "",
        updated=read_text(item, "updated") or "",
        output=read_int(item, "output"),
        counted=read_int(item, "counted"),
        stale=read_int(item, "stale"),
        verdict=read_text(item, "verdict") or "",
    )
