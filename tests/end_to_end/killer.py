"""A way to DynamoDB on which a function's process is killed (-9) at a chosen call, before or after its work.

A function's own `AWS_ENDPOINT_URL` points here. Processes are looked up in /proc, so this is for Linux.
"""

import contextlib
import copy
import http.client
import os
import signal
import threading
from collections import Counter
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

Moment = Literal["before", "after"]
_OF_THE_WAY = {"connection", "content-length", "transfer-encoding"}


@dataclass
class Plan:
    """Which calls of an operation kill a function: by their number, from 1 on, and when."""

    function: str
    operation: str
    kills: dict[int, Moment]
    killed: list[Moment] = field(default_factory=list)

    @property
    def done(self) -> bool:
        """Whether everybody is dead who was to die."""
        return len(self.killed) == len(self.kills)


class Killer:
    """The way, as a context manager; `port` is that of the embedded AWS behind it."""

    def __init__(self, *plans: Plan) -> None:
        self.plans = plans
        self.port = 0
        self._calls: Counter[str] = Counter()
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
        """A template whose plans' functions go this way."""
        changed = copy.deepcopy(document)
        for plan in self.plans:
            function = changed["Resources"][f"{plan.function}Function"]["Properties"]
            function.setdefault("Environment", {}).setdefault("Variables", {})["AWS_ENDPOINT_URL"] = self.url
        return changed

    def planned(self, target: str) -> tuple[Plan, Moment] | None:
        """Counts a call; what is to happen to it, if anything."""
        operation = target.rpartition(".")[2]
        with self._lock:
            self._calls[operation] += 1
            number = self._calls[operation]
        for plan in self.plans:
            if plan.operation == operation and number in plan.kills:
                return plan, plan.kills[number]
        return None


def kill(plan: Plan, moment: Moment) -> None:
    """Kills every process of a plan's function."""
    for process in processes_of(plan.function):
        os.kill(process, signal.SIGKILL)
    plan.killed.append(moment)


def processes_of(function: str) -> list[int]:
    """Processes that run a function of a stack, by the name in their environment."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                variables = (entry / "environ").read_bytes().split(b"\0")
                name = next((one for one in variables if one.startswith(b"AWS_LAMBDA_FUNCTION_NAME=")), b"")
                if name.decode().lower().endswith(f"-{function.lower()}"):
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
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        planned = self.server.killer.planned(self.headers.get("X-Amz-Target", ""))
        answer = b""
        if planned is None or planned[1] == "after":
            answer = self._forward(body)
        if planned is None:
            self.wfile.write(answer)
            return
        kill(*planned)
        self.close_connection = True

    def do_GET(self) -> None:
        self.do_POST()

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
        head.append(f"Content-Length: {len(content)}")
        return "\r\n".join([*head, "", ""]).encode("latin-1") + content

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (the base class's own name)
        """Says nothing."""
