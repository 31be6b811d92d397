"""Runs MiniStack with one gap closed: PartiQL writes appear on the table's stream.

MiniStack 1.5.33 applies `INSERT` and `UPDATE` statements without a stream record, where DynamoDB writes
one as for any other change. The upserts are such statements and the counts live off that stream, so
without this the laptop could only run other code than the cloud does. The version is pinned, and a test
says when a newer one no longer needs this: each record would then be on the stream twice.

A program of its own, started by its path in the embedded AWS's bare interpreter: it imports nothing of ours.
"""

from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from ministack.app import main
from ministack.services import dynamodb

_writing = ContextVar("a PartiQL statement is being written", default=False)
_store: Callable[..., Any] = dynamodb._set_item


def _stored(table: dict[str, Any], partition_key: str, sort_key: str, item: dict[str, Any]) -> Any:
    """MiniStack's own store, and the stream record that it leaves out."""
    before = _store(table, partition_key, sort_key, item)
    if _writing.get():
        change = "INSERT" if before is None else "MODIFY"
        dynamodb._emit_stream_event(table["TableName"], change, before, item)
    return before


def _marked(write: Callable[..., Any]) -> Callable[..., Any]:
    def marked(*arguments: Any) -> Any:
        token = _writing.set(True)
        try:
            return write(*arguments)
        finally:
            _writing.reset(token)

    return marked


if __name__ == "__main__":
    dynamodb._set_item = _stored
    dynamodb._partiql_insert = _marked(dynamodb._partiql_insert)
    dynamodb._partiql_update = _marked(dynamodb._partiql_update)
    main()
