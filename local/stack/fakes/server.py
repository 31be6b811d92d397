"""What the fakes share: a threaded HTTP server on a free loopback port, and scripted faults."""

import json
import sys
import threading
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
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

    @abstractmethod
    def answer(self, request: Request) -> Answer:
        """Do what the service does. Called under `lock`.

        Raises:
            RefusedError: the request does not fit.
        """

    @property
    def url(self) -> str:
        """The URL that clients are given."""
        if self._server is None:
            raise RuntimeError(f"The {self.name} fake is not running.")
        return f"http://127.0.0.1:{self._server.server_address[1]}"

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
        self._server = _Server(("127.0.0.1", 0), partial(_Handler, self))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), name=self.name)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        assert self._server is not None
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        self._server = None


class _Server(ThreadingHTTPServer):
    # Handler threads are joined on close: nothing of a fake outlives its `with`.
    daemon_threads = False
    # Many Lambda processes connect at once.
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a client that went away: that is its own business."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    """A call, a connection: as HTTP/1.0 has it, so that none is idle when the fake closes."""

    # Head and body leave in one packet; apart, delayed acknowledgements cost 40 ms a call.
    wbufsize = -1
    timeout = 10

    def __init__(self, fake: Fake, *connection: Any) -> None:
        self._fake = fake
        super().__init__(*connection)

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        path = urlsplit(self.path).path
        answer = self._fake.respond(Request(self.command, path, body, self.headers.get("Authorization")))
        text = answer.body if isinstance(answer.body, str) else json.dumps(answer.body, ensure_ascii=False)
        kind = "text/plain" if isinstance(answer.body, str) else "application/json"
        self.send_response(answer.status)
        headers = {**answer.headers, "Content-Type": f"{kind}; charset=utf-8"}
        for name, value in {**headers, "Content-Length": len(text.encode())}.items():
            self.send_header(name, str(value))
        self.end_headers()
        self.wfile.write(text.encode())

    do_POST = do_GET  # noqa: N815 (the base class's own name)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (the base class's own name)
        """Says nothing: the live view owns the terminal."""


def sentence(what: str, error: ValidationError) -> str:
    """Give the first problem of a body as a sentence, without the values, which may be personal data."""
    problems = error.errors(include_input=False, include_url=False, include_context=False)
    where = ".".join(str(part) for part in problems[0]["loc"]) or "the body"
    more = f" ({len(problems) - 1} more)" if len(problems) > 1 else ""
    return f"{what} does not fit: {where}: {problems[0]['msg']}{more}."
