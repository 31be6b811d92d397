"""The summary of a run, finished or not, from what its states left in S3."""

from collections.abc import Mapping
from typing import Any

from steps.shared.aws_types import S3Client
from steps.shared.clock import now_iso
from steps.shared.counts import Counts, FanlistCounts, InputCounts, SinkCounts
from steps.shared.payloads import (
    PartitionItem,
    PartitionResult,
    PreparedDocument,
    Processing,
    Quality,
    Run,
    RunStatus,
    RunSummary,
    SavedPartition,
)
from steps.shared.storage import RunFolder, list_keys, read_all, read_json, write_json


def summarise(
    s3: S3Client,
    run: Run,
    status: RunStatus,
    quality: Quality | None,
    error: str | None = None,
    cause: str | None = None,
) -> RunSummary:
    """Sum a run's counts, in which a partition without a result failed whole (section 2)."""
    folder = RunFolder.of(run)
    left = set(list_keys(s3, folder.bucket, f"{folder.staging}/"))
    # Looked up in the listing: S3 answers "forbidden", not "missing", to who may not list the bucket.
    document = _NOTHING_PREPARED
    if folder.prepared in left:
        document = PreparedDocument.model_validate(read_json(s3, folder.bucket, folder.prepared))
    listed = read_json(s3, folder.bucket, folder.manifest) if folder.manifest in left else []
    manifest = [PartitionItem.model_validate(item) for item in listed]
    ended = sorted(key for key in left if key.startswith(f"{folder.published}/"))
    results = read_all(s3, folder.bucket, ended)  # of 10 million records some 2,000
    done = {result["partition"] for result in results}
    withdrawals = {item.partition: item.records for item in manifest if item.withdrawn}
    sum_up = _fanlist_counts if run.source == "fanlist" else _scrubbed_counts
    return RunSummary(
        **run.model_dump(include=set(Processing.model_fields)),
        finished_at=now_iso(),
        status=status,
        counts=sum_up(document.counts, results, withdrawals),
        invalid_by=document.invalid_by,
        unknown_columns=document.unknown_columns,
        **document.recognised_rows,
        quality=quality,
        failed_partitions=sorted(item.partition for item in manifest if item.partition not in done),
        error=error,
        cause=cause,
    )


def store(s3: S3Client, run: Run, summary: RunSummary) -> str:
    """Store a summary in its one place and return the s3:// URI."""
    folder = RunFolder.of(run)
    write_json(s3, folder.bucket, folder.summary, summary.wire())
    return folder.uri(folder.summary)


_NOTHING_PREPARED = PreparedDocument(counts=Counts(), unaccounted={}, invalid_by={}, unknown_columns=[])


def _scrubbed_counts(
    prepared: Counts, results: list[dict[str, Any]], withdrawals: Mapping[int, int]
) -> Counts:
    """See that valid + withdrawals = output + withdrawn + failed."""
    done = [PartitionResult.model_validate(result) for result in results]
    withdrawn = sum(one.out for one in done if one.partition in withdrawals)
    output = sum(one.out for one in done) - withdrawn
    failed = prepared.valid + sum(withdrawals.values()) - output - withdrawn
    return prepared.model_copy(update={"output": output, "withdrawn": withdrawn, "failed": failed})


def _fanlist_counts(
    prepared: Counts, results: list[dict[str, Any]], withdrawals: Mapping[int, int]
) -> FanlistCounts:
    """One group a sink, each offered what the one before it took."""
    saved = [SavedPartition.model_validate(result) for result in results]
    dynamo = sum((one.dynamo for one in saved), SinkCounts())
    unsaved = prepared.valid + sum(withdrawals.values()) - dynamo.in_
    return FanlistCounts(
        input=InputCounts(**prepared.model_dump(include=set(InputCounts.model_fields))),
        dynamo=dynamo + SinkCounts(in_=unsaved, failed=unsaved),
        stream=sum((one.stream for one in saved), SinkCounts()),
        withdrawn=sum(one.dynamo.out for one in saved if one.partition in withdrawals),
    )
