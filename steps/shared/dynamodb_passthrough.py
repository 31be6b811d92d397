"""Passes batches of DynamoDB items through botocore as plain JSON.

Our items are in DynamoDB's own JSON from the start. botocore walks through every attribute of every one of
them, to check it, to copy it into a request and out of an answer, and ends with the same JSON: for batches
more than half of what a write costs. Its events let the two batch operations go around that walk. All the
rest, signing, retries, errors and endpoints, stays botocore's.

A Lambda runtime brings a botocore of its own, older than the lock's: one that lacks an event walks as ever.
"""

import json
from typing import Any

_WRITE, _READ = "BatchExecuteStatement", "BatchGetItem"
_KEPT = "arguments_as_they_are"


def pass_batches_through(client: Any) -> None:
    """Register with a DynamoDB client; do nothing to one that speaks anything but JSON."""
    if _protocol(client.meta.service_model) != "json":
        return
    events = client.meta.events
    events.register(f"provide-client-params.dynamodb.{_WRITE}", _take_statements_out)
    events.register(f"provide-client-params.dynamodb.{_READ}", _take_keys_out)
    for operation in (_WRITE, _READ):
        events.register(f"before-call.dynamodb.{operation}", _put_in)
        events.register(f"before-parse.dynamodb.{operation}", _read)


def _protocol(model: Any) -> str:
    """Return what the client speaks: one protocol, or the one that a newer botocore has chosen of several."""
    return str(getattr(model, "resolved_protocol", None) or model.protocol)


def _take_statements_out(params: dict[str, Any], context: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Keep the call's arguments from being walked through; something has to stand in for them."""
    context[_KEPT] = params
    return {"Statements": [{"Statement": "-"}]}


def _take_keys_out(params: dict[str, Any], context: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Do the same for a read; the tables stay, since botocore finds the endpoint by them."""
    context[_KEPT] = params
    return {"RequestItems": {table: {"Keys": [{"-": {"S": "-"}}]} for table in params["RequestItems"]}}


def _put_in(params: dict[str, Any], context: dict[str, Any], **_: Any) -> None:
    """Write them into the request, which is not signed yet."""
    params["body"] = json.dumps(context.pop(_KEPT), separators=(",", ":")).encode()


def _read(response_dict: dict[str, Any], customized_response_dict: dict[str, Any], **_: Any) -> None:
    """Read an answer that is not an error, and leave the parser nothing but its headers."""
    if response_dict["status_code"] == 200:
        customized_response_dict.update(json.loads(response_dict["body"]))
        response_dict["body"] = b"{}"
