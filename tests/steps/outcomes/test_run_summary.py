"""The summary's sums, from what states left in a real bucket of the embedded AWS."""

from typing import TYPE_CHECKING

from steps.outcomes.run_summary import store, summarise
from steps.shared.counts import Counts, FanlistCounts, SinkCounts
from steps.shared.payloads import (
    FileRef,
    PartitionItem,
    PartitionResult,
    PreparedDocument,
    Run,
    RunSummary,
    SavedPartition,
)
from steps.shared.storage import RunFolder, read_json, write_json
from steps.shared.wire import Source

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

Bucket = tuple["S3Client", str]


def _run(bucket: str, source: Source = "scrubbed") -> Run:
    return Run(
        run_id="r1",
        campaign_id="c1",
        campaign_name="Tour",
        source=source,
        file=FileRef(bucket=bucket, key="k"),
        scored_at="2026-02-13T10:00:00.000Z",
        started_at="2026-02-13T11:00:00.000Z",
    )


def _prepared(bucket: Bucket, records: int, source: Source = "scrubbed") -> Run:
    """A prepared run of three partitions of 10."""
    s3, name = bucket
    run = _run(name, source)
    folder = RunFolder.of(run)
    counts = Counts(in_=records + 5, invalid=3, duplicate=2, valid=records)
    document = PreparedDocument(
        counts=counts, unaccounted={}, invalid_by={"unranked": 3}, unknown_columns=["x"]
    )
    write_json(s3, name, folder.prepared, document.wire())
    items = [PartitionItem(partition=n, key=f"p{n}", records=10) for n in range(3)]
    write_json(s3, name, folder.manifest, [item.wire() for item in items])
    return run


def _leave(bucket: Bucket, records: int, outs: dict[int, tuple[int, int]]) -> Run:
    """Such a run, and results of some of its partitions."""
    s3, name = bucket
    run = _prepared(bucket, records)
    folder = RunFolder.of(run)
    for partition, (out, failed) in outs.items():
        result = PartitionResult(partition=partition, in_=out + failed, out=out, failed=failed)
        write_json(s3, name, folder.result(partition), result.wire())
    return run


def test_counts_add_up_when_all_went_out(bucket: Bucket) -> None:
    run = _leave(bucket, 30, {0: (10, 0), 1: (10, 0), 2: (10, 0)})
    summary = summarise(bucket[0], run, "succeeded", None)
    assert (summary.counts.output, summary.counts.failed) == (30, 0)
    assert summary.failed_partitions == []
    assert "failedPartitions" not in summary.wire()


def test_failed_records_and_failed_partitions_are_counted_and_listed(bucket: Bucket) -> None:
    run = _leave(bucket, 30, {0: (10, 0), 2: (8, 2)})
    summary = summarise(bucket[0], run, "succeeded", None)
    assert (summary.counts.output, summary.counts.failed) == (18, 12)
    assert summary.failed_partitions == [1]
    assert summary.wire()["failedPartitions"] == [1]


def test_withdrawals_stand_beside_the_records_and_the_sums_add_up(bucket: Bucket) -> None:
    run = _leave(bucket, 30, {0: (10, 0), 1: (9, 1), 2: (10, 0), 3: (4, 2)})
    folder = RunFolder.of(run)
    items = read_json(*bucket, folder.manifest)
    for number, records in (3, 6), (4, 5):
        items.append(PartitionItem(partition=number, key="w", records=records, withdrawn=True).wire())
    write_json(*bucket, folder.manifest, items)
    summary = summarise(bucket[0], run, "succeeded", None)
    counts = summary.counts
    assert (counts.output, counts.withdrawn, counts.failed) == (29, 4, 8)
    assert summary.rows.valid + 6 + 5 == counts.output + counts.withdrawn + counts.failed
    assert (summary.failed_partitions, summary.wire()["counts"]["withdrawn"]) == ([4], 4)


def test_a_fanlists_withdrawals_are_part_of_what_the_table_was_offered(bucket: Bucket) -> None:
    run = _prepared(bucket, 30, "fanlist")
    folder = RunFolder.of(run)
    items = read_json(*bucket, folder.manifest)
    items.append(PartitionItem(partition=3, key="w", records=6, withdrawn=True).wire())
    write_json(*bucket, folder.manifest, items)
    for number, (out, failed) in enumerate([(10, 0), (10, 0), (10, 0), (4, 2)]):
        dynamo = SinkCounts(in_=out + failed, failed=failed, out=out)
        result = SavedPartition(
            partition=number, dynamo=dynamo, stream=SinkCounts(in_=out, out=out), statuses={}
        )
        write_json(*bucket, folder.result(number), result.wire())
    counts = summarise(bucket[0], run, "succeeded", None).counts
    assert isinstance(counts, FanlistCounts)
    assert (counts.dynamo.in_, counts.dynamo.out, counts.stream.in_) == (36, 34, 34)
    assert (counts.output, counts.withdrawn, counts.failed) == (30, 4, 2)


def test_a_run_that_ended_before_prepare_has_a_summary_too(bucket: Bucket) -> None:
    run = _run(bucket[1])
    summary = summarise(bucket[0], run, "failed", None, "InvalidFile", "The file is empty.")
    assert summary.counts == Counts()
    stored = store(bucket[0], run, summary)
    assert stored == f"s3://{bucket[1]}/runs/c1/r1/summary.json"
    read = RunSummary.model_validate(read_json(*bucket, "runs/c1/r1/summary.json"))
    assert (read.status, read.error, read.cause) == ("failed", "InvalidFile", "The file is empty.")


def test_a_fanlists_groups_add_up_where_records_and_partitions_failed(bucket: Bucket) -> None:
    run = _prepared(bucket, 30, "fanlist")
    folder = RunFolder.of(run)
    for partition, saved, streamed in ((0, 10, 10), (2, 8, 7)):
        result = SavedPartition(
            partition=partition,
            dynamo=SinkCounts(in_=10, failed=10 - saved, out=saved),
            stream=SinkCounts(in_=saved, failed=saved - streamed, out=streamed),
            statuses={"created": saved, "stale": 10 - saved},
        )
        write_json(bucket[0], bucket[1], folder.result(partition), result.wire())
    summary = summarise(bucket[0], run, "succeeded", None)
    assert summary.wire()["counts"] == {
        "input": {"in": 35, "invalid": 3, "duplicate": 2, "valid": 30},
        "dynamo": {"in": 30, "failed": 12, "out": 18},
        "stream": {"in": 18, "failed": 1, "out": 17},
    }
    assert summary.failed_partitions == [1]
    assert isinstance(summary.counts, FanlistCounts)
    assert (summary.counts.output, summary.counts.failed) == (18, 13)
    store(bucket[0], run, summary)
    assert RunSummary.model_validate(read_json(*bucket, "runs/c1/r1/summary.json")) == summary


def test_a_fanlist_that_ended_before_prepare_has_its_groups(bucket: Bucket) -> None:
    summary = summarise(bucket[0], _run(bucket[1], "fanlist"), "failed", None, "InvalidFile", "Empty.")
    assert {sum(group.values()) for group in summary.wire()["counts"].values()} == {0}
