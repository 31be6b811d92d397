"""A run's fans beside those of the file before it: who stands after the run, and whom it withdraws."""

from dataclasses import dataclass

import polars as pl

from pipelines.sinks import MOST_PARTITIONS, write_parquet
from pipelines.standing import Since, of_file, since, standing, together, withdrawals
from steps.outcomes.refusals import OutdatedFileError, refusal_of
from steps.shared.aws_types import S3Client
from steps.shared.clients import storage_options
from steps.shared.payloads import PartitionItem, Prepared, Refusal, Run
from steps.shared.runs import Latest
from steps.shared.storage import RunFolder, list_keys, read_json, write_json

# Of withdrawals in a partition where no record says how many it has.
_A_PARTITION = 5_000
# In the metadata of a run's list of fans.
_MISSING = "missingLists"


@dataclass(frozen=True)
class Fans:
    """A run's fans beside the last file's.

    Attributes:
        everybody: who stands, as `pipelines.standing.STANDING_SCHEMA`, those to be withdrawn among them.
        since: how they differ; None on a campaign's first file, and where the last list is gone by now.
        replaces: whether those who are not in the file are withdrawn.
        missing_lists: of how many earlier files nobody knows who was in them.
        refusal: why the run may not go on.
    """

    everybody: pl.LazyFrame
    since: Since | None
    replaces: bool
    missing_lists: int
    refusal: Refusal | None

    @property
    def withdrawn(self) -> int:
        """How many fans the run withdraws."""
        return self.since.others if self.replaces and self.since else 0


def keep_fans(s3: S3Client, run: Run, records: pl.LazyFrame, beside: Latest) -> Fans:
    """Keep who stands after a run, and say how its fans differ from the last file's.

    A file that replaced the one before it does so however often it is run, asked to or not: those whom it has
    withdrawn stand no more.
    """
    folder = RunFolder.of(run)
    whom, missing = _kept(s3, folder, beside.base)
    found = []
    for each in sorted(beside.beside_base):
        fans, unknown = _kept(s3, folder, each)
        missing += unknown
        found += [] if fans is None else [fans]
    if found and (whom is not None or beside.base is None):
        whom = together(whom, found)
    everybody = standing(records, run.source, whom)
    replaces = run.replace or beside.has_replaced
    stay = of_file(everybody) if replaces else everybody
    # Whom the lists do not name, a run that replaces and passes its gate all the same has given up on.
    write_parquet(
        stay, folder.uri(folder.fans), storage_options(), {_MISSING: str(0 if replaces else missing)}
    )
    if not replaces:
        everybody = pl.scan_parquet(folder.uri(folder.fans), storage_options=storage_options())
    return Fans(
        everybody, None if whom is None else since(everybody, whom), replaces, missing, _refusal(run, beside)
    )


def _kept(s3: S3Client, folder: RunFolder, run_id: str | None) -> tuple[pl.LazyFrame | None, int]:
    """Return who stood after a run of the campaign, if that is known, and of how many files it is not."""
    if run_id is None:
        return None, 0
    key = RunFolder(folder.bucket, folder.campaign_id, run_id).fans
    if key not in list_keys(s3, folder.bucket, key):
        return None, 1
    said = pl.read_parquet_metadata(folder.uri(key), storage_options=storage_options())
    fans = pl.scan_parquet(folder.uri(key), storage_options=storage_options())
    return fans, int(said.get(_MISSING, "0"))


def _refusal(run: Run, beside: Latest) -> Refusal | None:
    if not beside.is_outdated:
        return None
    return refusal_of(
        OutdatedFileError(
            f"'{run.file.key}' was scored at {run.scored_at}, and a newer run has since replaced all "
            'others; start it with "force": true to publish it anyway.'
        )
    )


def manifest(s3: S3Client, run: Run, prepared: Prepared) -> list[PartitionItem]:
    """Return a run's partitions."""
    listed = read_json(s3, RunFolder.of(run).bucket, prepared.manifest_key)
    return [PartitionItem.model_validate(item) for item in listed]


def withdraw(s3: S3Client, run: Run, prepared: Prepared, fans: Fans) -> None:
    """Write the withdrawals as partitions of their own, and them into the manifest.

    Safe to repeat: what an earlier try wrote is replaced.
    """
    folder = RunFolder.of(run)
    records = [item for item in manifest(s3, run, prepared) if not item.withdrawn]
    gone = withdrawals(fans.everybody, run.source, run.campaign_id, run.run_id, run.scored_at).collect()
    room = max(MOST_PARTITIONS - len(records), 1)
    rows = max(max((item.records for item in records), default=_A_PARTITION), -(-gone.height // room))
    first = max((item.partition for item in records), default=-1) + 1
    items = []
    for number, start in enumerate(range(0, gone.height, rows), first):
        part = gone.slice(start, rows)
        key = f"{folder.withdrawn}/part-{number:05d}.parquet"
        write_parquet(part.lazy(), folder.uri(key), storage_options())
        items.append(PartitionItem(partition=number, key=key, records=part.height, withdrawn=True))
    write_json(s3, folder.bucket, prepared.manifest_key, [item.wire() for item in records + items])
