"""An AWS that takes everything and keeps nothing: what a client costs, and nothing else.

PutRecords succeeds, S3 serves a folder and forgets writes, DynamoDB merges into nothing. A process of its
own (`python -m bench.null_aws FOLDER new|stored`, which prints its port), so that what it costs is not
counted with what is measured. `new`: no item is in the table yet. `stored`: every item that is asked for is
there, with other values and an older stamp, so that every write is an update.
"""

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

from bench.measured import ROOT

_BLANK_LINE = b"\r\n\r\n"
_OLD = {
    "score": {"N": "0.125"},
    "isVerified": {"BOOL": False},
    "tags": {"L": [{"S": "old"}]},
    "events": {"L": [{"S": "london"}]},
    "scoredAt": {"S": "2020-01-01T00:00:00.000Z"},
    "runId": {"S": "20200101T000000000Z-00000000"},
}
_TAKEN = {"SequenceNumber": "4" * 56, "ShardId": "shardId-000000000000"}


@contextmanager
def null_aws(folder: Path, items: str = "new") -> Iterator[dict[str, str]]:
    """Run it, and give the environment in which boto3 and Polars find it."""
    command = [sys.executable, "-m", "bench.null_aws", str(folder), items]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield {
                "AWS_ENDPOINT_URL": f"http://127.0.0.1:{process.stdout.readline().strip()}",
                "AWS_ACCESS_KEY_ID": "bench",
                "AWS_SECRET_ACCESS_KEY": "bench",
                "AWS_DEFAULT_REGION": "us-east-1",
                "POWERTOOLS_TRACE_DISABLED": "true",
            }
        finally:
            process.terminate()


class NullAws(asyncio.Protocol):
    """One connection; requests come one after the other."""

    def __init__(self, folder: Path, *, stored: bool) -> None:
        self._folder = folder
        self._stored = stored
        self._buffer = bytearray()
        self._head = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way back."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Answer every request that is whole."""
        self._buffer += data
        while True:
            if not self._head:
                end = self._buffer.find(_BLANK_LINE)
                if end < 0:
                    return
                self._head = bytes(self._buffer[:end])
                del self._buffer[: end + len(_BLANK_LINE)]
                if _header(self._head, b"expect"):
                    self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            length = int(_header(self._head, b"content-length") or 0)
            if len(self._buffer) < length:
                return
            body = bytes(self._buffer[:length])
            del self._buffer[:length]
            self._transport.write(self._answer(self._head, body))
            self._head = b""

    def _answer(self, head: bytes, body: bytes) -> bytes:
        method, path, _ = head.split(b" ", 2)
        if method == b"POST":
            operation = _header(head, b"x-amz-target").rpartition(b".")[2].decode()
            return _response(b"200 OK", json.dumps(self._json(operation, body)).encode())
        if method == b"PUT":
            return _response(b"200 OK", b"")
        return self._object(head, path.decode(), with_body=method == b"GET")

    def _json(self, operation: str, body: bytes) -> dict[str, Any]:
        if operation == "PutRecords":
            return {"FailedRecordCount": 0, "Records": [_TAKEN] * body.count(b'"PartitionKey"')}
        if operation == "BatchExecuteStatement":
            return {"Responses": [{"TableName": "demand"}] * body.count(b'"Statement":')}
        if operation == "BatchGetItem":
            ((table, asked),) = json.loads(body)["RequestItems"].items()
            items = [{**key, **_OLD} for key in asked["Keys"]] if self._stored else []
            return {"Responses": {table: items}, "UnprocessedKeys": {}}
        if operation == "UpdateItem":
            return {"Attributes": _OLD} if self._stored else {}
        return {"UnprocessedItems": {}} if operation == "BatchWriteItem" else {}

    def _object(self, head: bytes, path: str, *, with_body: bool) -> bytes:
        file = self._folder / path.partition("?")[0].lstrip("/")
        if not file.is_file():
            return _response(b"404 Not Found", b"")
        content = file.read_bytes()
        wanted = _header(head, b"range")
        if not wanted:
            return _response(b"200 OK", content, with_body=with_body)
        first, _, last = wanted.removeprefix(b"bytes=").partition(b"-")
        start = int(first) if first else max(len(content) - int(last), 0)
        end = min(int(last) + 1, len(content)) if first and last else len(content)
        where = b"Content-Range: bytes %d-%d/%d\r\n" % (start, end - 1, len(content))
        return _response(b"206 Partial Content", content[start:end], where, with_body=with_body)


def _header(head: bytes, name: bytes) -> bytes:
    for line in head.split(b"\r\n")[1:]:
        found, _, value = line.partition(b":")
        if found.lower() == name:
            return value.strip()
    return b""


def _response(status: bytes, body: bytes, headers: bytes = b"", *, with_body: bool = True) -> bytes:
    return (
        b'HTTP/1.1 %s\r\nContent-Length: %d\r\nETag: "0"\r\nx-amzn-RequestId: 0\r\n'
        b"Last-Modified: Thu, 01 Jan 2026 00:00:00 GMT\r\nContent-Type: application/x-amz-json-1.1\r\n"
        b"%s\r\n" % (status, len(body), headers)
    ) + (body if with_body else b"")


async def serve(folder: Path, *, stored: bool) -> None:
    """Serve on a free port of 127.0.0.1, which is printed, until the process is ended."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: NullAws(folder, stored=stored), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1]), stored=sys.argv[2] == "stored"))
