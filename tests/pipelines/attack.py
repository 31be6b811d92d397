"""`python -m tests.pipelines.attack NAME`: writes a hostile file, prepares it, and says what came of it.

A program of its own, so that its peak of memory is that of one attack. Prints JSON: `outcome`, `text`, `peak`
(bytes).
"""

import gzip
import json
import resource
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from pipelines.errors import InvalidFileError
from pipelines.prepare import Stamp, prepare_scrubbed

_HEAD = b"globalUserId,score,isVerified,hbase,marketPreferences,firstName\n"
_ROW = b"u%d,1,yes,oslo,oslo,%s\n"
_GOOD = _ROW % (1, b"A")


def _gzip_bomb() -> Iterator[bytes]:
    """3 MB that unpack to 3 GB: gzip goes no further than a thousandth. Members of a gzip file add up."""
    yield gzip.compress(_HEAD)
    member = gzip.compress((_ROW % (2, b"A" * 1_000_000)) * 10)
    yield from [member] * 300


ATTACKS: dict[str, Callable[[], Iterator[bytes]]] = {
    "a field of 100 MB": lambda: iter([_HEAD, _GOOD, _ROW % (2, b"x" * 100_000_000)]),
    "a quoted field of 100 MB": lambda: iter([_HEAD, _GOOD, _ROW % (2, b'"' + b"x" * 100_000_000 + b'"')]),
    "a field of 100 MB in many lines": lambda: iter(
        [_HEAD, _GOOD, _ROW % (2, b'"' + b"xxxxxxxxx\n" * 10_000_000 + b'"')]
    ),
    "a header of 100,000 columns": lambda: iter(
        [_HEAD[:-1], *(b",c%d" % i for i in range(100_000)), b"\n", _GOOD]
    ),
    "a header of 100 MB": lambda: iter([_HEAD[:-1], b"x" * 100_000_000, b"\n", _GOOD]),
    "a header of 100 MB in many lines": lambda: iter(
        [_HEAD[:-1], *([b',"' + b"x" * 97 + b'\n"'] * 1_000_000), b"\n", _GOOD]
    ),
    "a header that never begins": lambda: iter([b"\n" * 50_000_000]),
    "rows of a million fields": lambda: iter([_HEAD, _GOOD, *[_ROW % (2, b"," * 1_000_000)] * 16]),
    "32 million blank lines": lambda: iter([_HEAD, _GOOD, b"\n" * 32_000_000, _ROW % (3, b"B")]),
    "a gzip bomb": _gzip_bomb,
}


def main(name: str) -> None:
    """Does one attack."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "file.csv.gz" if "gzip" in name else "file.csv")
        with file.open("wb") as out:
            out.writelines(ATTACKS[name]())
        try:
            done = prepare_scrubbed(
                str(file),
                Stamp("c", "r", "2026-01-01T00:00:00.000Z"),
                records_uri=f"{folder}/records",
                rejected_uri=f"{folder}/rejected.parquet",
                partition_rows=5000,
            )
        except InvalidFileError as error:
            outcome, text = "refused", str(error)
        else:
            outcome, text = "read", f"{done.valid} valid, {done.invalid_by}"
    unit = 1 if sys.platform == "darwin" else 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
    json.dump({"outcome": outcome, "text": text, "peak": peak}, sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1])
