"""Servers that drip, redirect, lie and swell: raw sockets, since no server library does any of it."""

import contextlib
import gzip
import itertools
import socket
import threading
from collections.abc import Iterable, Iterator

OK = b"HTTP/1.1 200 OK\r\n"


class Hostile:
    """Answers every connection with the same pieces, one each `pause` seconds; `calls` counts them."""

    def __init__(self, pieces: Iterable[bytes], pause: float = 0.0) -> None:
        self._pieces, self._pause = pieces, pause
        self._over = threading.Event()
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.calls = 0

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self.calls += 1
                thread = threading.Thread(target=self._answer, args=(connection,))
                self._threads.append(thread)
                thread.start()

    def _answer(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            connection.recv(1_000_000)
            for piece in self._pieces:
                connection.sendall(piece)
                if self._over.wait(self._pause):
                    return


@contextlib.contextmanager
def hostile(pieces: Iterable[bytes], pause: float = 0.0) -> Iterator[Hostile]:
    """A hostile server for as long as the block lasts."""
    server = Hostile(pieces, pause)
    listening = threading.Thread(target=server._serve)
    listening.start()
    try:
        yield server
    finally:
        server._over.set()
        server._listener.shutdown(socket.SHUT_RDWR)
        server._listener.close()
        listening.join()
        for thread in server._threads:
            thread.join()


class Endless:
    """An answer's head and then the same piece for ever, for each connection anew."""

    def __init__(self, head: bytes, piece: bytes) -> None:
        self._head, self._piece = head, piece

    def __iter__(self) -> Iterator[bytes]:
        yield self._head
        yield from itertools.repeat(self._piece)


def answer(body: bytes, *headers: bytes, status: bytes = b"200 OK") -> list[bytes]:
    """A whole answer with its length."""
    length = b"Content-Length: %d" % len(body)
    return [b"\r\n".join([b"HTTP/1.1 " + status, length, *headers, b"", b""]) + body]


def bomb(megabytes: int) -> list[bytes]:
    """An answer of that many megabytes of spaces, packed to a thousandth of it."""
    return answer(gzip.compress(b" " * megabytes * 1_000_000), b"Content-Encoding: gzip")


DRIPPING = {
    "status line": Endless(b"HTTP/1.1 200 ", b"O"),
    "header": Endless(OK + b"X-Slow: ", b"x"),
    "headers": Endless(OK, b"X-Slow: x\r\n"),
    "continues": Endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "body": Endless(OK + b"Content-Length: 1000000\r\n\r\n", b" "),
    "body until the end": Endless(OK + b"\r\n", b" "),
    "chunks": Endless(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
    "nothing": Endless(b"", b""),
}
