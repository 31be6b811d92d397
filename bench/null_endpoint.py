"""An AWS that takes everything and does nothing: PutRecords succeeds, S3 serves a folder and forgets writes.

A process of its own (`python -m bench.null_endpoint FOLDER`, which prints its port), so that what it costs is
not counted with what is measured.
"""

import asyncio
import sys
from functools import cache
from pathlib import Path
from typing import cast

_BLANK_LINE = b"\r\n\r\n"


class NullAws(asyncio.Protocol):
    """One connection; requests come one after the other."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._buffer = bytearray()
        self._head = b""
        self._awaited = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keeps the way back."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Collects a request and answers it once it is whole."""
        self._buffer += data
        while True:
            if not self._head:
                end = self._buffer.find(_BLANK_LINE)
                if end < 0:
                    return
                self._head = bytes(self._buffer[:end])
                del self._buffer[: end + len(_BLANK_LINE)]
                self._awaited = int(_header(self._head, b"content-length") or 0)
                if _header(self._head, b"expect"):
                    self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            if len(self._buffer) < self._awaited:
                return
            body = bytes(self._buffer[: self._awaited])
            del self._buffer[: self._awaited]
            self._transport.write(self._answer(self._head, body))
            self._head = b""

    def _answer(self, head: bytes, body: bytes) -> bytes:
        method, path, _ = head.split(b" ", 2)
        if method == b"POST":
            return _put_records_answer(body.count(b'"PartitionKey"'))
        if method == b"PUT":
            return _response(b"200 OK", b"")
        return self._object(head, path.decode(), with_body=method == b"GET")

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


@cache
def _put_records_answer(records: int) -> bytes:
    """What Kinesis says to a call whose records were all taken."""
    one = b'{"SequenceNumber":"%s","ShardId":"shardId-000000000000"}' % (b"4" * 56)
    return _response(b"200 OK", b'{"FailedRecordCount":0,"Records":[%s]}' % b",".join([one] * records))


async def serve(folder: Path) -> None:
    """Serves on a free port of 127.0.0.1, which is printed, until the process is ended."""
    server = await asyncio.get_running_loop().create_server(lambda: NullAws(folder), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1])))
