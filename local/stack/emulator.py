"""Runs MiniStack with four gaps closed.

- MiniStack 1.5.33 applies `INSERT` and `UPDATE` statements without a stream record, where DynamoDB writes one
  as for any other change. The upserts are such statements and the counts live off that stream. The version
  is pinned, and a test says when a newer one needs this no longer: each record would be on the stream twice.
- It checks policies without `dynamodb:LeadingKeys`, so that a right to some items would be one to all. Here
  the keys of requests are told to the policies; those of PartiQL statements are not.
- Of an object's version it gives all bytes where a range is asked for; Prepare reads versions in ranges.
- It waits 50 ms for the first line of a log: on a busy machine later ones would only be shown with those of
  the function's next call. All functions here say something, so a longer wait costs nothing.

With `VF_CHAOS=redeliver` in its environment, every batch of a stream or a queue is delivered twice (see
`local/stack/chaos/redelivery.py`). A program of its own, started by its path in the embedded AWS's bare
interpreter, where nothing of ours can be imported.
"""

import json
import os
import re
import sys
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

from ministack.app import main
from ministack.core import iam_actions, lambda_runtime
from ministack.services import dynamodb, lambda_svc, s3

# Seconds: for the first line of a log, for silence after a line, for all of it.
_LOG_WAITS = (1.0, 0.005, 1.25)
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


def _with_leading_keys(context_of: Callable[[bytes], dict[str, Any]]) -> Callable[[bytes], dict[str, Any]]:
    """MiniStack's own context of a request, and the partition keys in it."""

    def with_keys(body: bytes) -> dict[str, Any]:
        context = context_of(body)
        try:
            found = sorted(set(_partition_keys(json.loads(body or b"{}"))))
        except ValueError:
            return context
        return {**context, "dynamodb:LeadingKeys": found} if found else context

    return with_keys


def _partition_keys(part: Any) -> Iterator[str]:
    """Give the keys wherever one stands: in `Key`, in `Item`, in a batch's list, a transaction's, a query."""
    if isinstance(part, list):
        for one in part:
            yield from _partition_keys(one)
    elif isinstance(part, dict):
        key = part.get("PK")
        if isinstance(key, dict) and isinstance(key.get("S"), str):
            yield key["S"]
            return
        asked = re.match(r"PK = (:\w+)", str(part.get("KeyConditionExpression")))
        values = part.get("ExpressionAttributeValues")
        if asked and isinstance(values, dict) and asked[1] in values:
            yield values[asked[1]]["S"]
            return
        for one in part.values():
            yield from _partition_keys(one)


def _in_ranges(get: Callable[..., Any]) -> Callable[..., Any]:
    """MiniStack's own answer and, of the version that it gives whole, the bytes that were asked for."""

    def ranged(bucket: str, key: str, headers: dict[str, str], query: Any = None) -> Any:
        if "range" not in headers:
            return get(bucket, key, headers, query)
        # The whole object's checksum fits no part of it.
        status, found, body = get(bucket, key, {**headers, "x-amz-checksum-mode": ""}, query)
        asked = s3._parse_range(headers["range"], len(body)) if status == 200 else None
        if asked is None:
            return status, found, body
        first, last = asked
        part = body[first : last + 1]
        place = {"Content-Range": f"bytes {first}-{last}/{len(body)}", "Content-Length": str(len(part))}
        return 206, {**found, **place}, part

    return ranged


def _loaded(name: str, path: Path) -> Any:
    """Give a module by its path."""
    spec = spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    # Where dataclasses look for the module that they are defined in.
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def _say(line: str) -> None:
    """One whole line of the log at a time, whichever thread speaks."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    dynamodb._set_item = _stored
    dynamodb._partiql_insert = _marked(dynamodb._partiql_insert)
    dynamodb._partiql_update = _marked(dynamodb._partiql_update)
    iam_actions.dynamodb_service_context = _with_leading_keys(iam_actions.dynamodb_service_context)
    s3._get_object = _in_ranges(s3._get_object)
    lambda_runtime.Worker._drain_stderr_bounded.__defaults__ = _LOG_WAITS
    _loaded("parent", Path(__file__).with_name("parent.py")).end_with_parent()
    redelivery = _loaded("redelivery", Path(__file__).parent / "chaos" / "redelivery.py")
    if os.environ.get(redelivery.VARIABLE) == redelivery.Chaos.redeliver:
        lambda_svc._execute_function = redelivery.Redelivery(lambda_svc._execute_function, _say)
    main()
