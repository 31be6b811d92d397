"""Writes a sample file chunk by chunk, in bounded memory.

Every file says beforehand what the pipelines must make of it (`SampleSummary`), because faults and repeated
fans are placed, not met by chance.
"""

import gzip
import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

import numpy as np
import polars as pl

from local.errors import VfError
from local.sample import fanlist, faults, scrubbed
from pipelines.keys import Kind

CAMPAIGN_IDS: dict[Kind, str] = {"scrubbed": "campaign-123", "fanlist": "campaign-456"}
_MADE = {"scrubbed": scrubbed, "fanlist": fanlist}
# A chunk draws from a generator of its own, so its size is part of what a seed means.
CHUNK_ROWS = 100_000
# From this size on a sample shows every reason but `totals_row`, and the commonest in several ways.
SHOWCASE_ROWS = 200
_SHOWCASE_FAULTS = 12
_ODD_SHARE = 0.02


class SampleError(VfError):
    """A sample that cannot be made as asked; the text says why."""


@dataclass(frozen=True)
class SampleSummary:
    """What was written, and what the contract says of it: rows = invalid + duplicate + valid.

    `invalid_by` counts the rejected rows by their first reason; `key` is where such a file goes in the
    bucket.
    """

    kind: Kind
    path: Path
    key: str
    campaign_id: str
    seed: int
    rows: int
    bytes: int
    invalid: int
    duplicate: int
    valid: int
    invalid_by: dict[str, int]


def generate(
    kind: Kind,
    rows: int,
    seed: int,
    out: Path,
    campaign_id: str | None = None,
    progress: Callable[[int], None] | None = None,
) -> SampleSummary:
    """Write `rows` rows to `out`, gzipped where its name ends in `.gz`.

    From 200 rows on, every reason of the contract's section 2 but `totals_row` is there at least once.

    It is written whole or not at all. The rows name `campaign_id`, by default that of the use cases, and
    `progress` is told the rows written so far after each chunk.

    Raises:
        SampleError: less than one row, a negative seed, a campaign id that no key can hold, no such folder.
    """
    campaign = campaign_id or CAMPAIGN_IDS[kind]
    _check(rows, seed, campaign, out)
    invalid_by: Counter[str] = Counter()
    duplicate = written = 0
    with _whole_or_not_at_all(out) as file:
        for frame, reasons, repeats in _chunks(kind, rows, seed, campaign):
            file.write(_csv(frame, header=written == 0))
            invalid_by += reasons
            duplicate += repeats
            written += frame.height
            if progress is not None:
                progress(written)
    invalid = invalid_by.total()
    return SampleSummary(
        kind=kind,
        path=out,
        key=suggested_key(kind, campaign, gzipped=out.suffix == ".gz"),
        campaign_id=campaign,
        seed=seed,
        rows=rows,
        bytes=out.stat().st_size,
        invalid=invalid,
        duplicate=duplicate,
        valid=rows - invalid - duplicate,
        invalid_by=dict(invalid_by),
    )


def suggested_key(kind: Kind, campaign_id: str | None = None, *, gzipped: bool = False) -> str:
    """Give the S3 key that a sample goes to, as in the use cases' scenarios 1 and 2."""
    campaign = campaign_id or CAMPAIGN_IDS[kind]
    end = ".csv.gz" if gzipped else ".csv"
    if kind == "fanlist":
        return f"fanlist/scored/{campaign}/2026-02-13T14:30:00{end}"
    name = "taylor-swift" if campaign == CAMPAIGN_IDS["scrubbed"] else "sample"
    return f"scrubbed/registrants.{campaign}.{name}.2026-02-13T10:00:00.cleaned.prepared.merged{end}"


def _chunks(
    kind: Kind, rows: int, seed: int, campaign_id: str
) -> Iterator[tuple[pl.DataFrame, Counter[str], int]]:
    """Give each chunk, its rejected rows by first reason, and how many are merged into another."""
    made, least = _MADE[kind], _SHOWCASE_FAULTS if rows >= SHOWCASE_ROWS else 0
    bad = faults.spread(max(round(rows * made.FAULTY_SHARE), least), rows, faults.BAD)
    odd = faults.spread(max(round(rows * _ODD_SHARE), len(made.ODDITIES)), rows, faults.ODD)
    repeating = faults.spread(round(rows * made.REPEATED_SHARE), rows, faults.REPEATING)
    for number, start in enumerate(range(0, rows, CHUNK_ROWS)):
        chunk = range(start, min(start + CHUNK_ROWS, rows))
        rng, fan_of = np.random.default_rng([seed, number]), np.arange(len(chunk))
        again = repeating[(repeating >= chunk.start) & (repeating < chunk.stop)] - start
        fan_of[again] = rng.choice(fan_of[faults.REPEATED :: faults.EVERY], size=len(again))
        faulty = faults.placed(made.FAULTS, bad, chunk)
        frame = made.rows(rng, chunk, fan_of, campaign_id)
        reasons: Counter[str] = Counter()
        for fault, positions in faulty:
            reasons[str(fault.reason)] += len(positions)
        yield faults.spoil(frame, faulty + faults.placed(made.ODDITIES, odd, chunk)), reasons, len(again)


def _check(rows: int, seed: int, campaign_id: str, out: Path) -> None:
    if rows < 1:
        raise SampleError(f"A sample needs at least 1 row, not {rows}.")
    if seed < 0:
        raise SampleError(f"The seed must be 0 or more, not {seed}.")
    if not re.fullmatch(r"[A-Za-z0-9_-]+", campaign_id):
        raise SampleError(f"{campaign_id!r} is not a campaign id: use letters, digits, '-' and '_' only.")
    if not out.parent.is_dir():
        raise SampleError(f"There is no folder {str(out.parent)!r} to write {out.name!r} to.")


@contextmanager
def _whole_or_not_at_all(out: Path) -> Iterator[IO[bytes]]:
    """Give a file that becomes `out` at the end; nothing is left of it after an error."""
    unfinished = out.with_name(out.name + ".part")
    try:
        with unfinished.open("wb") as raw:
            if out.suffix == ".gz":
                # Without a name and time inside, so that its bytes repeat.
                with gzip.GzipFile("", "wb", compresslevel=6, fileobj=raw, mtime=0) as packed:
                    yield cast("IO[bytes]", packed)
            else:
                yield raw
        unfinished.replace(out)
    finally:
        unfinished.unlink(missing_ok=True)


def _csv(frame: pl.DataFrame, *, header: bool) -> bytes:
    """Give the rows as RFC 4180, with the two things that no frame can hold put in at their marks."""
    text = frame.write_csv(include_header=header).encode()
    return text.replace(faults.SURPLUS_FIELD.encode(), b",surplus").replace(
        faults.INVALID_BYTE.encode(), b"\xe9"
    )
