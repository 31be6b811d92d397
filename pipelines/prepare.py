"""Prepare: a file in, partitions of records and the rejected rows out. Collect and sink stand here."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import polars as pl

from pipelines import fanlist, noticed, scrubbed
from pipelines.csv.header_advice import did_you_mean
from pipelines.csv.scan import Scan
from pipelines.csv.source import ScoreFile
from pipelines.dedupe import ROWS
from pipelines.identifiers import Tally, most_addresses
from pipelines.lines import Lines
from pipelines.prefetch import map_ahead
from pipelines.prepared import HANDOVERS, Prepared, Stamp
from pipelines.scratch import scratch_folder
from pipelines.shuffle.buckets import Spill
from pipelines.shuffle.staged import Accepted, Piece
from pipelines.sinks import Partition, Partitions, Rejects, rows_of_partition
from pipelines.story import Story, in_memory, sort_out, totals_cut

__all__ = ["HANDOVERS", "Partition", "Prepared", "Stamp", "prepare_fanlist", "prepare_scrubbed"]

# Blocks, and then buckets, at work beside the one whose result is being written.
_AHEAD = 2
# They share two cores with Polars' own threads, and wait for files half the time.
_THREADS = 4


def _prepare(
    story: Story,
    file: ScoreFile | str,
    stamp: Stamp,
    *,
    records_uri: str,
    rejected_uri: str,
    partition_rows: int,
    storage_options: dict[str, str] | None = None,
    progress: Callable[[int, pl.DataFrame], None] | None = None,
) -> Prepared:
    """Run a pipeline over one file (SPEC 1, SPEC 2).

    The whole file is read and judged before the first byte is written, so a refused file leaves nothing.
    The same file, stamp and `partition_rows` give the same bytes.

    Args:
        story: what the kind of file goes through.
        file: the file, or its URI: a local path or `s3://bucket/key`; `.gz` at the end means gzip.
        stamp: campaign, run and time that the records carry.
        records_uri: folder for `part-00000.parquet` and on; columns as the kind's schema of records.
        rejected_uri: Parquet file for the rejected rows: `rowNumber` (1-based), `lineNumber`, `reasons` and
            `raw` (the row's fields in file order as they stood; the header is in the file's metadata as
            JSON). Beside it a CSV with a column for each field (`sinks.spreadsheet`).
        partition_rows: records a partition; the last one may hold fewer, and those of a file of many millions
            hold more (`sinks.MOST_PARTITIONS`).
        storage_options: how Polars reaches S3, by its own names.
        progress: called with the number of rows judged so far, and the last block's accepted ones.

    Raises:
        InvalidFileError: the file is refused whole; its text says what to fix.
    """
    source = file if isinstance(file, ScoreFile) else ScoreFile(file)
    with scratch_folder("prepare-") as folder, ThreadPoolExecutor(_THREADS) as pool:
        rejects = Rejects(folder / "rejected")
        accepted = Accepted(folder / "accepted", pool, identifier=story.IDENTIFIER)
        tally, recognised, lines = Tally(), noticed.Recognised(), Lines()
        with source.chunks() as chunks:
            scan = Scan(chunks, story.COLUMNS, pool)
            if line := scan.separator_line:
                recognised[noticed.SEPARATOR_LINE.name] = noticed.Seen(1, first=[line], last=[line])
            if near := scan.header.near:
                at, meant = [scan.header.line], did_you_mean(near)
                recognised[noticed.NEAR_NAMES.name] = noticed.Seen(1, first=at, last=at, meant=meant)
            sort = partial(sort_out, story=story, campaign_id=stamp.campaign_id)
            sorted_out = map_ahead(pool, sort, scan.blocks(), ahead=_AHEAD)
            for good, bad, seen, _, steps in totals_cut(story, sorted_out):
                lines.add(steps)
                accepted.add(good)
                tally.add_rows(good)
                rejects.add(bad)
                noticed.add(recognised, seen)
                if progress is not None:
                    progress(accepted.height + rejects.height, good)
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
            "lines": scan.unaccounted_lines,
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
        identifiers=tally.identifiers(lines),
        recognised=recognised,
        lines=lines,
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
    story: Story,
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


def _split(piece: Piece, story: Story, stamp: Stamp) -> tuple[int, pl.DataFrame, pl.DataFrame]:
    """Return how many fans have one row, their records, and the rows of the others."""
    rows = piece.rows()
    only = rows.filter(~piece.shared)
    alone = story.alone(only.lazy())
    # Texts written anew: as they are, a few would keep the whole piece in memory until they are merged.
    together = rows.filter(piece.shared).with_columns(pl.col(pl.String) + pl.lit(""))
    return only.height, in_memory(story.records(alone, **vars(stamp))), together


def _merge(
    bucket: pl.LazyFrame, story: Story, stamp: Stamp
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Return a bucket's fans, which of them has most addresses, and the records."""
    fans = in_memory(story.merged(bucket))
    addresses = most_addresses(bucket, fans, story.IDENTIFIER)
    return fans, addresses, in_memory(story.records(fans.lazy(), **vars(stamp)))
