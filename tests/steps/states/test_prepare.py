"""Prepare on the embedded S3: it reads the version that the run claimed, and says what it refuses."""

from typing import TYPE_CHECKING, Any

import pytest

from steps.shared.payloads import FileRef, PreparedDocument, Run
from steps.shared.storage import RunFolder, read_json
from steps.states import prepare as prepare_step
from tests.steps.workers.conftest import Context

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

Bucket = tuple["S3Client", str]

# What S3 allows and a path or a URL may not hold as it is.
KEY = "fanlist/scored/c1/2026-02-13T10:00:00+00:00 #1?x=%20&é.csv"
HEADER = b"memberId,score\n"


@pytest.fixture
def versioned(bucket: Bucket, at_home: pytest.MonkeyPatch) -> Bucket:
    at_home.setenv("PARTITION_ROWS", "2")
    bucket[0].put_bucket_versioning(Bucket=bucket[1], VersioningConfiguration={"Status": "Enabled"})
    return bucket


def _uploaded(bucket: Bucket, body: bytes) -> Run:
    put = bucket[0].put_object(Bucket=bucket[1], Key=KEY, Body=body)
    file = FileRef(bucket=bucket[1], key=KEY, version_id=put["VersionId"], bytes=len(body))
    moment = "2026-02-13T10:00:00.000Z"
    return Run(
        run_id=f"r-{put['VersionId']}",
        campaign_id="c1",
        campaign_name="c1",
        source="fanlist",
        file=file,
        scored_at=moment,
        started_at=moment,
    )


def _handled(run: Run) -> dict[str, Any]:
    handled: dict[str, Any] = prepare_step.handler({"run": run.wire()}, Context())  # type: ignore[arg-type]
    return handled


def test_a_version_is_read_in_ranges(versioned: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipelines.csv.source.CHUNK_BYTES", 16)
    run = _uploaded(versioned, HEADER + b"".join(b"m%d,%d\n" % (fan, fan) for fan in range(9)))
    assert _handled(run)["counts"]["valid"] == 9


def test_each_run_reads_the_version_that_it_claimed(versioned: Bucket) -> None:
    first = _uploaded(versioned, HEADER + b"m1,1\nm2,2\nm3,3\n")
    second = _uploaded(versioned, HEADER + b"m1,1\n,2\n")
    for run, valid in ((first, 3), (second, 1), (first, 3)):
        prepared = _handled(run)
        assert (prepared["refusal"], prepared["counts"]["valid"]) == (None, valid)
        folder = RunFolder.of(run)
        assert prepared["manifestKey"] == folder.manifest
        assert len(read_json(*versioned, folder.manifest)) == prepared["partitions"] == -(-valid // 2)
        document = PreparedDocument.model_validate(read_json(*versioned, folder.prepared))
        assert document.counts.valid == valid
        assert set(document.unaccounted.values()) == {0}


def test_a_refusal_comes_with_every_field_and_leaves_nothing(versioned: Bucket) -> None:
    run = _uploaded(versioned, b"memberId,email\nm1,\n")
    prepared = _handled(run)
    refusal = prepared.pop("refusal")
    assert refusal["error"] == "InvalidFile"
    assert "score" in refusal["cause"]
    assert set(prepared.values()) == {None}
    assert "Contents" not in versioned[0].list_objects_v2(Bucket=versioned[1], Prefix="staging/")
