"""Prepare and the quality gate on a local file, without any AWS: what a run would make of an upload.

The key decides all that it decides in S3: the kind of file, the campaign, the time, and whether the bytes
are gzip. What is kept has the columns of a run's results, with `RUN_ID` in place of a run's id, so that
the same file gives the same bytes again.
"""

import contextlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from expectations.report.facts import measure, measure_rejects
from expectations.report.model import InputCounts, RuleFact
from expectations.thresholds import Thresholds
from local.check.result import CHECKING, READING, Checked, CheckedFile, CheckedQuality, Timing, Told
from local.errors import VfError
from local.file_key import key_of
from local.reports import DOCS, REPORT, write_check
from pipelines.keys import Kind, ScoreFileKey
from pipelines.prepare import Prepared, Stamp, prepare_fanlist, prepare_scrubbed
from pipelines.schema import FANLIST_RECORD_SCHEMA, RECORD_SCHEMA
from pipelines.scratch import scratch_folder
from pipelines.sinks import csv_beside, height, write_parquet

if TYPE_CHECKING:
    from expectations.gate import GateResult

RUN_ID = "check"
RECORDS, REJECTED, SUMMARY = "records.parquet", "rejected.parquet", "summary.json"
KEPT = (RECORDS, REJECTED, csv_beside(REJECTED), SUMMARY, REPORT, DOCS)
_PARTITIONS = "partitions"
# Records that wait in memory for a file of their own, before all become one.
_PARTITION_ROWS = 250_000


class CheckError(VfError):
    """The check could not be made; the text says what to change."""


_PREPARE: dict[Kind, Callable[..., Prepared]] = {"scrubbed": prepare_scrubbed, "fanlist": prepare_fanlist}
_RECORDS: dict[Kind, pl.Schema] = {"scrubbed": RECORD_SCHEMA, "fanlist": FANLIST_RECORD_SCHEMA}


def check_file(
    file: Path,
    key: str | None,
    out: Path | None,
    told: Told = lambda _doing, _rows: None,
    *,
    thresholds: Thresholds | None = None,
    partition_rows: int = _PARTITION_ROWS,
) -> Checked:
    """Prepare a file and ask the gate; keep the results in the folder `out`, all of them or none.

    Args:
        file: the CSV or gzip of it.
        key: where in S3 it is to go; without one its own name is read as one.
        out: the folder for `KEPT`, made where it is missing; without one nothing is kept.
        told: is told how far it has come.
        thresholds: what the gate tolerates; without any, what a stack does by default.
        partition_rows: records in each of the files that become one.

    Raises:
        CheckError: the file cannot be read, or `out` is not writable.
        UnclearKeyError: the key is none.
        pipelines.errors.InvalidFileError: the file is refused whole (the contract, section 1).
    """
    _expect_readable(file)
    parsed = key_of(file, key)
    try:
        with _workplace(out) as work:
            checked, gate = _checked(file, parsed, work, told, thresholds or Thresholds(), partition_rows)
            if out is not None:
                write_check(work, checked, gate)
                _keep(checked, work, out)
            return checked
    except OSError as error:
        place = out or tempfile.gettempdir()
        raise CheckError(
            f"The check could not go on ({error.strerror or error}): see that '{file}' can be read and "
            f"that there is room in '{place}'."
        ) from error


def _checked(
    file: Path, key: ScoreFileKey, work: Path, told: Told, thresholds: Thresholds, partition_rows: int
) -> "tuple[Checked, GateResult]":
    """Do the work, in a folder of its own."""
    started = time.monotonic()
    done = _PREPARE[key.kind](
        str(_named_as_key(file, key, work)),
        Stamp(key.campaign_id, RUN_ID, key.scored_at),
        records_uri=str(work / _PARTITIONS),
        rejected_uri=str(work / REJECTED),
        partition_rows=partition_rows,
        progress=lambda rows: told(READING, rows),
    )
    prepared_at = time.monotonic()
    told(CHECKING, done.rows_in)
    counts = InputCounts(in_=done.rows_in, invalid=done.invalid, duplicate=done.duplicate, valid=done.valid)
    # Great Expectations takes seconds to import: only now, while somebody is told why.
    from expectations.gate import check_fanlist, check_scrubbed

    check = check_scrubbed if key.kind == "scrubbed" else check_fanlist
    records = _records(key.kind, work)
    rejected = pl.scan_parquet(work / REJECTED, glob=False)
    unaccounted = done.unaccounted | {"rejects": done.invalid - height(rejected)}
    gate = check(
        records,
        counts.wire(),
        unaccounted,
        thresholds,
        identifiers=done.identifiers,
        recognised=done.recognised,
    )
    checked = Checked(
        kind=key.kind,
        campaign_id=key.campaign_id,
        campaign_name=key.campaign_name,
        scored_at=key.scored_at,
        file=CheckedFile(name=file.name, key=key.key, bytes=file.stat().st_size),
        counts=counts,
        invalid_by=done.invalid_by,
        unknown_columns=done.unknown_columns,
        recognised={name: seen.rows for name, seen in done.recognised.items()},
        recognised_lines={name: seen.spans for name, seen in done.recognised.items()},
        quality=CheckedQuality(
            verdict=gate.verdict,
            failed=[rule.sentence() for rule in gate.failed],
            critical=sum(rule.severity == "critical" for rule in gate.failed),
        ),
        records=measure(records, key.kind),
        reasons=measure_rejects(rejected, done.invalid_by),
        rules=[RuleFact.model_validate(asdict(rule)) for rule in gate.rules],
        timing=Timing(prepare_seconds=prepared_at - started, gate_seconds=time.monotonic() - prepared_at),
    )
    return checked, gate


def _records(kind: Kind, work: Path) -> pl.LazyFrame:
    parts = sorted((work / _PARTITIONS).glob("*.parquet"))
    return pl.scan_parquet(parts, glob=False) if parts else pl.LazyFrame(schema=_RECORDS[kind])


def _keep(checked: Checked, work: Path, out: Path) -> None:
    """Put the results into `out`, where they take the place of an earlier check's."""
    write_parquet(_records(checked.kind, work), str(work / RECORDS), None)
    summary = json.dumps(checked.wire(), ensure_ascii=False, indent=2)
    (work / SUMMARY).write_text(summary + "\n", encoding="utf-8")
    shutil.rmtree(out / DOCS, ignore_errors=True)
    for name in KEPT:
        os.replace(work / name, out / name)


def _expect_readable(file: Path) -> None:
    if file.is_dir():
        raise CheckError(f"'{file}' is a folder: name one CSV file in it.")
    if not file.exists():
        raise CheckError(f"There is no file '{file}': check the path.")
    if not file.is_file():
        raise CheckError(f"'{file}' is a pipe or a device: save its content as a file first.")
    if not os.access(file, os.R_OK):
        raise CheckError(f"'{file}' may not be read: change its permissions.")


def _named_as_key(file: Path, key: ScoreFileKey, work: Path) -> Path:
    """Give the file under a name that says gzip if, and only if, its key does."""
    if file.name.endswith(".gz") == key.key.endswith(".gz"):
        return file.absolute()
    link = work / ("upload.csv.gz" if key.key.endswith(".gz") else "upload.csv")
    link.symlink_to(file.absolute())
    return link


@contextlib.contextmanager
def _workplace(out: Path | None) -> Iterator[Path]:
    """Give a folder that goes again: inside `out`, so that its files only need a new name to be kept."""
    if out is None:
        with scratch_folder("vf-check-") as folder:
            yield folder
        return
    stack = contextlib.ExitStack()
    made = [folder for folder in (out, *out.parents) if not folder.exists()]
    try:
        try:
            out.mkdir(parents=True, exist_ok=True)
            place = stack.enter_context(scratch_folder(".vf-check-", out.absolute()))
        except OSError as error:
            why = "it is a file" if out.is_file() else str(error.strerror or error).lower()
            raise CheckError(
                f"Nothing can be written to '{out}' ({why}): give --out a folder that you may write to."
            ) from error
        with stack:
            yield place
    finally:
        for empty in made:
            with contextlib.suppress(OSError):  # not empty: it holds the results
                empty.rmdir()
