"""Prepare: a file in, partitions of records and the rejected rows out. Collect and sink stand here."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Protocol

import polars as pl

from pipelines import fanlist, noticed, scrubbed
from pipelines.clean import clean, rejected_forms
from pipelines.csv.scan import Block, Scan
from pipelines.csv.source import ScoreFile
from pipelines.dedupe import ROWS
from pipelines.identifiers import Identifiers, Tally, most_addresses
from pipelines.noticed_rows import bit, count
from pipelines.prefetch import map_ahead
from pipelines.rules import FAULTS, TOTALS_ROW, Rule
from pipelines.schema import LINE_NUMBER, ROW_NUMBER, Column
from pipelines.scratch import scratch_folder
from pipelines.shuffle.buckets import Spill
from pipelines.shuffle.staged import Accepted, Piece
from pipelines.sinks import Partition, Partitions, Rejects, rows_of_partition
from pipelines.totals import Scores, total_of

__all__ = ["Partition", "Prepared", "Stamp", "prepare_fanlist", "prepare_scrubbed"]

# Blocks, and then buckets, at work beside the one whose result is being written.
_AHEAD = 2
# They share two cores with Polars' own threads, and wait for files half the time.
_THREADS = 4


# Where rows go from one hand to the next, and what has to hold there.
HANDOVERS = {
    "lines": "Every line of the file is a header's, a row's or blank.",
    "rows": "Every row that was read is accepted or rejected.",
    "accepted": "Every accepted row is its fan's only one or waits to be merged.",
    "merged": "Every row that waits to be merged is merged.",
    "fans": "Every fan has one record.",
    "records": "Every record is in a partition.",
    "counts": "Rows read = rejected + merged + records.",
    # Whoever reads what Prepare left compares this one.
    "rejects": "Every rejected row is kept.",
}


@dataclass(frozen=True)
class Stamp:
    """What a run writes on each of its records."""

    campaign_id: str
    run_id: str
    scored_at: str


@dataclass(frozen=True)
class Prepared:
    """What became of a file: `rows_in = invalid + duplicate + valid` (SPEC 2, "Counts").

    Each count is taken where it arises, so that they add up only where nothing is lost.

    Attributes:
        rows_in: rows read; blank lines are none.
        unaccounted: what is left over at each of `HANDOVERS` but the rejects: 0, or there is a fault in here.
        invalid: rows rejected.
        duplicate: rows merged into a better row of the same fan.
        valid: records, which is also the sum over the partitions.
        invalid_by: rejected rows by their first reason, in the contract's order, without zeros.
        unknown_columns: header names that were ignored, in file order.
        partitions: the files of records; none where no row is valid.
        identifiers: whether the accepted rows tell fans apart.
        recognised: what was noticed in the file (`noticed.KINDS`), in rows and first line numbers.
    """

    rows_in: int
    unaccounted: dict[str, int]
    invalid: int
    duplicate: int
    valid: int
    invalid_by: dict[str, int]
    unknown_columns: list[str]
    partitions: list[Partition]
    identifiers: Identifiers
    recognised: noticed.Recognised


class _Story(Protocol):
    """What a kind of file goes through: `scrubbed` and `fanlist` are two."""

    @property
    def COLUMNS(self) -> Sequence[Column]: ...  # noqa: N802
    @property
    def IDENTIFIER(self) -> str: ...  # noqa: N802
    @property
    def IDENTIFYING(self) -> Sequence[str]: ...  # noqa: N802

    def rules_of(self, campaign_id: str) -> list[Rule]: ...
    def judge(self, rows: pl.LazyFrame, campaign_id: str) -> pl.LazyFrame: ...
    def accept(self, judged: pl.LazyFrame) -> pl.LazyFrame: ...
    def reject(self, judged: pl.LazyFrame, campaign_id: str) -> pl.LazyFrame: ...
    def alone(self, accepted: pl.LazyFrame) -> pl.LazyFrame: ...
    def merged(self, accepted: pl.LazyFrame) -> pl.LazyFrame: ...
    def records(
        self, fans: pl.LazyFrame, *, campaign_id: str, run_id: str, scored_at: str
    ) -> pl.LazyFrame: ...


def _prepare(
    story: _Story,
    file: ScoreFile | str,
    stamp: Stamp,
    *,
    records_uri: str,
    rejected_uri: str,
    partition_rows: int,
    storage_options: dict[str, str] | None = None,
    progress: Callable[[int], None] | None = None,
) -> Prepared:
    """Run a pipeline over one file (SPEC 1, SPEC 2).

    The whole file is read and judged before the first byte is written, so a refused file leaves nothing.
    The same file, stamp and `partition_rows` give the same bytes.

    Args:
        story: what the kind of file goes through.
        file: the file, or its URI: a local path or `s3://bucket/key`; `.gz` at the end means gzip.
        stamp: campaign, run and time that the records carry.
        records_uri: folder for `part-00000.parquet` and on; columns as the kind's schema of records.
        rejected_uri: Parquet file for the rejected rows: `rowNumber` (1-based), `reasons` and `raw` (the
            row's fields in file order as they stood; the header is in the file's metadata as JSON). Beside it
            a CSV with a column for each field (`sinks.spreadsheet`).
        partition_rows: records a partition; the last one may hold fewer, and those of a file of many millions
            hold more (`sinks.MOST_PARTITIONS`).
        storage_options: how Polars reaches S3, by its own names.
        progress: called with the number of rows judged so far.

    Raises:
        InvalidFileError: the file is refused whole; its text says what to fix.
    """
    source = file if isinstance(file, ScoreFile) else ScoreFile(file)
    with scratch_folder("prepare-") as folder, ThreadPoolExecutor(_THREADS) as pool:
        rejects = Rejects(folder / "rejected")
        accepted = Accepted(folder / "accepted", pool, identifier=story.IDENTIFIER)
        tally, recognised, scores = Tally(), noticed.Recognised(), Scores()
        with source.chunks() as chunks:
            scan = Scan(chunks, story.COLUMNS, pool)
            sort_out = partial(_sort_out, story=story, campaign_id=stamp.campaign_id)
            for sorted_out in map_ahead(pool, sort_out, scan.blocks(), ahead=_AHEAD):
                good, bad, seen = _without_total(story, *sorted_out, scores)
                accepted.add(good)
                tally.add_rows(good)
                rejects.add(bad)
                noticed.add(recognised, seen)
                if progress is not None:
                    progress(accepted.height + rejects.height)
        rows = rows_of_partition(accepted.height, partition_rows)
        records = Partitions(records_uri, rows, pool, storage_options)
        spill = Spill(folder / "shared", pool, identifier=story.IDENTIFIER, cells=accepted.shared_cells)
        moved = _write(story, stamp, accepted, spill, records, tally, pool)
        partitions = records.close()
        rejects.publish(rejected_uri, scan.header.names, storage_options)
    valid = sum(partition.records for partition in partitions)
    duplicate = moved.merged - moved.fans
    return Prepared(
        rows_in=scan.rows,
        unaccounted={
            "lines": scan.lines.unaccounted(scan.rows),
            "rows": scan.rows - accepted.height - rejects.height,
            "accepted": accepted.height - moved.alone - moved.waiting,
            "merged": moved.waiting - moved.merged,
            "fans": moved.alone + moved.fans - moved.records,
            "records": moved.records - valid,
            "counts": scan.rows - rejects.height - duplicate - valid,
        },
        invalid=rejects.height,
        duplicate=duplicate,
        valid=valid,
        invalid_by=rejects.by_first_reason([rule.reason for rule in story.rules_of(stamp.campaign_id)]),
        unknown_columns=list(scan.header.unknown),
        partitions=partitions,
        identifiers=tally.identifiers(),
        recognised=recognised,
    )


@dataclass
class _Moved:
    """What went through each hand-over on the way from accepted rows to records.

    Attributes:
        alone: rows that are their fans' only ones.
        waiting: rows that share their fan, as they were put to wait.
        merged: rows that share their fan, as the merged fans count them.
        fans: what these became.
        records: of all fans.
    """

    alone: int = 0
    waiting: int = 0
    merged: int = 0
    fans: int = 0
    records: int = 0


def _write(
    story: _Story,
    stamp: Stamp,
    accepted: Accepted,
    spill: Spill,
    records: Partitions,
    tally: Tally,
    pool: ThreadPoolExecutor,
) -> _Moved:
    """Write the records: first of the fans with one row, nearly all, then of those whose rows are merged."""
    moved = _Moved()
    split = partial(_split, story=story, stamp=stamp)
    for rows, alone, together in map_ahead(pool, split, accepted.pieces(), ahead=_AHEAD):
        moved.alone += rows
        moved.records += alone.height
        moved.waiting += together.height
        records.add(alone)
        spill.add(together)
    merge = partial(_merge, story=story, stamp=stamp)
    for fans, addresses, merged in map_ahead(pool, merge, spill.buckets(), ahead=_AHEAD):
        moved.merged += int(fans.get_column(ROWS).sum())
        moved.fans += fans.height
        moved.records += merged.height
        tally.add_fans(fans, addresses)
        records.add(merged)
    return moved


prepare_scrubbed = partial(_prepare, scrubbed)
prepare_fanlist = partial(_prepare, fanlist)


def _sort_out(
    block: Block, story: _Story, campaign_id: str
) -> tuple[pl.DataFrame, pl.DataFrame, noticed.Recognised, Block | None]:
    """Return a block's accepted rows, its rejected ones, what was noticed, and the block if the last."""
    rows = clean(_in_memory(block.rows()), block, story.IDENTIFYING)
    judged = _in_memory(story.judge(rows.lazy(), campaign_id))
    seen = count(
        [
            block.forms(),
            judged.select(LINE_NUMBER, noticed.NOTICED, FAULTS).filter(pl.col(FAULTS) == 0),
            rejected_forms(judged.filter(pl.col(FAULTS) != 0)),
        ]
    )
    bad = block.raw(_in_memory(story.reject(judged.lazy(), campaign_id)))
    return _in_memory(story.accept(judged.lazy())), bad, seen, block if block.last else None


def _without_total(
    story: _Story,
    good: pl.DataFrame,
    bad: pl.DataFrame,
    seen: noticed.Recognised,
    block: Block | None,
    before: Scores,
) -> tuple[pl.DataFrame, pl.DataFrame, noticed.Recognised]:
    """Reject a fanlist's last row where it is the total of all others; `before` takes the block's scores."""
    if story is not fanlist:
        return good, bad, seen
    if block is None or block.last is None:
        before.add(good)
        return good, bad, seen
    total = total_of(good, block.last, before)
    if total.is_empty():
        return good, bad, seen
    rows = block.rows().filter(pl.col(ROW_NUMBER) == block.last).select(ROW_NUMBER, LINE_NUMBER)
    row = _in_memory(rows.with_columns(reasons=pl.lit([TOTALS_ROW])))
    bits = row.select(LINE_NUMBER, bit(noticed.TOTALS_ROW, pl.lit(value=True)).alias(noticed.NOTICED))
    seen = dict(seen) | count([bits])
    return good.filter(pl.col(ROW_NUMBER) != block.last), pl.concat([bad, block.raw(row)]), seen


def _split(piece: Piece, story: _Story, stamp: Stamp) -> tuple[int, pl.DataFrame, pl.DataFrame]:
    """Return how many fans have one row, their records, and the rows of the others."""
    rows = piece.rows()
    only = rows.filter(~piece.shared)
    alone = story.alone(only.lazy())
    # Texts written anew: as they are, a few would keep the whole piece in memory until they are merged.
    together = rows.filter(piece.shared).with_columns(pl.col(pl.String) + pl.lit(""))
    return only.height, _in_memory(story.records(alone, **vars(stamp))), together


def _merge(
    bucket: pl.LazyFrame, story: _Story, stamp: Stamp
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Return a bucket's fans, which of them has most addresses, and the records."""
    fans = _in_memory(story.merged(bucket))
    addresses = most_addresses(bucket, fans, story.IDENTIFIER)
    return fans, addresses, _in_memory(story.records(fans.lazy(), **vars(stamp)))


def _in_memory(frame: pl.LazyFrame) -> pl.DataFrame:
    """Collect one block or bucket.

    Both are cut to fit: the streaming engine would only add its own cutting, and its plans that read one
    sorted frame three times take twice as long.
    """
    return frame.collect(engine="in-memory")
