"""The merge writer: many records into the demand table, each merged on its own, few calls for all.

`BatchWriteItem` replaces whole items and takes no condition. So: one `BatchGetItem` a hundred records
tells created, updated, unchanged and stale apart, and `BatchExecuteStatement` writes twenty-five of
them a call, each statement with a condition and an outcome of its own. What loses a race to another
writer is settled by one conditional `update_item`.
"""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, TypeVar

from botocore.exceptions import BotoCoreError, ClientError
from tenacity import RetryCallState, Retrying, retry_if_result, stop_after_attempt, wait_random_exponential

from steps.shared.clock import now_iso
from steps.shared.conflicts import condition_failed
from steps.shared.observability import logger
from steps.streaming import statements
from steps.streaming.attributes import Item
from steps.streaming.upserts import Status, Upsert, waves

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

T = TypeVar("T")

GETS_A_CALL = 100
STATEMENTS_A_CALL = 25
_LOST_RACE = {"DuplicateItem", "ConditionalCheckFailed"}
_PASSING = {
    "InternalServerError",
    "ProvisionedThroughputExceeded",
    "RequestLimitExceeded",
    "ThrottlingError",
    "TransactionConflict",
}


def _leftovers(state: RetryCallState) -> Any:
    """What is still undone when patience ends."""
    assert state.outcome is not None
    return state.outcome.result()


class DemandTable:
    """Merges records into one table.

    Args:
        client: a low-level client; it retries throttled calls itself.
        table: the table's name.
        attempts: how often the throttled part of a call is sent again before it counts as failed.
        longest_wait: seconds between two of these attempts, at most; the waits are random below it.
    """

    def __init__(
        self, client: "DynamoDBClient", table: str, attempts: int = 8, longest_wait: float = 5.0
    ) -> None:
        self._client = client
        self._table = table
        self._patience = Retrying(
            retry=retry_if_result(bool),
            stop=stop_after_attempt(attempts),
            wait=wait_random_exponential(multiplier=0.1, max=longest_wait),
            retry_error_callback=_leftovers,
        )

    def merge(self, upserts: list[Upsert]) -> list[Status]:
        """Merges every record it can; answers in the records' order.

        Nothing is raised for a record that could not be written: it is `failed`, all others are done.
        """
        found: dict[int, Status] = {}
        for wave in waves(upserts):
            for part in _parts(wave, GETS_A_CALL):
                statuses = self._merge_distinct([upserts[position] for position in part])
                found.update(zip(part, statuses, strict=True))
        return [found[position] for position in range(len(upserts))]

    def _merge_distinct(self, upserts: list[Upsert]) -> list[Status]:
        try:
            stored, unread = self._read(upserts)
        except (ClientError, BotoCoreError) as error:
            _log_failure("read", len(upserts), error)
            return [Status.FAILED] * len(upserts)
        now = now_iso()
        statuses: dict[tuple[str, str], Status] = dict.fromkeys(unread, Status.FAILED)
        writes: list[tuple[Upsert, statements.Statement]] = []
        races: list[Upsert] = []
        for upsert in upserts:
            if upsert.place in unread:
                continue
            item = stored.get(upsert.place)
            if item is None:
                statuses[upsert.place] = Status.CREATED
                writes.append((upsert, statements.insert(self._table, upsert, now)))
                continue
            statuses[upsert.place], write = upsert.read(item)
            if write:
                writes.append((upsert, statements.update(self._table, upsert, item, now)))
        for part in _parts(writes, STATEMENTS_A_CALL):
            lost, failed = self._write(part)
            races += lost
            statuses.update(dict.fromkeys((upsert.place for upsert in failed), Status.FAILED))
        statuses.update({upsert.place: self._write_one(upsert) for upsert in races})
        return [statuses[upsert.place] for upsert in upserts]

    def _read(self, upserts: list[Upsert]) -> tuple[dict[tuple[str, str], Item], set[tuple[str, str]]]:
        """Items by key, and the keys that stayed unread under throttling."""
        names = {"PK", "SK"}
        for upsert in upserts:
            names.update(upsert.stamped, upsert.absent)
        request = {
            # A read that lags would only make lost races of what is decided here.
            "ConsistentRead": True,
            "ProjectionExpression": ", ".join(f"#{name}" for name in sorted(names)),
            "ExpressionAttributeNames": {f"#{name}": name for name in names},
        }
        stored: dict[tuple[str, str], Item] = {}

        def step(keys: list[Any]) -> list[Any]:
            table_request: Any = {self._table: {**request, "Keys": keys}}
            answer: Any = self._client.batch_get_item(RequestItems=table_request)
            for item in answer["Responses"].get(self._table, []):
                stored[item["PK"]["S"], item["SK"]["S"]] = item
            unprocessed = answer.get("UnprocessedKeys", {}).get(self._table, {})
            return list(unprocessed.get("Keys", []))

        left = self._until_done(step, [upsert.key for upsert in upserts])
        return stored, {(key["PK"]["S"], key["SK"]["S"]) for key in left}

    def _write(self, writes: list[tuple[Upsert, statements.Statement]]) -> tuple[list[Upsert], list[Upsert]]:
        """Writes statements; gives back which lost a race and which failed."""
        lost: list[Upsert] = []
        failed: list[Upsert] = []

        def step(
            pending: list[tuple[Upsert, statements.Statement]],
        ) -> list[tuple[Upsert, statements.Statement]]:
            batch: Any = [statement for _, statement in pending]
            answers: Any = self._client.batch_execute_statement(Statements=batch)["Responses"]
            again = []
            for write, answer in zip(pending, answers, strict=True):
                code = answer.get("Error", {}).get("Code")
                if code in _LOST_RACE:
                    lost.append(write[0])
                elif code in _PASSING:
                    again.append(write)
                elif code is not None:
                    logger.error("a statement was refused", extra={"code": code})
                    failed.append(write[0])
            return again

        pending = writes
        try:
            pending = self._until_done(step, writes)
        except (ClientError, BotoCoreError) as error:
            settled = {upsert.place for upsert in (*lost, *failed)}
            pending = [write for write in writes if write[0].place not in settled]
            _log_failure("write", len(pending), error)
        return lost, failed + [upsert for upsert, _ in pending]

    def _write_one(self, upsert: Upsert) -> Status:
        try:
            answer: Any = self._client.update_item(
                TableName=self._table, **statements.update_arguments(upsert, now_iso())
            )
        except ClientError as error:
            if condition_failed(error):
                return Status.STALE
            _log_failure("update", 1, error)
            return Status.FAILED
        except BotoCoreError as error:
            _log_failure("update", 1, error)
            return Status.FAILED
        old = answer.get("Attributes")
        if not old:
            return Status.CREATED
        return Status.UNCHANGED if upsert.equals(old) else Status.UPDATED

    def _until_done(self, step: Callable[[list[T]], list[T]], work: list[T]) -> list[T]:
        """Repeats a step on what it leaves undone, with growing random waits; gives back what stays."""
        pending = work

        def once() -> list[T]:
            nonlocal pending
            pending = step(pending)
            return pending

        left: list[T] = self._patience.copy()(once)
        return left


def _parts(values: list[T], size: int) -> Iterator[list[T]]:
    for start in range(0, len(values), size):
        yield values[start : start + size]


def _log_failure(what: str, records: int, error: ClientError | BotoCoreError) -> None:
    code = error.response["Error"]["Code"] if isinstance(error, ClientError) else type(error).__name__
    logger.error("DynamoDB call failed", extra={"call": what, "records": records, "code": code})
