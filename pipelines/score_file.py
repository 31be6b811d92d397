"""The bytes of a file, local or on S3, plain or gzip, read ahead and never as a whole."""

import gzip
import io
import zlib
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from pyarrow import fs

from pipelines.ahead import map_ahead
from pipelines.errors import InvalidFileError

CHUNK_BYTES = 8 << 20
# Chunks asked for before they are needed: S3 gives one connection about 100 MB/s, too little for the parser.
CHUNKS_AHEAD = 4
# Score files pack to a fifth of their size or so, gzip cannot do better than a thousandth: what unpacks to
# a hundred times its size, and to this much at least, is there to fill a disk.
MOST_UNPACKED_RATIO = 100
UNPACKED_AT_LEAST = 256 << 20

_SIGNATURES = {
    b"PK\x03\x04": "a ZIP archive (an Excel workbook is one)",
    b"PK\x05\x06": "an empty ZIP archive",
    b"PAR1": "a Parquet file",
    b"\x1f\x8b": "a gzip file without '.gz' at the end of its name",
    b"\xff\xfe": "UTF-16 text",
    b"\xfe\xff": "UTF-16 text",
}


@dataclass(frozen=True)
class ScoreFile:
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

    @contextmanager
    def chunks(self) -> Iterator[Iterator[bytes]]:
        """Open the file for its decompressed bytes, in order and in pieces of about `CHUNK_BYTES`.

        A context, so that the threads that read ahead end with it and not when some collector runs.

        Raises:
            InvalidFileError: on reading: the content is plainly no CSV, or no gzip where the name says so
                (SPEC 1), or gzip that unpacks to far more than any score file.
            FileNotFoundError: there is no such file.
        """
        filesystem, path = self._locate()
        with filesystem.open_input_file(path) as file, ThreadPoolExecutor(CHUNKS_AHEAD) as pool:
            pieces = _read_ahead(file, pool)
            yield _without_binary(_decompressed(pieces, file.size()) if self.is_gzip else pieces)

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


def _read_ahead(file: Any, pool: ThreadPoolExecutor) -> Iterator[bytes]:
    """Yield a random-access file's chunks in order while the next ones are on their way."""

    def read(offset: int) -> bytes:
        return bytes(file.read_at(CHUNK_BYTES, offset))

    return map_ahead(pool, read, range(0, file.size(), CHUNK_BYTES), ahead=CHUNKS_AHEAD)


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


def _decompressed(chunks: Iterator[bytes], packed: int) -> Iterator[bytes]:
    """Unpack gzip of so many bytes, up to what a score file of that size may come to."""
    stream = gzip.GzipFile(fileobj=io.BufferedReader(_Joined(chunks), 1 << 20))
    most = max(UNPACKED_AT_LEAST, MOST_UNPACKED_RATIO * packed)
    unpacked = 0
    try:
        while piece := stream.read(CHUNK_BYTES):
            unpacked += len(piece)
            if unpacked > most:
                raise InvalidFileError(
                    f"The file's {packed:,} bytes of gzip unpack to more than {most:,}, as no scores do: "
                    "upload the CSV as it is, or in parts."
                )
            yield piece
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise InvalidFileError(
            f"The file's name ends in '.gz' but its content is not whole gzip ({error}): "
            "compress the CSV again, or name it '.csv'."
        ) from error


def _without_binary(chunks: Iterator[bytes]) -> Iterator[bytes]:
    for number, chunk in enumerate(chunks):
        found = next((kind for signature, kind in _SIGNATURES.items() if chunk.startswith(signature)), None)
        if found and number == 0:
            raise InvalidFileError(f"The file is {found}, not CSV: upload UTF-8 text with commas.")
        if b"\0" in chunk:
            raise InvalidFileError(
                "The file is not CSV: it holds NUL bytes, as binary files and UTF-16 text do. "
                "Save it as UTF-8 text without them."
            )
        yield chunk
