"""A run's fans beside those of the file before it: who stands after the run, and whom it withdraws."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from pipelines.sinks import MOST_PARTITIONS, write_parquet
from pipelines.standing import Since, of_file, since, standing, together, withdrawals
from steps.outcomes.refusals import refusal_of
from steps.shared.errors import NoLastListError, OutdatedFileError
from steps.shared.payloads import PartitionItem
from steps.shared.polars_storage import storage_options
from steps.shared.storage import RunFolder, list_keys, read_json, write_json

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

    from steps.shared.latest import Latest
    from steps.shared.payloads import Prepared, Refusal, Run

# Of withdrawals in a partition where no record says how many it has.
_A_PARTITION = 5_000


@dataclass(frozen=True)
class Fans:
    """A run's fans beside the last file's.

    Attributes:
        everybody: who stands, as `pipelines.standing.STANDING_SCHEMA`, those to be withdrawn among them.
        since: how they differ; None on a campaign's first file, and where the last list is gone by now.
        replaces: whether those who are not in the file are withdrawn.
        refusal: why the run may not go on.
    """

    everybody: pl.LazyFrame
    since: Since | None
    replaces: bool
    refusal: "Refusal | None"

    @property
    def withdrawn(self) -> int:
        """How many fans the run withdraws."""
        return self.since.others if self.replaces and self.since else 0


def keep_fans(s3: "S3Client", run: "Run", records: pl.LazyFrame, beside: "Latest") -> Fans:
    """Keep who stands after a run, and say how its fans differ from the last file's.

    A file that replaced the one before it does so however often it is run, asked to or not: those whom it has
    withdrawn stand no more.
    """
    folder = RunFolder.of(run)
    last = _kept(s3, folder, beside.base)
    others = [kept for each in sorted(beside.beside_base) if (kept := _kept(s3, folder, each)) is not None]
    if others and (last is not None or beside.base is None):
        last = together(last, others)
    everybody = standing(records, run.source, last)
    replaces = run.replace or beside.has_replaced
    kept = of_file(everybody) if replaces else everybody
    write_parquet(kept, folder.uri(folder.fans), storage_options())
    if not replaces:
        everybody = pl.scan_parquet(folder.uri(folder.fans), storage_options=storage_options())
    return Fans(
        everybody,
        None if last is None else since(everybody, last),
        replaces,
        _refusal(run, beside, is_known=last is not None),
    )


def _kept(s3: "S3Client", folder: RunFolder, run_id: str | None) -> pl.LazyFrame | None:
    """Return who stood after a run of the same campaign; None where nobody knows (any more)."""
    if run_id is None:
        return None
    key = RunFolder(folder.bucket, folder.campaign_id, run_id).fans
    if key not in list_keys(s3, folder.bucket, key):
        return None
    return pl.scan_parquet(folder.uri(key), storage_options=storage_options())


def _refusal(run: "Run", beside: "Latest", *, is_known: bool) -> "Refusal | None":
    if beside.is_outdated:
        return refusal_of(
            OutdatedFileError(
                f"'{run.file.key}' was scored at {run.scored_at}, before a file that has replaced all others "
                'meanwhile; start it with "force": true to publish it all the same.'
            )
        )
    if not run.replace or is_known or beside.base is None:
        return None
    return refusal_of(
        NoLastListError(
            f"'{run.file.key}' is to replace the file of run {beside.base}, whose list of fans has expired; "
            'start it without "replace", which withdraws nobody, or upload that file again with a time in '
            'its key between the two, and then start this one with "replace": true.'
        )
    )


def manifest(s3: "S3Client", run: "Run", prepared: "Prepared") -> list[PartitionItem]:
    """Return a run's partitions."""
    listed = read_json(s3, RunFolder.of(run).bucket, prepared.manifest_key)
    return [PartitionItem.model_validate(item) for item in listed]


def withdraw(s3: "S3Client", run: "Run", prepared: "Prepared", fans: Fans) -> None:
    """Write the withdrawals as partitions of their own, and them into the manifest.

    Safe to repeat: what an earlier try wrote is replaced.
    """
    folder = RunFolder.of(run)
    records = [item for item in manifest(s3, run, prepared) if not item.withdrawn]
    gone = withdrawals(fans.everybody, run.source, run.campaign_id, run.run_id, run.scored_at).collect()
    room = max(MOST_PARTITIONS - len(records), 1)
    rows = max([item.records for item in records] or [_A_PARTITION])
    rows = max(rows, -(-gone.height // room))
    items = []
    for number, start in enumerate(
        range(0, gone.height, rows), max([-1, *(item.partition for item in records)]) + 1
    ):
        part = gone.slice(start, rows)
        key = f"{folder.withdrawn}/part-{number:05d}.parquet"
        write_parquet(part.lazy(), folder.uri(key), storage_options())
        items.append(PartitionItem(partition=number, key=key, records=part.height, withdrawn=True))
    write_json(s3, folder.bucket, prepared.manifest_key, [item.wire() for item in records + items])
