"""Prepare: a file in, partitions of records and the rejected rows out. Collect and sink stand here."""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from pipelines import scrubbed
from pipelines.scan import scan
from pipelines.schema import FILE_COLUMNS
from pipelines.sinks import Partition, Partitions, Rejects
from pipelines.source import Source
from pipelines.spill import Spill

__all__ = ["Partition", "Prepared", "Stamp", "prepare_scrubbed"]


@dataclass(frozen=True)
class Stamp:
    """What a run writes on each of its records."""

    campaign_id: str
    run_id: str
    scored_at: str


@dataclass(frozen=True)
class Prepared:
    """What became of a file: `rows_in = invalid + duplicate + valid` (SPEC 2, "Counts").

    Attributes:
        rows_in: rows read; blank lines are none.
        invalid: rows rejected.
        duplicate: rows merged into a better row of the same fan.
        valid: records, which is also the sum over the partitions.
        invalid_by: rejected rows by their first reason, in the contract's order, without zeros.
        unknown_columns: header names that were ignored, in file order.
        partitions: the files of records; none where no row is valid.
    """

    rows_in: int
    invalid: int
    duplicate: int
    valid: int
    invalid_by: dict[str, int]
    unknown_columns: list[str]
    partitions: list[Partition]


def prepare_scrubbed(
    source: str,
    stamp: Stamp,
    *,
    records_uri: str,
    rejected_uri: str,
    partition_rows: int,
    storage_options: dict[str, str] | None = None,
    progress: Callable[[int], None] | None = None,
) -> Prepared:
    """Run the scrubbed pipeline over one file (SPEC 1, SPEC 2).

    The whole file is read and judged before the first byte is written, so a refused file leaves nothing.
    The same file, stamp and `partition_rows` give the same bytes.

    Args:
        source: the file, a local path or `s3://bucket/key`; `.gz` at the end means gzip.
        stamp: campaign, run and time that the records carry.
        records_uri: folder for `part-00000.parquet` and on; columns as `schema.RECORD_SCHEMA`.
        rejected_uri: Parquet file for the rejected rows: `rowNumber` (1-based), `reasons` and `raw` (the
            row's fields in file order as they stood; the header is in the file's metadata as JSON).
        partition_rows: records a partition; the last one may hold fewer.
        storage_options: how to reach S3, by Polars' names.
        progress: called with the number of rows judged so far.

    Raises:
        InvalidFileError: the file is refused whole; its text says what to fix.
    """
    file = Source(source, storage_options or {})
    with tempfile.TemporaryDirectory(prefix="prepare-") as folder:
        rejects = Rejects(Path(folder, "rejected"))
        spill = Spill(Path(folder, "accepted"), identifier=scrubbed.IDENTIFIER, plain_bytes=file.plain_bytes())
        header, blocks = scan(file, FILE_COLUMNS)
        rows_in = accepted = 0
        for block in blocks:
            judged = _in_memory(scrubbed.judge(block.rows(), stamp.campaign_id))
            good = _in_memory(scrubbed.accept(judged.lazy()))
            bad = _in_memory(scrubbed.reject(judged.lazy(), stamp.campaign_id))
            rejects.add(block.raw(bad))
            spill.add(good)
            rows_in += judged.height
            accepted += good.height
            if progress is not None:
                progress(rows_in)
        records = Partitions(records_uri, partition_rows, storage_options)
        for bucket in spill.buckets():
            records.add(_in_memory(scrubbed.records(bucket, **vars(stamp))))
        partitions = records.close()
        rejects.publish(rejected_uri, header.names, storage_options)
    valid = sum(partition.records for partition in partitions)
    return Prepared(
        rows_in=rows_in,
        invalid=rows_in - accepted,
        duplicate=accepted - valid,
        valid=valid,
        invalid_by=rejects.by_first_reason([rule.reason for rule in scrubbed.rules_of(stamp.campaign_id)]),
        unknown_columns=list(header.unknown),
        partitions=partitions,
    )


def _in_memory(frame: pl.LazyFrame) -> pl.DataFrame:
    """Collect one block or bucket.

    Both are cut to fit: the streaming engine would only add its own cutting, and its plans that read one
    sorted frame three times take twice as long.
    """
    return frame.collect(engine="in-memory")
