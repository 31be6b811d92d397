"""Services that do not do what they are asked: down, slow, wrong, or cut off in mid-answer."""

import contextlib
import http.server
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.stack.fakes.server import Answer, Fake, Request
from steps.shared.bounded_http import Bounds


class Choosy:
    """A real DynamoDB client, and calls that it refuses as a whole for one key among theirs; or for any."""

    def __init__(
        self, client: Any, operation: str, code: str, fans: set[str] | None, kind: str = "fan"
    ) -> None:
        self._client, self._operation, self._code, self._fans = client, operation, code, fans
        self._kind = kind
        self.calls = 0

    def __getattr__(self, name: str) -> Any:
        def call(**arguments: Any) -> Any:
            self.calls += 1
            said = str(arguments)
            at_fault = self._fans is None or any(f"'{self._kind}:{fan}'" in said for fan in self._fans)
            if name == self._operation and at_fault:
                raise ClientError({"Error": {"Code": self._code}}, name)
            return getattr(self._client, name)(**arguments)

        return call


class Scripted(Fake):
    """Answers every call with one status and body, and remembers the paths."""

    name = "Scripted"

    def __init__(self, status: int, body: str) -> None:
        super().__init__()
        self._answer = Answer(status, body)
        self.paths: list[str] = []

    def answer(self, request: Request) -> Answer:
        self.paths.append(request.path)
        return self._answer


@contextlib.contextmanager
def in_trouble(fake: Fake, trouble: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Clients made in here find the service in trouble; what they send is not taken, or not answered."""
    with contextlib.ExitStack() as stack:
        if trouble == "slow":
            monkeypatch.setattr("steps.shared.services._BOUNDS", Bounds(attempt_seconds=0.05))
            fake.delay = 0.2
            stack.callback(setattr, fake, "delay", 0.0)
        else:
            servers: dict[str, Callable[[], str]] = {
                "down": lambda: "http://127.0.0.1:9",
                "wrong": lambda: stack.enter_context(Scripted(200, '{"id": 5, "entries": "all"}')).url,
                "cut off": lambda: stack.enter_context(cut_off()),
            }
            url = servers[trouble]()
            monkeypatch.setattr(type(fake), "url", property(lambda _: url))
        yield


@contextlib.contextmanager
def cut_off() -> Iterator[str]:
    """A server's URL that promises more than it sends before it hangs up."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _CutsOff) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


class _CutsOff(http.server.BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", "0")))
        self.send_response(200)
        self.send_header("Content-Length", "100")
        self.end_headers()
        self.wfile.write(b'{"input": 1')

    def do_GET(self) -> None:
        self.do_POST()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the base class's own name)
        """Says nothing."""
