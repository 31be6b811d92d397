"""A way to AWS on which a function's process is killed (-9) at a chosen call, before or after its work.

A function's own `AWS_ENDPOINT_URL` points here. Processes are looked up in /proc, so this is for Linux.
"""

import contextlib
import copy
import http.client
import os
import signal
import threading
from collections.abc import Collection
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

Moment = Literal["before", "after"]
_OF_THE_WAY = {"connection", "content-length", "transfer-encoding"}


@dataclass
class Plan:
    """Which calls of an operation kill a function: by their number, from 1 on, and when.

    Attributes:
        function: its name in the template, without "Function".
        operation: `PutItem`; for S3, which names none, method and path: `PUT */manifest.json`.
        kills: when to kill, by the number of the call.
        about: what stands in the bodies of those calls that count, where other functions call the same.
    """

    function: str
    operation: str
    kills: dict[int, Moment]
    about: str = ""
    killed: list[Moment] = field(default_factory=list)
    calls: int = 0

    def counts(self, operation: str, body: bytes) -> bool:
        """Counts a call if it is one of the plan's."""
        found = fnmatchcase(operation, self.operation) and self.about.encode() in body
        self.calls += found
        return found

    @property
    def done(self) -> bool:
        """Whether everybody is dead who was to die."""
        return len(self.killed) == len(self.kills)


class Killer:
    """The way, as a context manager; `port` is that of the embedded AWS behind it.

    Args:
        plans: who dies; may be exchanged for others later.
        functions: who goes this way beside those that the plans name.
    """

    def __init__(self, *plans: Plan, functions: Collection[str] = ()) -> None:
        self.plans: Collection[Plan] = plans
        self.port = 0
        self._functions = {*functions, *(plan.function for plan in plans)}
        self._lock = threading.Lock()
        self._server = _Server(self)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})

    @property
    def url(self) -> str:
        """What the functions are given for an endpoint."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def in_the_way_of(self, document: dict[str, Any]) -> dict[str, Any]:
        """A template whose functions go this way."""
        changed = copy.deepcopy(document)
        for name in self._functions:
            function = changed["Resources"][f"{name}Function"]["Properties"]
            function.setdefault("Environment", {}).setdefault("Variables", {})["AWS_ENDPOINT_URL"] = self.url
        return changed

    def planned(self, operation: str, body: bytes) -> tuple[Plan, Moment] | None:
        """Counts a call; what is to happen to it, if anything."""
        with self._lock:
            for plan in [plan for plan in self.plans if plan.counts(operation, body)]:
                if plan.calls in plan.kills:
                    return plan, plan.kills[plan.calls]
        return None

    def kill(self, plan: Plan, moment: Moment) -> None:
        """Kills every process of a plan's function."""
        for process in processes_of(plan.function, self.url):
            # Another call's plan may have killed it since it was found.
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        plan.killed.append(moment)


def processes_of(function: str, url: str) -> list[int]:
    """Processes that run a function of this very stack, by the name and the endpoint in their environment."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                variables = (entry / "environ").read_bytes().split(b"\0")
                name = next((one for one in variables if one.startswith(b"AWS_LAMBDA_FUNCTION_NAME=")), b"")
                ours = f"AWS_ENDPOINT_URL={url}".encode() in variables
                if ours and name.decode().lower().replace("-", "").endswith(function.lower()):
                    found.append(int(entry.name))
    return found


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, killer: Killer) -> None:
        self.killer = killer
        super().__init__(("127.0.0.1", 0), _Handler)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    server: _Server

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length", "0"))
        body = self.rfile.read(length)
        if len(body) < length:
            # Killed by another call while sending this one, which therefore never reaches AWS.
            self.close_connection = True
            return
        killer = self.server.killer
        planned = killer.planned(self._operation(), body)
        answer = b""
        if planned is None or planned[1] == "after":
            answer = self._forward(body)
        if planned is None:
            self.wfile.write(answer)
            return
        killer.kill(*planned)
        self.close_connection = True

    def handle_expect_100(self) -> bool:
        """Says at once that the body may come: unflushed, botocore waits a second before it sends it."""
        going_on = super().handle_expect_100()
        self.wfile.flush()
        return going_on

    do_GET = do_PUT = do_HEAD = do_DELETE = do_POST  # noqa: N815 (the base class's own names)

    def _operation(self) -> str:
        target = self.headers.get("X-Amz-Target")
        return target.rpartition(".")[2] if target else f"{self.command} {self.path.partition('?')[0]}"

    def _forward(self, body: bytes) -> bytes:
        """The request as it is, signature and all; the answer as it goes back."""
        way = http.client.HTTPConnection("127.0.0.1", self.server.killer.port, timeout=60)
        with contextlib.closing(way):
            way.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
            for name, value in self.headers.items():
                if name.lower() != "expect":
                    way.putheader(name, value)
            way.endheaders(body)
            answer = way.getresponse()
            content = answer.read()
        headers = [(name, value) for name, value in answer.getheaders() if name.lower() not in _OF_THE_WAY]
        head = [f"HTTP/1.1 {answer.status} {answer.reason}", *(f"{name}: {value}" for name, value in headers)]
        # Of a HEAD, the length of what is not sent.
        length = answer.getheader("Content-Length") if self.command == "HEAD" else None
        head.append(f"Content-Length: {length or len(content)}")
        return "\r\n".join([*head, "", ""]).encode("latin-1") + content

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (the base class's own name)
        """Says nothing."""
