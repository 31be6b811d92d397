"""Lambda's runtime API (2018-06-01) for one process: an event to fetch, an answer or an error to hand in."""

import json
import queue
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Literal

from local.stack.embedded import CREDENTIALS, REGION

_ROOT = "/2018-06-01/runtime"
_REQUEST = "8476a536-e9f4-11e8-9739-2dfe598c3fcd"
_SECONDS = 120


@dataclass(frozen=True)
class Answer:
    """What came of an invocation, or of the start where the handler could not even be loaded."""

    kind: Literal["response", "error", "init_error"]
    body: Any
    log: str

    @property
    def result(self) -> Any:
        """The handler's answer; an error fails the test with what was logged."""
        assert self.kind == "response", f"{self.body}\n{self.log}"
        return self.body


def invoke(
    command: list[str], folder: Path, environment: dict[str, str], event: Any, function: str = "function"
) -> Answer:
    """Starts a function's process in a new execution environment, has it handle one event, and ends it."""
    given: queue.Queue[tuple[Literal["response", "error", "init_error"], Any]] = queue.Queue()
    with _api(event, given, function) as address, (folder.parent / f"{function}.log").open("w+b") as log:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=environment | _lambdas_own(address, folder, function),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            kind, body = _first(given, process)
        finally:
            process.kill()
            process.wait()
            log.seek(0)
            said = log.read().decode(errors="replace")
    return Answer(kind, body, said)


def _lambdas_own(address: str, folder: Path, function: str) -> dict[str, str]:
    """The variables that Lambda itself sets."""
    return {
        "AWS_LAMBDA_RUNTIME_API": address,
        "AWS_LAMBDA_FUNCTION_NAME": function,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "1024",
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{function}",
        "AWS_LAMBDA_LOG_STREAM_NAME": "stream",
        "AWS_XRAY_DAEMON_ADDRESS": "127.0.0.1:2000",
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        **{name.upper(): value for name, value in CREDENTIALS.items()},
        "LAMBDA_TASK_ROOT": str(folder),
        "TZ": ":UTC",
        # Nothing beside /tmp can be written there; here it is looked at afterwards.
        "HOME": str(folder.parent / "no-home"),
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def _first(given: "queue.Queue[Any]", process: subprocess.Popen[bytes]) -> Any:
    for _ in range(_SECONDS * 10):
        try:
            return given.get(timeout=0.1)
        except queue.Empty:
            if process.poll() is not None and given.empty():
                return "init_error", f"the process ended with {process.returncode} and said nothing"
    return "error", f"no answer within {_SECONDS} s"


@contextmanager
def _api(event: Any, given: "queue.Queue[Any]", function: str) -> Iterator[str]:
    over = threading.Event()
    waiting = iter([event])
    headers = {
        "Lambda-Runtime-Aws-Request-Id": _REQUEST,
        "Lambda-Runtime-Deadline-Ms": "4102444800000",
        "Lambda-Runtime-Invoked-Function-Arn": f"arn:aws:lambda:{REGION}:0:function:{function}",
        "Lambda-Runtime-Trace-Id": "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Sampled=1",
    }

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path != f"{_ROOT}/invocation/next":
                self.send_error(404)
                return
            for one in waiting:
                self._send(200, one, headers)
                return
            # As Lambda freezes a process that has nothing to do.
            over.wait(_SECONDS)

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])) or b"null")
            kinds = {
                f"{_ROOT}/invocation/{_REQUEST}/response": "response",
                f"{_ROOT}/invocation/{_REQUEST}/error": "error",
                f"{_ROOT}/init/error": "init_error",
            }
            if self.path not in kinds:
                self.send_error(404)
                return
            self._send(202, {"status": "OK"}, {})
            given.put((kinds[self.path], body))

        def _send(self, status: int, body: Any, headers: dict[str, str]) -> None:
            content = json.dumps(body).encode()
            self.send_response(status)
            for name, value in {**headers, "Content-Type": "application/json"}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *args: Any) -> None:
            """Said nowhere."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_address[1]}"
    finally:
        over.set()
        server.shutdown()
        server.server_close()
        thread.join()
