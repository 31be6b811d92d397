"""The merge writer: many records into the demand table, each merged on its own, few calls for all.

`BatchWriteItem` replaces whole items and takes no condition. So: one `BatchGetItem` a hundred records
tells created, updated, unchanged and stale apart, and `BatchExecuteStatement` writes twenty-five of
them a call, each statement with a condition and an outcome of its own. What loses a race to another
writer is settled by one conditional `update_item`. A call that is refused as a whole is narrowed until
the record that it is refused for is alone.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from botocore.exceptions import BotoCoreError, ClientError
from tenacity import stop_after_attempt, wait_random_exponential

from steps.shared.attributes import Item, text
from steps.shared.aws_types import DynamoDBClient
from steps.shared.bulk_calls import PASSING, code_of, may_pass, narrowed, parts, until_done
from steps.shared.clock import in_days, now_iso
from steps.shared.meta_items import condition_failed
from steps.shared.observability import logger
from steps.streaming.demand_table import statements
from steps.streaming.demand_table.upserts import EXPIRES, UPDATED, Status, Upsert, waves

T = TypeVar("T")
Place = tuple[str, str]
Write = tuple[Upsert, statements.Statement]

# For what is done afterwards: keeping dead letters, the log, the answer.
_LAST_SECONDS = 15.0
GETS_A_CALL = 100
STATEMENTS_A_CALL = 25
# Any key that every writer here may read, whether or not there is such an item.
_WITNESS: Item = {"PK": text("fan:-"), "SK": text("campaign:-")}


@dataclass(frozen=True)
class DemandTable:
    """Merges records into one table.

    Attributes:
        client: a low-level client; it retries throttled calls itself.
        attempts: how often the throttled part of a call is sent again before it counts as failed.
        longest_wait: seconds between two of these attempts, at most; the waits are random below it.
        fan_days: days after which an item may go that nobody changes any more; 0 means never.
        time_left: seconds until the function is ended. Shortly before, nothing more is sent, and what is not
            written has failed: it comes again, where a function that is ended in the middle says nothing.
        refusals: DynamoDB's code for each item that it refused, by the item's place.
    """

    client: DynamoDBClient
    table: str
    attempts: int = 8
    longest_wait: float = 5.0
    time_left: Callable[[], float] = lambda: math.inf
    fan_days: int = 0
    refusals: dict[Place, str] = field(default_factory=dict, init=False)

    def merge(self, upserts: list[Upsert]) -> list[Status]:
        """Merge every record it can; answer in the records' order.

        Nothing is raised for a record that could not be written, and all others are done. It is `refused`
        where DynamoDB serves others and not this one (`refusals` says why), else `failed` for now.
        """
        found: dict[int, Status] = {}
        for wave in waves(upserts):
            for part in parts(wave, GETS_A_CALL):
                statuses = self._merge_distinct([upserts[position] for position in part])
                found.update(zip(part, statuses, strict=True))
        return [found[position] for position in range(len(upserts))]

    def _merge_distinct(self, upserts: list[Upsert]) -> list[Status]:
        stored, statuses = self._read(upserts)
        now = self._now()
        writes: list[Write] = []
        races: list[Upsert] = []
        for upsert in upserts:
            if upsert.place in statuses:
                continue
            item = stored.get(upsert.place)
            if item is None:
                statuses[upsert.place] = Status.CREATED
                writes.append((upsert, statements.insert(self.table, upsert, now)))
                continue
            statuses[upsert.place], write = upsert.read(item)
            if write:
                writes.append((upsert, statements.update(self.table, upsert, item, now)))
        for part in parts(writes, STATEMENTS_A_CALL):
            lost, unwritten = self._write(part)
            races += lost
            statuses.update(unwritten)
        statuses.update({upsert.place: self._write_one(upsert) for upsert in races})
        return [statuses[upsert.place] for upsert in upserts]

    def _read(self, upserts: list[Upsert]) -> tuple[dict[Place, Item], dict[Place, Status]]:
        """Items by key, and what became of those keys that were not read."""
        names = {"PK", "SK", EXPIRES}.union(*((*upsert.stamped, *upsert.absent) for upsert in upserts))
        request = {
            # A read that lags would only make lost races of what is decided here.
            "ConsistentRead": True,
            "ProjectionExpression": ", ".join(f"#{name}" for name in sorted(names)),
            "ExpressionAttributeNames": {f"#{name}": name for name in names},
        }
        stored: dict[Place, Item] = {}
        unread: dict[Place, Status] = {}

        def step(keys: list[Any]) -> list[Any]:
            table_request: Any = {self.table: {**request, "Keys": keys}}
            answer: Any = self.client.batch_get_item(RequestItems=table_request)
            for item in answer["Responses"].get(self.table, []):
                stored[item["PK"]["S"], item["SK"]["S"]] = item
            unprocessed = answer.get("UnprocessedKeys", {}).get(self.table, {})
            return list(unprocessed.get("Keys", []))

        def attempt(keys: list[Any]) -> str | None:
            left = keys
            try:
                left = self._until_done(step, keys)
            except (ClientError, BotoCoreError) as error:
                if not may_pass(error) and (len(keys) < len(upserts) or _is_served(step)):
                    return code_of(error)
                _log_failure("read", len(keys), error)
            unread.update(dict.fromkeys(map(_place, left), Status.FAILED))
            return None

        for (key,), code in narrowed([upsert.key for upsert in upserts], attempt):
            unread[_place(key)] = self._refuse(_place(key), code)
        return stored, unread

    def _write(self, writes: list[Write]) -> tuple[list[Upsert], dict[Place, Status]]:
        """Write statements; return which lost a race, and what became of those that were not written."""
        lost: list[Upsert] = []
        failed: dict[Place, Status] = {}
        refused: list[tuple[Write, str]] = []

        def step(pending: list[Write]) -> list[Write]:
            batch: Any = [statement for _, statement in pending]
            answers: Any = self.client.batch_execute_statement(Statements=batch)["Responses"]
            again = []
            for write, answer in zip(pending, answers, strict=True):
                code = answer.get("Error", {}).get("Code")
                if code in statements.LOST_RACE:
                    lost.append(write[0])
                elif code in PASSING:
                    again.append(write)
                elif code is not None:
                    refused.append((write, code))
            return again

        def attempt(part: list[Write]) -> str | None:
            left = part
            try:
                left = self._until_done(step, part)
            except (ClientError, BotoCoreError) as error:
                settled = {upsert.place for upsert in lost} | {write[0].place for write, _ in refused}
                left = [write for write in part if write[0].place not in settled]
                if left == part and not may_pass(error):
                    return code_of(error)
                _log_failure("write", len(left), error)
            failed.update((upsert.place, Status.FAILED) for upsert, _ in left)
            return None

        refused += [(write, code) for (write,), code in narrowed(writes, attempt)]
        unserved = {write[0].place for write, _ in refused} | failed.keys()
        # A right or a table that is missing altogether is no record's fault: others show that it is there.
        served = {statements.verb(statement) for upsert, statement in writes if upsert.place not in unserved}
        for (upsert, statement), code in refused:
            for_good = code in statements.OF_THE_RECORD or statements.verb(statement) in served
            failed[upsert.place] = self._refuse(upsert.place, code) if for_good else Status.FAILED
        return lost, failed

    def _write_one(self, upsert: Upsert) -> Status:
        if self._is_late():
            return Status.FAILED
        try:
            answer: Any = self.client.update_item(
                TableName=self.table, **statements.update_arguments(upsert, self._now())
            )
        except (ClientError, BotoCoreError) as error:
            if condition_failed(error):
                return Status.STALE
            if code_of(error) in statements.OF_THE_RECORD:
                return self._refuse(upsert.place, code_of(error))
            _log_failure("update", 1, error)
            return Status.FAILED
        old = answer.get("Attributes")
        if not old:
            return Status.CREATED
        return Status.UNCHANGED if upsert.equals(old) else Status.UPDATED

    def _now(self) -> Item:
        """Return what every write sets besides: when it was, and when the item may go."""
        now = {UPDATED: text(now_iso())}
        return now | {EXPIRES: in_days(self.fan_days)} if self.fan_days else now

    def _is_late(self, wait: float = 0.0) -> bool:
        """Whether a call, after a wait, might still be under way when the function is ended."""
        return self.time_left() - wait < _LAST_SECONDS

    def _refuse(self, place: Place, code: str) -> Status:
        self.refusals[place] = code
        return Status.REFUSED

    def _until_done(self, step: Callable[[list[T]], list[T]], work: list[T]) -> list[T]:
        """Repeat a step on what it leaves undone, with growing random waits; return what stays."""
        if self._is_late():
            return work
        enough = stop_after_attempt(self.attempts)
        return until_done(
            step,
            work,
            stop=lambda state: enough(state) or self._is_late(state.upcoming_sleep),
            wait=wait_random_exponential(multiplier=0.1, max=self.longest_wait),
        )


def _place(key: Item) -> Place:
    return key["PK"]["S"], key["SK"]["S"]


def _is_served(step: Callable[[list[Any]], list[Any]]) -> bool:
    """Whether a key without fault can be read at this moment: then a refusal is for the keys it is about."""
    try:
        step([_WITNESS])
    except (ClientError, BotoCoreError):
        return False
    return True


def _log_failure(what: str, records: int, error: ClientError | BotoCoreError) -> None:
    logger.error("DynamoDB call failed", extra={"call": what, "records": records, "code": code_of(error)})
