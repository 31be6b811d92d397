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
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from expectations.report.facts import measure, measure_rejects
from expectations.report.model import About, Facts, InputCounts
from expectations.report.verdict import sentence_of
from expectations.thresholds import LastRun, Thresholds
from local.check.against import against, differing, listed
from local.check.reading import REJECTED, Reading, Rows, records_of
from local.check.result import CHECKING, Against, Checked, Told
from local.errors import VfError
from local.file_key import key_of
from local.reports import DOCS, REPORT, write_check
from pipelines.errors import InvalidFileError
from pipelines.keys import ScoreFileKey
from pipelines.lines import Lines
from pipelines.scratch import scratch_folder
from pipelines.sinks import csv_beside, height, write_parquet
from pipelines.standing import Since

if TYPE_CHECKING:
    from expectations.gate import GateResult

RECORDS, SUMMARY = "records.parquet", "summary.json"
KEPT = (RECORDS, REJECTED, csv_beside(REJECTED), SUMMARY, REPORT, DOCS)
# Beside them, where the file is compared with an older one.
CHANGES = "changes.csv"
_OLD = "old"
# Records that wait in memory for a file of their own, before all become one.
_PARTITION_ROWS = 250_000


class CheckError(VfError):
    """The check could not be made; the text says what to change."""


def check_file(
    file: Path,
    key: str | None,
    out: Path | None,
    told: Told = lambda _doing, _rows: None,
    *,
    old: Path | None = None,
    thresholds: Thresholds | None = None,
    partition_rows: int = _PARTITION_ROWS,
) -> Checked:
    """Prepare a file and ask the gate; keep the results in the folder `out`, all of them or none.

    Args:
        file: the CSV or gzip of it.
        key: where in S3 it is to go; without one its own name is read as one.
        out: the folder for `KEPT`, made where it is missing; without one nothing is kept.
        told: is told how far it has come.
        old: an older file of the campaign, of the same kind, to compare with; its name does not matter.
        thresholds: what the gate tolerates; by default what a stack does.
        partition_rows: records in each of the files that become one.

    Raises:
        CheckError: the file cannot be read, or `out` is not writable.
        UnclearKeyError: the key is none.
        pipelines.errors.InvalidFileError: the file is refused whole (the contract, section 1).
    """
    for given in (file, old):
        if given is not None:
            _expect_readable(given)
    parsed = key_of(file, key)
    try:
        with _workplace(out) as work:
            reading = Reading(parsed, told, partition_rows, lists_rows=out is not None)
            checked, gate = _checked(file, old, reading, work, thresholds or Thresholds())
            if out is not None:
                write_check(work, checked.facts, gate)
                _keep(checked, work, out)
            return checked
    except OSError as error:
        place = out or tempfile.gettempdir()
        raise CheckError(
            f"The check stopped ({error.strerror or error}): check that '{file}' can be read and "
            f"that there is room in '{place}'."
        ) from error


def _checked(
    file: Path, old: Path | None, reading: Reading, work: Path, thresholds: Thresholds
) -> "tuple[Checked, GateResult]":
    """Do the work, in a folder of its own."""
    started = time.monotonic()
    key = reading.key
    done, rows = reading.prepare(_named_as_key(file, key, work), work)
    prepared_at = time.monotonic()
    compared, last_run = (
        _compared(old, reading, work, (rows, done.lines)) if old is not None else (None, None)
    )
    compared_at = time.monotonic()
    reading.told(CHECKING, done.rows_in)
    counts = InputCounts(in_=done.rows_in, invalid=done.invalid, duplicate=done.duplicate, valid=done.valid)
    # Great Expectations takes seconds to import: only now, while somebody is told why.
    from expectations.gate import check_fanlist, check_scrubbed

    check = check_scrubbed if key.kind == "scrubbed" else check_fanlist
    records = records_of(key.kind, work)
    rejected = pl.scan_parquet(work / REJECTED, glob=False)
    unaccounted = done.unaccounted | {"rejects": done.invalid - height(rejected)}
    gate = check(records, counts.wire(), unaccounted, thresholds, last_run, done.identifiers, done.recognised)
    facts = Facts(
        about=About(
            run_id="",
            campaign_id=key.campaign_id,
            campaign_name=key.campaign_name or key.campaign_id,
            source=key.kind,
            file_key=key.key,
            file_bytes=file.stat().st_size,
            scored_at=key.scored_at,
        ),
        counts=counts,
        unknown_columns=done.unknown_columns,
        recognised={name: seen.rows for name, seen in done.recognised.items()},
        recognised_lines={name: seen.spans for name, seen in done.recognised.items()},
        rejects=measure_rejects(rejected, done.invalid_by),
        records=measure(records, key.kind),
        verdict=gate.verdict,
        fans_new=compared and compared.fans_new,
        fans_gone=compared and compared.fans_gone,
        rules=list(gate.rules),
    )
    checked = Checked(
        name=file.name,
        key=key,
        facts=facts,
        invalid_by=done.invalid_by,
        failed=[sentence_of(rule) for rule in gate.failed],
        critical=sum(rule.severity == "critical" for rule in gate.failed),
        prepare_seconds=prepared_at - started,
        gate_seconds=time.monotonic() - compared_at,
        against=compared,
    )
    return checked, gate


def _compared(old: Path, reading: Reading, work: Path, rows: tuple[Rows, Lines]) -> tuple[Against, LastRun]:
    """Compare what was read with an older file; return what differs, and what the gate asks of that one."""
    kind, folder = reading.key.kind, work / _OLD
    folder.mkdir()
    try:
        done, before = reading.prepare(old.absolute(), folder)
    except InvalidFileError as error:
        raise CheckError(f"{old}: {error}") from error
    records = records_of(kind, folder)
    found = differing(records_of(kind, work), records, kind)
    if reading.lists_rows:
        listed(found, rows, (before, done.lines)).sink_csv(work / CHANGES)
    result, facts = against(found, old.name, done.valid), measure(records, kind)
    share = facts.verified / done.valid if facts.verified is not None and done.valid else None
    gone_share = Since(result.fans_new, result.fans_gone, done.valid).gone_share
    return result, LastRun(done.valid, share, facts.profile, gone_share)


def _keep(checked: Checked, work: Path, out: Path) -> None:
    """Put the results into `out`, where they take the place of an earlier check's."""
    write_parquet(records_of(checked.key.kind, work), str(work / RECORDS), None)
    summary = json.dumps(checked.wire(), ensure_ascii=False, indent=2)
    (work / SUMMARY).write_text(summary + "\n", encoding="utf-8")
    shutil.rmtree(out / DOCS, ignore_errors=True)
    (out / CHANGES).unlink(missing_ok=True)
    for name in (*KEPT, CHANGES) if checked.against else KEPT:
        os.replace(work / name, out / name)


def _expect_readable(file: Path) -> None:
    if file.is_dir():
        raise CheckError(f"'{file}' is a folder: name one CSV file in it.")
    if not file.exists():
        raise CheckError(f"There is no file '{file}': check the path.")
    if not file.is_file():
        raise CheckError(f"'{file}' is a pipe or a device: save its content as a file first.")
    if not os.access(file, os.R_OK):
        raise CheckError(f"'{file}' cannot be read: change its permissions.")


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
    with contextlib.ExitStack() as stack:
        if out is None:
            yield stack.enter_context(scratch_folder("vf-check-"))
            return
        for folder in (*reversed(out.parents), out):
            if not folder.exists():
                stack.callback(_remove_if_empty, folder)
        try:
            out.mkdir(parents=True, exist_ok=True)
            place = stack.enter_context(scratch_folder(".vf-check-", out.absolute()))
        except OSError as error:
            why = "it is a file" if out.is_file() else str(error.strerror or error).lower()
            raise CheckError(
                f"Nothing can be written to '{out}' ({why}): give --out a folder that you may write to."
            ) from error
        yield place


def _remove_if_empty(folder: Path) -> None:
    with contextlib.suppress(OSError):  # not empty: it holds the results
        folder.rmdir()
