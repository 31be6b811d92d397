"""The bytes of a file, local or on S3, plain or gzip, read ahead and never as a whole."""

import gzip
import io
import zlib
from collections import deque
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from pyarrow import fs

from pipelines.errors import InvalidFileError

CHUNK_BYTES = 8 << 20
# Chunks asked for before they are needed: S3 gives one connection about 100 MB/s, four keep up with the parser.
CHUNKS_AHEAD = 4
# What a score file shrinks by under gzip, at most: only the size of the work is estimated with it.
GZIP_RATIO = 8

_SIGNATURES = {
    b"PK\x03\x04": "a ZIP archive (an Excel workbook is one)",
    b"PK\x05\x06": "an empty ZIP archive",
    b"PAR1": "a Parquet file",
    b"\x1f\x8b": "a gzip file without '.gz' at the end of its name",
    b"\xff\xfe": "UTF-16 text",
    b"\xfe\xff": "UTF-16 text",
}


@dataclass(frozen=True)
class Source:
    """A file that can be read from its beginning.

    Attributes:
        uri: a local path or `s3://bucket/key`; a name that ends in `.gz` is gzip (SPEC 1).
        storage_options: Polars' names (`aws_endpoint_url`, `aws_access_key_id` ...); what is not given
            is found the way every AWS client finds it.
    """

    uri: str
    storage_options: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_gzip(self) -> bool:
        """Whether the name says gzip."""
        return self.uri.endswith(".gz")

    def plain_bytes(self) -> int:
        """Return about how many bytes of CSV the file holds."""
        filesystem, path = self._locate()
        size = int(filesystem.get_file_info(path).size or 0)
        return size * GZIP_RATIO if self.is_gzip else size

    def chunks(self) -> Iterator[bytes]:
        """Yield the file's decompressed bytes in order, in pieces of about `CHUNK_BYTES`.

        Raises:
            InvalidFileError: the content is plainly no CSV, or no gzip where the name says so (SPEC 1).
            FileNotFoundError: there is no such file.
        """
        filesystem, path = self._locate()
        with filesystem.open_input_file(path) as file:
            pieces = _decompressed(_read_ahead(file)) if self.is_gzip else _read_ahead(file)
            for number, piece in enumerate(pieces):
                _refuse_binary(piece, is_first=number == 0)
                yield piece

    def _locate(self) -> tuple[Any, str]:
        if not self.uri.startswith("s3://"):
            return fs.LocalFileSystem(), self.uri
        options = {name.removeprefix("aws_"): value for name, value in self.storage_options.items()}
        endpoint = options.get("endpoint_url") or options.get("endpoint")
        given = {
            "access_key": options.get("access_key_id"),
            "secret_key": options.get("secret_access_key"),
            "session_token": options.get("session_token"),
            "region": options.get("region") or options.get("default_region"),
            "endpoint_override": endpoint,
            "scheme": endpoint.partition("://")[0] if endpoint and "://" in endpoint else None,
        }
        return fs.S3FileSystem(**{name: value for name, value in given.items() if value}), self.uri[5:]


def _read_ahead(file: Any) -> Iterator[bytes]:
    """Yield a random-access file's chunks in order while the next ones are on their way."""
    size = file.size()
    with ThreadPoolExecutor(CHUNKS_AHEAD) as pool:
        coming: deque[Future[bytes]] = deque()
        for offset in range(0, size, CHUNK_BYTES):
            coming.append(pool.submit(file.read_at, min(CHUNK_BYTES, size - offset), offset))
            if len(coming) > CHUNKS_AHEAD:
                yield coming.popleft().result()
        while coming:
            yield coming.popleft().result()


class _Joined(io.RawIOBase):
    """A stream over chunks, for a reader that wants a file."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if not self._rest:
            self._rest = memoryview(next(self._chunks, b""))
        count = min(len(buffer), len(self._rest))
        buffer[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count


def _decompressed(chunks: Iterator[bytes]) -> Iterator[bytes]:
    stream = gzip.GzipFile(fileobj=io.BufferedReader(_Joined(chunks), 1 << 20))
    try:
        while piece := stream.read(CHUNK_BYTES):
            yield piece
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise InvalidFileError(
            f"The file's name ends in '.gz' but its content is not whole gzip ({error}): "
            "compress the CSV again, or name it '.csv'."
        ) from error


def _refuse_binary(piece: bytes, *, is_first: bool) -> None:
    if is_first:
        for signature, kind in _SIGNATURES.items():
            if piece.startswith(signature):
                raise InvalidFileError(f"The file is {kind}, not CSV: upload UTF-8 text with commas.")
    if b"\0" in piece:
        raise InvalidFileError(
            "The file is not CSV: it holds NUL bytes, as binary files and UTF-16 text do. "
            "Save it as UTF-8 text without them."
        )
