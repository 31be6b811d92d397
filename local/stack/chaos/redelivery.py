"""Chaos for the embedded AWS: every batch of a stream or a queue is delivered twice, cut differently.

Lambda promises its event sources "at least once", the first time in order. Here the second time always
comes: after a function has taken a batch, its records come again in batches of another size and out of
order, some of the batch before it among them. A batch counts as taken only once the second delivery is taken
too; until then its source delivers it again, as it does after any failure. The functions run unchanged.

`local/stack/emulator.py` loads this file by its path into the embedded AWS's interpreter, where nothing else
of ours can be imported: it needs the standard library alone.
"""

import json
import re
import threading
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

VARIABLE = "VF_CHAOS"

Record = dict[str, Any]
Batch = list[Record]

_MARK = "redelivered "
_MAPPED = {"aws:kinesis", "aws:dynamodb", "aws:sqs"}
_delivering = ContextVar("a delivery is under way", default=False)


class Chaos(StrEnum):
    """What can be made to go wrong, by its name in `VARIABLE`."""

    redeliver = "redeliver"
    # Not this file's doing: see `local/stack/chaos/faults.py`.
    faults = "faults"


@dataclass(frozen=True)
class Redelivered:
    """One batch's two deliveries to a function: its records, and the sizes of the batches of the second."""

    function: str
    records: int
    again: tuple[int, ...]


def second_delivery(batch: Batch, before: Batch, turn: int) -> list[Batch]:
    """How a batch comes again; every record of it is in there.

    Args:
        batch: what was delivered.
        before: the batch before it from the same source, empty where there was none.
        turn: 0: in two halves, the later one first; 1: joined with the batch before; 2: the later half
            first, then the earlier one joined with the later half of the batch before.

    Returns:
        Batches in the order of their delivery. A single record with none before it cannot be cut.
    """
    half = len(batch) // 2
    earlier, later = batch[:half], batch[half:]
    shapes = ([later, earlier], [before + batch], [later, before[len(before) // 2 :] + earlier])
    cut = [part for part in shapes[turn % len(shapes)] if part]
    if batch not in cut:
        return cut
    if before:
        return [before + batch]
    return [part for part in (later, earlier) if part]


class Redelivery:
    """Stands between event sources and functions; says a line for each batch that was delivered twice."""

    def __init__(self, execute: Callable[[Any, Any], Any], say: Callable[[str], None]) -> None:
        self._execute = execute
        self._say = say
        self._lock = threading.Lock()
        self._before: dict[tuple[str, str], Batch] = {}
        self._turn: dict[tuple[str, str], int] = {}

    def __call__(self, function: dict[str, Any], event: Any) -> Any:
        """Delivers an event; one of an event source twice, unless the function does not take it."""
        batch = _batch_of(event)
        if not batch or _delivering.get():
            return self._execute(function, event)
        token = _delivering.set(True)
        try:
            return self._twice(function, event, batch)
        finally:
            _delivering.reset(token)

    def _twice(self, function: dict[str, Any], event: dict[str, Any], batch: Batch) -> Any:
        result = self._execute(function, event)
        taken = _taken(batch, result)
        if not taken:
            return result
        name = str((function.get("config") or function).get("FunctionName"))
        source = (name, _source_of(batch[0]))
        with self._lock:
            before, turn = self._before.get(source, []), self._turn.get(source, 0)
            self._before[source], self._turn[source] = taken, turn + 1
        again = second_delivery(taken, before, turn)
        refused = set()
        for part in again:
            answer = self._execute(function, {**event, "Records": part})
            if answer.get("error"):
                return answer
            refused |= _refused(answer)
        sizes = [len(part) for part in again]
        self._say(_MARK + json.dumps({"function": name, "records": len(taken), "again": sizes}))
        return _with_refused(result, refused) if refused else result


def read_redelivered(log: str) -> list[Redelivered]:
    """Read what `Redelivery` said in the embedded AWS's log."""
    found = [json.loads(line) for line in re.findall(rf"^{_MARK}(\{{.*\}})$", log, re.MULTILINE)]
    return [Redelivered(one["function"], one["records"], tuple(one["again"])) for one in found]


def _batch_of(event: Any) -> Batch:
    """Give the records of an event source's event; none for any other event."""
    records = event.get("Records") if isinstance(event, dict) else None
    if not isinstance(records, list) or not records or not isinstance(records[0], dict):
        return []
    return records if records[0].get("eventSource") in _MAPPED else []


def _source_of(record: Record) -> str:
    """Give the queue, the table's stream, or the shard of a stream."""
    shard = str(record.get("eventID", "")).partition(":")[0] if "kinesis" in record else ""
    return f"{record.get('eventSourceARN')}/{shard}"


def _taken(batch: Batch, result: dict[str, Any]) -> Batch:
    """Say what the function took of a batch: nothing, or all that it did not name as failed."""
    if result.get("error"):
        return []
    refused = _refused(result)
    return [record for record in batch if record.get("messageId") not in refused] if refused else batch


def _refused(result: dict[str, Any]) -> set[str]:
    return {failure["itemIdentifier"] for failure in _body(result).get("batchItemFailures", [])}


def _with_refused(result: dict[str, Any], refused: set[str]) -> dict[str, Any]:
    failures = [{"itemIdentifier": one} for one in sorted(refused | _refused(result))]
    return {**result, "body": {**_body(result), "batchItemFailures": failures}}


def _body(result: dict[str, Any]) -> dict[str, Any]:
    body = result.get("body")
    if isinstance(body, str):
        body = json.loads(body)
    return body if isinstance(body, dict) else {}
