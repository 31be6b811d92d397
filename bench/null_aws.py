"""An AWS that takes everything and keeps nothing: what a client costs, and nothing else.

PutRecords succeeds, S3 serves a folder and forgets writes, DynamoDB merges into nothing. A process of its
own (`python -m bench.null_aws FOLDER new|stored`, which prints its port), so that what it costs is not
counted with what is measured. `new`: no item is in the table yet. `stored`: every item that is asked for is
there, with other values and an older stamp, so that every write is an update.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from bench.measured import ROOT

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


class _NullAws(BaseHTTPRequestHandler):
    """One connection; requests come one after the other."""

    protocol_version = "HTTP/1.1"
    # Head and body leave in one packet; apart, delayed acknowledgements cost 40 ms a call.
    wbufsize = -1
    disable_nagle_algorithm = True
    folder: Path
    stored: bool

    def do_POST(self) -> None:
        operation = self.headers["X-Amz-Target"].rpartition(".")[2]
        self._answer(200, json.dumps(self._json(operation, self._body())).encode())

    def do_PUT(self) -> None:
        self._body()
        self._answer(200)

    def do_GET(self) -> None:
        file = self.folder / self.path.partition("?")[0].lstrip("/")
        if not file.is_file():
            self._answer(404)
            return
        content, wanted = file.read_bytes(), self.headers.get("Range")
        if not wanted:
            self._answer(200, content)
            return
        first, _, last = wanted.removeprefix("bytes=").partition("-")
        start = int(first) if first else max(len(content) - int(last), 0)
        end = min(int(last) + 1, len(content)) if first and last else len(content)
        self._answer(206, content[start:end], f"bytes {start}-{end - 1}/{len(content)}")

    def do_HEAD(self) -> None:
        self.do_GET()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (the base class's own name)
        pass

    def _body(self) -> bytes:
        return self.rfile.read(int(self.headers["Content-Length"] or 0))

    def _json(self, operation: str, body: bytes) -> dict[str, Any]:
        if operation == "PutRecords":
            return {"FailedRecordCount": 0, "Records": [_TAKEN] * body.count(b'"PartitionKey"')}
        if operation == "BatchExecuteStatement":
            return {"Responses": [{"TableName": "demand"}] * body.count(b'"Statement":')}
        if operation == "BatchGetItem":
            ((table, asked),) = json.loads(body)["RequestItems"].items()
            items = [{**key, **_OLD} for key in asked["Keys"]] if self.stored else []
            return {"Responses": {table: items}, "UnprocessedKeys": {}}
        if operation == "UpdateItem":
            return {"Attributes": _OLD} if self.stored else {}
        return {"UnprocessedItems": {}} if operation == "BatchWriteItem" else {}

    def _answer(self, status: int, content: bytes = b"", part: str | None = None) -> None:
        self.send_response(status)
        for name, value in (
            ("Content-Type", "application/x-amz-json-1.1"),
            ("Content-Length", str(len(content))),
            ("Content-Range", part),
            ("ETag", '"0"'),
            ("Last-Modified", "Thu, 01 Jan 2026 00:00:00 GMT"),
            ("x-amzn-RequestId", "0"),
        ):
            if value is not None:
                self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)


if __name__ == "__main__":
    _NullAws.folder, _NullAws.stored = Path(sys.argv[1]), sys.argv[2] == "stored"
    with ThreadingHTTPServer(("127.0.0.1", 0), _NullAws) as server:
        print(server.server_address[1], flush=True)
        server.serve_forever()
