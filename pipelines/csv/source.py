"""The bytes of a file, local or on S3, plain or gzip, read ahead and never as a whole."""

import gzip
import io
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import fsspec

from pipelines.csv import other_formats
from pipelines.errors import InvalidFileError
from pipelines.prefetch import map_ahead

CHUNK_BYTES = 8 << 20
# Chunks asked for before they are needed: S3 gives one connection about 100 MB/s, too little for the parser.
CHUNKS_AHEAD = 4
# Score files pack to a fifth of their size or so, gzip cannot do better than a thousandth: what unpacks to
# a hundred times its size, and to this much at least, is there to fill a disk.
MOST_UNPACKED_RATIO = 100
UNPACKED_AT_LEAST = 256 << 20


@dataclass(frozen=True)
class ScoreFile:
    """A file that can be read from its beginning.

    Attributes:
        uri: a local path or `s3://bucket/key`; a name that ends in `.gz` is gzip (SPEC 1).
        version_id: of an object in S3; without one its newest version is read.
    """

    uri: str
    version_id: str | None = None

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
        scheme, _, path = self.uri.rpartition("://")
        # Credentials and endpoint are found the way every AWS client finds them.
        storage = fsspec.filesystem(scheme or "file", **({"version_aware": True} if scheme else {}))
        version = {"version_id": self.version_id} if self.version_id else {}
        size = storage.info(path, **version)["size"]
        with ThreadPoolExecutor(CHUNKS_AHEAD) as pool:

            def read(start: int) -> bytes:
                end = min(size, start + CHUNK_BYTES)
                chunk = bytes(storage.cat_file(path, start=start, end=end, **version))
                if len(chunk) != end - start:
                    raise OSError(f"The storage returned {len(chunk):,} of {end - start:,} bytes.")
                return chunk

            pieces = map_ahead(pool, read, range(0, size, CHUNK_BYTES), ahead=CHUNKS_AHEAD)
            unpacked = _decompressed(pieces, size) if self.is_gzip else pieces
            yield _text(unpacked, unpacked=self.is_gzip)


class _Joined(io.RawIOBase):
    """A stream over chunks, for a reader that wants a file."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self.first = b""
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if not self._rest:
            chunk = next(self._chunks, b"")
            self.first = self.first or chunk[:4096]
            self._rest = memoryview(chunk)
        count = min(len(buffer), len(self._rest))
        buffer[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count


def _decompressed(chunks: Iterator[bytes], packed: int) -> Iterator[bytes]:
    """Unpack gzip of so many bytes, up to what a score file of that size may come to."""
    joined = _Joined(chunks)
    stream = gzip.GzipFile(fileobj=io.BufferedReader(joined, 1 << 20))
    most = max(UNPACKED_AT_LEAST, MOST_UNPACKED_RATIO * packed)
    unpacked = 0
    try:
        while piece := stream.read(CHUNK_BYTES):
            unpacked += len(piece)
            if unpacked > most:
                raise InvalidFileError(
                    f"The file's {packed:,} bytes of gzip unpack to more than {most:,}, "
                    "which no score file does: upload the CSV without gzip, or in parts."
                )
            yield piece
    except EOFError as error:
        raise InvalidFileError("The file's gzip is cut off: upload the whole file again.") from error
    except (gzip.BadGzipFile, zlib.error) as error:
        raise _no_gzip(joined.first, error) from error


def _no_gzip(first: bytes, error: Exception) -> InvalidFileError:
    """Return the refusal of what ends in `.gz` and cannot be unpacked, by the file's first bytes."""
    if not first.startswith(b"\x1f\x8b"):
        found = other_formats.named(first) or "no gzip: compress it, or name it '.csv' if it is plain CSV"
        return InvalidFileError(f"The file's name ends in '.gz', but the file is {found}.")
    # The reader says so of the bytes at which another gzip would begin.
    if "Not a gzipped file" in str(error):
        return InvalidFileError(
            "The file holds other bytes after the end of its gzip: compress the CSV again."
        )
    return InvalidFileError("The file's gzip is damaged: upload it again, or compress the CSV again.")


def _text(chunks: Iterator[bytes], *, unpacked: bool) -> Iterator[bytes]:
    first = True
    for chunk in chunks:
        if first:
            other_formats.expect_none(chunk[:4096], unpacked=unpacked)
            first = False
        if b"\0" in chunk:
            raise InvalidFileError(
                "The file is not CSV: it holds NUL bytes, as binary files and UTF-16 text do. "
                "Save it as UTF-8 text without them."
            )
        yield chunk
