"""An AWS that takes everything and keeps nothing: what a client costs, and nothing else.

PutRecords succeeds, S3 serves a folder and forgets writes, DynamoDB merges into nothing. A process of its
own (`python -m bench.null_aws FOLDER new|stored`, which prints its port), so that what it costs is not
counted with what is measured. `new`: no item is in the table yet. `stored`: every item that is asked for is
there, with other values and an older stamp, so that every write is an update.
"""

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from aiohttp import web

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
                "AWS_ENDPOINT_URL": process.stdout.readline().strip(),
                "AWS_ACCESS_KEY_ID": "bench",
                "AWS_SECRET_ACCESS_KEY": "bench",
                "AWS_DEFAULT_REGION": "us-east-1",
                "POWERTOOLS_TRACE_DISABLED": "true",
            }
        finally:
            process.terminate()


def _answer(operation: str, body: bytes, *, stored: bool) -> dict[str, Any]:
    if operation == "PutRecords":
        return {"FailedRecordCount": 0, "Records": [_TAKEN] * body.count(b'"PartitionKey"')}
    if operation == "BatchExecuteStatement":
        return {"Responses": [{"TableName": "demand"}] * body.count(b'"Statement":')}
    if operation == "BatchGetItem":
        ((table, asked),) = json.loads(body)["RequestItems"].items()
        items = [{**key, **_OLD} for key in asked["Keys"]] if stored else []
        return {"Responses": {table: items}, "UnprocessedKeys": {}}
    if operation == "UpdateItem":
        return {"Attributes": _OLD} if stored else {}
    return {"UnprocessedItems": {}} if operation == "BatchWriteItem" else {}


def main(folder: Path, items: str) -> None:
    """Serve until somebody ends it."""

    async def post(request: web.Request) -> web.Response:
        operation = request.headers["X-Amz-Target"].rpartition(".")[2]
        found = _answer(operation, await request.read(), stored=items == "stored")
        return web.json_response(found, content_type="application/x-amz-json-1.1")

    async def put(request: web.Request) -> web.Response:
        await request.read()
        return web.Response(headers={"ETag": '"0"'})

    async def tell(app: web.Application) -> None:
        del app
        print(f"http://{host}:{port}", flush=True)

    app = web.Application(client_max_size=2**26)
    app.router.add_post("/", post)
    app.router.add_put("/{key:.*}", put)
    app.router.add_static("/", folder)
    app.on_startup.append(tell)
    listening = socket.create_server(("127.0.0.1", 0))
    host, port = listening.getsockname()
    web.run_app(app, sock=listening, print=None, access_log=None)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
