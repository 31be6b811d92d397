"""Reads files as Prepare reads an upload, into a local folder, and keeps which fan each row is."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from local.check.result import READING, Told
from pipelines import fanlist, scrubbed
from pipelines.keys import Kind, ScoreFileKey
from pipelines.lines import Lines
from pipelines.prepare import Prepared, Stamp, prepare_fanlist, prepare_scrubbed
from pipelines.schema import FANLIST_RECORD_SCHEMA, LINE_NUMBER, RECORD_SCHEMA, ROW_NUMBER
from pipelines.standing import FAN

RUN_ID, REJECTED = "check", "rejected.parquet"
_PARTITIONS = "partitions"
_PREPARE: dict[Kind, Callable[..., Prepared]] = {"scrubbed": prepare_scrubbed, "fanlist": prepare_fanlist}
_RECORDS: dict[Kind, pl.Schema] = {"scrubbed": RECORD_SCHEMA, "fanlist": FANLIST_RECORD_SCHEMA}
_IDENTIFIERS: dict[Kind, str] = {"scrubbed": scrubbed.IDENTIFIER, "fanlist": fanlist.IDENTIFIER}


class Rows:
    """Whose the accepted rows of a file are: a frame of `FAN` and the row's number for each block."""

    def __init__(self, kind: Kind) -> None:
        self._identifier = _IDENTIFIERS[kind]
        self._blocks: list[pl.DataFrame] = []

    def add(self, accepted: pl.DataFrame) -> None:
        """Take a block's accepted rows."""
        # Written anew: a part of a block would keep all of it in memory.
        fan = (pl.col(self._identifier) + pl.lit("")).alias(FAN)
        self._blocks.append(accepted.select(fan, ROW_NUMBER))

    def of(self, fans: pl.Series, when: str, lines: Lines) -> pl.LazyFrame:
        """Return `FAN` and, as texts, the numbers of its `rows` and `lines`; `when` ends their names."""
        rows = lines.beside(pl.concat(self._blocks).lazy().filter(pl.col(FAN).is_in(fans.implode())))
        named = ((ROW_NUMBER, f"rows{when}"), (LINE_NUMBER, f"lines{when}"))
        texts = (pl.col(number).sort().cast(pl.String).str.join(" ").alias(name) for number, name in named)
        return rows.group_by(FAN).agg(*texts)


@dataclass(frozen=True)
class Reading:
    """How files are read.

    Attributes:
        key: what decides kind and campaign, whatever a file's name is.
        told: is told how far it has come.
        partition_rows: records in each of the files that become one.
        lists_rows: whether it is kept whose rows they are.
    """

    key: ScoreFileKey
    told: Told
    partition_rows: int
    lists_rows: bool

    def prepare(self, file: Path, folder: Path) -> tuple[Prepared, Rows]:
        """Prepare a file into a folder: its records, and `REJECTED`.

        Raises:
            pipelines.errors.InvalidFileError: the file is refused whole (the contract, section 1).
        """
        rows = Rows(self.key.kind)

        def progress(read: int, accepted: pl.DataFrame) -> None:
            self.told(READING, read)
            if self.lists_rows:
                rows.add(accepted)

        done = _PREPARE[self.key.kind](
            str(file),
            Stamp(self.key.campaign_id, RUN_ID, self.key.scored_at),
            records_uri=str(folder / _PARTITIONS),
            rejected_uri=str(folder / REJECTED),
            partition_rows=self.partition_rows,
            progress=progress,
        )
        return done, rows


def records_of(kind: Kind, folder: Path) -> pl.LazyFrame:
    """Return the records that were prepared into a folder."""
    parts = sorted((folder / _PARTITIONS).glob("*.parquet"))
    return pl.scan_parquet(parts, glob=False) if parts else pl.LazyFrame(schema=_RECORDS[kind])
