"""Exact counts: how far a shard is counted stands in the same transaction as what was counted (SPEC 4).

A batch delivered twice finds its records at or before the position and counts nothing. A commit whose
answer got lost is settled the same way: read the position again, drop what it covers, go on. So every
failure that may pass has one cure, and no case needs to know what happened to the call.
"""

from dataclasses import asdict, dataclass
from typing import Any, Unpack

from botocore.exceptions import BotoCoreError, ClientError
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from steps.shared.attributes import Attribute, Item, read_text, text
from steps.shared.aws_types import DynamoDBClient
from steps.shared.bulk_calls import PASSING, code_of, may_pass
from steps.shared.clock import in_days, now_iso
from steps.shared.meta_items import COUNTS, Changes, meta_key, position_key, run_key, update_of
from steps.shared.observability import logger
from steps.streaming.counting.changes import Change, cut, fold

NOWHERE = ""
# A transaction takes 100 actions and one of them moves the position.
_PLACES = 99
# Of a shard that has no more changes: the stream keeps them for one day.
_POSITION_DAYS = 30


class UnsettledError(Exception):
    """A commit did not come through, or nobody knows whether it did; the position tells."""


@dataclass(frozen=True)
class Ledger:
    """Counts of all campaigns in one table, and the positions up to which they are counted.

    Args:
        table: it holds fans, counts and positions alike.
        attempts: how often a batch is tried before it is left to be delivered again.
        longest_wait: seconds between two attempts, at most; the waits are random below it.
    """

    client: DynamoDBClient
    table: str
    attempts: int = 10
    longest_wait: float = 3.0

    def settle(self, shard: str, changes: list[Change]) -> str:
        """Count those of a shard's changes that are not counted yet.

        Returns:
            The position found at first: changes after it were counted now.

        Raises:
            UnsettledError: the table did not take the counts in the end; the batch has to come again.
        """
        first = self.position(shard)
        trying = Retrying(
            retry=retry_if_exception_type(UnsettledError),
            stop=stop_after_attempt(self.attempts),
            wait=wait_random_exponential(multiplier=0.05, max=self.longest_wait),
            reraise=True,
        )
        trying(self._advance, shard, _in_order(changes))
        return first

    def position(self, shard: str) -> str:
        """Return the last counted record's padded sequence number, `NOWHERE` where none was counted."""
        answer: Any = self._call(
            self.client.get_item,
            TableName=self.table,
            Key=position_key(self.table, shard),
            ConsistentRead=True,
        )
        return read_text(answer.get("Item", {}), "sequenceNumber") or NOWHERE

    def _advance(self, shard: str, changes: list[Change]) -> None:
        position = self.position(shard)
        for part in cut([change for change in changes if change.sequence > position], _PLACES):
            self._commit(shard, position, part)
            position = part[-1].sequence

    def _commit(self, shard: str, position: str, part: list[Change]) -> None:
        now = text(now_iso())
        total = fold(part)
        actions = [self._move(shard, position, part[-1].sequence, now)]
        actions += [
            self._update(meta_key(campaign, COUNTS), values={"updated": now}, add=asdict(delta))
            for campaign, delta in total.deltas.items()
            if not delta.is_zero
        ]
        for run, count in total.counted.items():
            selected = total.selected[run]
            add = {"counted": count} | ({"withdrawnSelected": selected} if selected else {})
            actions.append(self._update(run_key(*run), values={"updated": now}, add=add))
        self._call(self.client.transact_write_items, TransactItems=actions)

    def _call(self, call: Any, **arguments: Any) -> Any:
        """Make a call; what may pass becomes `UnsettledError`, the rest is raised as it is."""
        try:
            return call(**arguments)
        except (BotoCoreError, ClientError) as error:
            if not _may_pass(error):
                raise
            code = code_of(error)
            logger.warning("counts not committed, trying again", extra={"code": code})
            raise UnsettledError(f"The table did not take the counts ({code}).") from error

    def _move(self, shard: str, was: str, to: str, now: Attribute) -> Any:
        values = {"sequenceNumber": text(to), "updated": now, "expires": in_days(_POSITION_DAYS)}
        key = position_key(self.table, shard)
        if was == NOWHERE:
            return self._update(key, "attribute_not_exists(sequenceNumber)", values=values)
        return self._update(key, "sequenceNumber = :was", values=values, given={"was": text(was)})

    def _update(self, key: Item, condition: str | None = None, **changes: Unpack[Changes]) -> Any:
        return {"Update": {"TableName": self.table, "Key": key, **update_of(condition, **changes)}}


def _in_order(changes: list[Change]) -> list[Change]:
    """Sort changes by sequence number, each once."""
    return [change for _, change in sorted({change.sequence: change for change in changes}.items())]


def _may_pass(error: Any) -> bool:
    if code_of(error) != "TransactionCanceledException":
        return may_pass(error)
    reasons = {reason.get("Code", "None") for reason in error.response.get("CancellationReasons", [])}
    return reasons <= PASSING | {"ConditionalCheckFailed", "None"}
