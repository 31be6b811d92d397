"""The summary of a run, from what its states left in S3: for a run that finished and for one that did not."""

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from steps.shared.clock import now_iso
from steps.shared.payloads import (
    Counts,
    PartitionItem,
    PartitionResult,
    PreparedDocument,
    Quality,
    Run,
    RunStatus,
    RunSummary,
)
from steps.shared.storage import RunFolder, list_keys, read_json, write_json

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


def summarise(
    s3: "S3Client",
    run: Run,
    status: RunStatus,
    quality: Quality | None,
    error: str | None = None,
    cause: str | None = None,
) -> RunSummary:
    """Sums a run's counts: valid = output + failed, where a partition without a result failed whole."""
    folder = RunFolder.of(run)
    left = set(list_keys(s3, folder.bucket, f"{folder.staging}/"))
    # Looked up in the listing: S3 answers "forbidden", not "missing", to who may not list the bucket.
    prepared = read_json(s3, folder.bucket, folder.prepared) if folder.prepared in left else None
    document = PreparedDocument.model_validate(prepared or _NOTHING_PREPARED)
    listed = read_json(s3, folder.bucket, folder.manifest) if folder.manifest in left else []
    manifest = [PartitionItem.model_validate(item) for item in listed]
    results = _results(s3, folder, sorted(key for key in left if key.startswith(f"{folder.published}/")))
    output = sum(result.out for result in results)
    done = {result.partition for result in results}
    return RunSummary(
        run_id=run.run_id,
        campaign_id=run.campaign_id,
        campaign_name=run.campaign_name,
        source=run.source,
        file=run.file,
        scored_at=run.scored_at,
        started_at=run.started_at,
        finished_at=now_iso(),
        status=status,
        counts=document.counts.model_copy(
            update={"output": output, "failed": document.counts.valid - output}
        ),
        invalid_by=document.invalid_by,
        unknown_columns=document.unknown_columns,
        quality=quality,
        failed_partitions=sorted(item.partition for item in manifest if item.partition not in done),
        error=error,
        cause=cause,
    )


def store(s3: "S3Client", run: Run, summary: RunSummary) -> str:
    """Stores a summary in its one place and returns the s3:// URI."""
    folder = RunFolder.of(run)
    write_json(s3, folder.bucket, folder.summary, summary.wire())
    return folder.uri(folder.summary)


_NOTHING_PREPARED = PreparedDocument(counts=Counts(), invalid_by={}, unknown_columns=[]).wire()


def _results(s3: "S3Client", folder: RunFolder, keys: list[str]) -> list[PartitionResult]:
    """The partitions' results; 10 million records leave 2,000 of them, so several are read at a time."""
    with ThreadPoolExecutor(16) as pool:
        return list(
            pool.map(lambda key: PartitionResult.model_validate(read_json(s3, folder.bucket, key)), keys)
        )
