"""HTTP to other systems, with limits on time, size, repeats and redirects.

A timeout of urllib3's is one read's: a service that drips a header or a byte a second never meets it. So a
watchdog shuts the call's socket down when its time is over, whatever it waits for. Redirects are answers.
"""

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Self

import urllib3
from tenacity import (
    RetryCallState,
    Retrying,
    stop_after_attempt,
    stop_before_delay,
    wait_exponential_jitter,
)
from urllib3.connection import HTTPConnection, HTTPSConnection

_CONNECT_SECONDS = 3.0
# Seconds that a service may ask for by `Retry-After`; if it asks for more, it is not asked again.
_LONGEST_WAIT = 10
# Of an answer's body, unpacked.
_MOST_BYTES = 4_000_000
_WAIT = wait_exponential_jitter(multiplier=0.2, max=5, jitter=0.3)


@dataclass(frozen=True)
class Bounds:
    """How far a call may go.

    Attributes:
        seconds: the whole call, repeats and waits among them.
        attempt_seconds: one attempt, from the connection to the last byte.
        attempts: how often it is made where the trouble may pass.
        status_only: the status says all. Bodies stay unread, and a call that met silence is not repeated.
    """

    seconds: float = 25
    attempt_seconds: float = 10
    attempts: int = 3
    status_only: bool = False


@dataclass(frozen=True)
class Answer:
    """A status, the body of a good one, and the seconds that `Retry-After` asks for."""

    status: int
    body: bytes = b""
    asked_wait: float | None = None

    @property
    def may_pass(self) -> bool:
        """Whether the service may well do later what it did not do now."""
        return self.status == 429 or self.status >= 500


class NoAnswerError(Exception):
    """No answer, or none that can be taken, came in time. Its text is a type or a size, never a body.

    Args:
        passing: whether it may well come later.
        silent: whether the time ran out: the service may have done what it was asked.
    """

    def __init__(self, text: str, *, passing: bool = True, silent: bool = False) -> None:
        super().__init__(text)
        self.passing = passing
        self.silent = silent


class BoundedHttp:
    """Calls within bounds, with pooled connections; safe to be used by several threads."""

    def __init__(self, bounds: Bounds, sleep: Callable[[float], None] = time.sleep) -> None:
        self._bounds = bounds
        self._http = urllib3.PoolManager(maxsize=16)
        self._http.pool_classes_by_scheme = {"http": _Pool, "https": _TlsPool}
        self._retrying = Retrying(
            sleep=sleep,
            retry=self._is_worth_repeating,
            wait=_wait,
            stop=stop_after_attempt(bounds.attempts) | stop_before_delay(bounds.seconds),
            retry_error_callback=_last,
        )

    def request(
        self, method: str, url: str, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Make a call, with a body as JSON; whatever status comes is an answer, a redirect too.

        Raises:
            NoAnswerError: none came within the bounds, or a good one's body is beyond them.
        """
        ends = time.monotonic() + self._bounds.seconds

        def attempt() -> Answer:
            left = max(min(self._bounds.attempt_seconds, ends - time.monotonic()), 0.001)
            return self._once(method, url, body, headers or {}, left)

        answer: Answer = self._retrying.copy()(attempt)
        return answer

    def _once(self, method: str, url: str, body: Any, headers: Mapping[str, str], seconds: float) -> Answer:
        with _Watchdog(seconds) as watchdog:
            try:
                response = self._http.request(
                    method,
                    url,
                    json=body,
                    headers={"Accept-Encoding": "identity", **headers},
                    redirect=False,
                    retries=False,
                    preload_content=False,
                    timeout=urllib3.Timeout(connect=min(_CONNECT_SECONDS, seconds), read=seconds),
                )
                # A connection whose answer is read to its end has gone back to the pool by then.
                with contextlib.closing(response):
                    read = self._read(response) if response.status < 300 else b""
            except urllib3.exceptions.TimeoutError as error:
                raise NoAnswerError(type(error).__name__, silent=True) from None
            except urllib3.exceptions.HTTPError as error:
                if not watchdog.late:
                    raise NoAnswerError(type(error).__name__) from None
            # A socket that is shut down looks like the end of the headers, or of the body.
            if watchdog.late:
                raise NoAnswerError("DeadlineExceeded", silent=True)
        asked = response.headers.get("Retry-After", "")
        return Answer(response.status, read, float(asked) if asked.isdecimal() else None)

    def _read(self, response: urllib3.BaseHTTPResponse) -> bytes:
        """Read a body up to the limit, which is one of unpacking, too."""
        if self._bounds.status_only:
            return b""
        try:
            body: bytes = response.read(_MOST_BYTES + 1)
        except urllib3.exceptions.DecodeError:
            raise NoAnswerError("a body that cannot be unpacked", passing=False) from None
        if len(body) > _MOST_BYTES:
            raise NoAnswerError(f"a body of more than {_MOST_BYTES:,} bytes", passing=False)
        return body

    def _is_worth_repeating(self, state: RetryCallState) -> bool:
        assert state.outcome is not None
        error = state.outcome.exception()
        if error is None:
            answer: Answer = state.outcome.result()
            return answer.may_pass and (answer.asked_wait or 0) <= _LONGEST_WAIT
        if not isinstance(error, NoAnswerError):
            return False
        return error.passing and not (error.silent and self._bounds.status_only)


def _wait(state: RetryCallState) -> float:
    """Return the seconds that the service asked for, else growing random ones."""
    assert state.outcome is not None
    answer: Answer | None = None if state.outcome.failed else state.outcome.result()
    return (answer and answer.asked_wait) or _WAIT(state)


def _last(state: RetryCallState) -> Any:
    """Return the last attempt's answer, or its error."""
    assert state.outcome is not None
    return state.outcome.result()


class _Watchdog:
    """Shuts a call's socket down once its time is over; as a context manager."""

    def __init__(self, seconds: float) -> None:
        self.late = False
        self._socket: socket.socket | None = None
        self._lock = threading.Lock()
        self._over = False
        self._timer = threading.Timer(seconds, self._bark)
        self._timer.daemon = True

    def watch(self, connection: socket.socket | None) -> None:
        """Take care of the socket that the call now waits for."""
        with self._lock:
            self._socket = connection
        if self.late:
            self._shut()

    def _bark(self) -> None:
        with self._lock:
            # A call that has just ended has given its socket back to the pool.
            if self._over:
                return
            self.late = True
            self._shut()

    def _shut(self) -> None:
        if self._socket is not None:
            with contextlib.suppress(OSError):
                # Past the TLS layer, whose own way is to say goodbye and wait for an answer.
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)

    def __enter__(self) -> Self:
        self._token = _watchdog.set(self)
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._over = True
        self._timer.cancel()
        _watchdog.reset(self._token)


_watchdog: ContextVar[_Watchdog] = ContextVar("who watches the call of this thread")


class _Connection(HTTPConnection):
    def getresponse(self) -> Any:
        _watchdog.get().watch(self.sock)
        return super().getresponse()


class _TlsConnection(HTTPSConnection):
    def getresponse(self) -> Any:
        _watchdog.get().watch(self.sock)
        return super().getresponse()


class _Pool(urllib3.HTTPConnectionPool):
    ConnectionCls = _Connection


class _TlsPool(urllib3.HTTPSConnectionPool):
    ConnectionCls = _TlsConnection
