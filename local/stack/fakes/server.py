"""What the fakes share: a threaded HTTP/1.1 server on a free loopback port, and scripted faults."""

import contextlib
import json
import socket
import sys
import threading
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, ClassVar, Self
from urllib.parse import urlsplit

from pydantic import ValidationError


@dataclass(frozen=True)
class Request:
    """One call as it came in. The body may hold personal data, so it stays out of the repr."""

    method: str
    path: str
    body: bytes = field(repr=False)
    authorization: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Answer:
    """What goes back: a dict or list as JSON, a str as plain text."""

    status: int
    body: dict[str, Any] | str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Refusal:
    """A call that the service could not accept: which service, and why in a sentence without values."""

    service: str
    reason: str
    request: Request


class RefusedError(Exception):
    """The request does not fit the service's contract; its text is the sentence that says why."""


class Fake(ABC):
    """One service on 127.0.0.1, as a context manager; `calls` counts requests, faults included.

    With a `token` it answers 401 to whoever does not bear it.
    """

    name: ClassVar[str]

    def __init__(self) -> None:
        self.token: str | None = None
        self.refused: list[Refusal] = []
        self.calls = 0
        self.delay = 0.0
        self.lock = threading.Lock()
        self._faults: deque[Answer] = deque()
        self._closing = threading.Event()
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None

    @abstractmethod
    def answer(self, request: Request) -> Answer:
        """Do what the service does. Called under `lock`.

        Raises:
            RefusedError: the request does not fit.
        """

    @property
    def root(self) -> str:
        """The server's own URL, without a path."""
        if self._server is None:
            raise RuntimeError(f"The {self.name} fake is not running.")
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def url(self) -> str:
        """The URL that clients are given."""
        return self.root

    def fail_next(self, status: int, times: int = 1, headers: Mapping[str, str] | None = None) -> None:
        """Answers the next calls with this status (and headers such as Retry-After), work undone."""
        with self.lock:
            fault = Answer(status, "scripted fault", headers or {})
            self._faults.extend([fault] * times)

    def recover(self) -> None:
        """Forgets what is scripted: the next call is answered as it should be."""
        with self.lock:
            self._faults.clear()

    def respond(self, request: Request) -> Answer:
        """Give the answer to one call: a scripted fault, the service's own, or 422 with a sentence."""
        if self.delay:
            # An event, not a sleep: closing the fake does not have to wait for it.
            self._closing.wait(self.delay)
        with self.lock:
            self.calls += 1
            if self._faults:
                return self._faults.popleft()
            if self.token is not None and request.authorization != f"Bearer {self.token}":
                self.refused.append(Refusal(self.name, "It was called without its token.", request))
                return Answer(401, {"error": "Who are you?"})
            try:
                return self.answer(request)
            except RefusedError as error:
                self.refused.append(Refusal(self.name, str(error), request))
                return Answer(422, {"error": str(error)})

    def __enter__(self) -> Self:
        self._closing.clear()
        self._server = _Server(self)
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, name=self.name, daemon=True
        )
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stop serving and close every connection. What was received stays readable."""
        self._closing.set()
        if self._server is None or self._thread is None:
            return
        self._server.shutdown()
        self._server.close_connections()
        self._server.server_close()
        self._thread.join()
        self._server = self._thread = None


class _Server(ThreadingHTTPServer):
    # Handler threads are joined on close: nothing of a fake outlives its `with`.
    daemon_threads = False
    block_on_close = True
    # Many Lambda processes connect at once.
    request_queue_size = 128

    def __init__(self, fake: Fake) -> None:
        self.fake = fake
        self._connections: set[socket.socket] = set()
        super().__init__(("127.0.0.1", 0), _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._connections.discard(request)
        super().shutdown_request(request)

    def close_connections(self) -> None:
        """End idle keep-alive connections, whose threads would otherwise wait for another request."""
        for connection in list(self._connections):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a client that went away: that is its own business."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server
    # Head and body leave in one packet; apart, delayed acknowledgements cost 40 ms a call.
    wbufsize = -1
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        self._respond()

    def do_POST(self) -> None:
        self._respond()

    def _respond(self) -> None:
        length = self.headers.get("Content-Length", "0")
        body = self.rfile.read(int(length)) if length.isdecimal() else b""
        path = urlsplit(self.path).path
        answer = self.server.fake.respond(
            Request(self.command, path, body, self.headers.get("Authorization"))
        )
        text = answer.body if isinstance(answer.body, str) else json.dumps(answer.body, ensure_ascii=False)
        payload = text.encode()
        kind = "text/plain" if isinstance(answer.body, str) else "application/json"
        self.send_response(answer.status)
        for header, value in answer.headers.items():
            self.send_header(header, value)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (the base class's own name)
        """Says nothing: the live view owns the terminal."""


def sentence(what: str, error: ValidationError) -> str:
    """Give the first problem of a body as a sentence, without the values, which may be personal data."""
    problems = error.errors(include_input=False, include_url=False, include_context=False)
    where = ".".join(str(part) for part in problems[0]["loc"]) or "the body"
    more = f" ({len(problems) - 1} more)" if len(problems) > 1 else ""
    return f"{what} does not fit: {where}: {problems[0]['msg']}{more}."
