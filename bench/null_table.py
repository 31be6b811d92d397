"""A DynamoDB that takes everything and keeps nothing: what a client costs, and nothing else.

A process of its own (`python -m bench.null_table new|stored`, which prints its port), so that what it costs
is not counted with what is measured. `new`: no item is there yet. `stored`: every item that is asked for is
there, with other values and an older stamp, so that every write is an update.
"""

import asyncio
import json
import sys
from typing import Any, cast

_BLANK_LINE = b"\r\n\r\n"
_OLD = {
    "score": {"N": "0.125"},
    "isVerified": {"BOOL": False},
    "tags": {"L": [{"S": "old"}]},
    "events": {"L": [{"S": "london"}]},
    "scoredAt": {"S": "2020-01-01T00:00:00.000Z"},
    "runId": {"S": "20200101T000000000Z-00000000"},
}


class NullTable(asyncio.Protocol):
    """One connection; requests come one after the other."""

    def __init__(self, *, stored: bool) -> None:
        self._stored = stored
        self._buffer = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keeps the way back."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Answers every request that is whole."""
        self._buffer += data
        while (end := self._buffer.find(_BLANK_LINE)) >= 0:
            head = bytes(self._buffer[:end]).lower()
            body_from = end + len(_BLANK_LINE)
            length = int(_header(head, b"content-length") or 0)
            if len(self._buffer) < body_from + length:
                return
            body = bytes(self._buffer[body_from : body_from + length])
            del self._buffer[: body_from + length]
            answer = json.dumps(self._answer(_header(head, b"x-amz-target"), body)).encode()
            self._transport.write(
                b"HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-json-1.0\r\nx-amzn-RequestId: 0\r\n"
                b"Content-Length: %d\r\n\r\n%s" % (len(answer), answer)
            )

    def _answer(self, target: bytes, body: bytes) -> dict[str, Any]:
        if target.endswith(b"batchexecutestatement"):
            return {"Responses": [{"TableName": "demand"}] * body.count(b'"Statement":')}
        if target.endswith(b"batchgetitem"):
            ((table, asked),) = json.loads(body)["RequestItems"].items()
            items = [{**key, **_OLD} for key in asked["Keys"]] if self._stored else []
            return {"Responses": {table: items}, "UnprocessedKeys": {}}
        if target.endswith(b"updateitem"):
            return {"Attributes": _OLD} if self._stored else {}
        return {"UnprocessedItems": {}} if target.endswith(b"batchwriteitem") else {}


def _header(head: bytes, name: bytes) -> bytes:
    for line in head.split(b"\r\n")[1:]:
        found, _, value = line.partition(b":")
        if found == name:
            return value.strip()
    return b""


async def serve(*, stored: bool) -> None:
    """Serves on a free port of 127.0.0.1, which is printed, until the process is ended."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: NullTable(stored=stored), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(stored=sys.argv[1] == "stored"))
