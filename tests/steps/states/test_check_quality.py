"""CheckQuality on the embedded AWS: who becomes the campaign's newest run, and what is said of a refusal."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from expectations.thresholds import Thresholds
from pipelines.prepare import prepare_scrubbed
from steps.shared.payloads import FileRef, Run
from steps.shared.runs import RunRegistry
from steps.shared.storage import RunFolder, read_json
from steps.states import check_quality, prepare
from tests.steps.workers.conftest import Context

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client

Bucket = tuple["S3Client", str]

HEADER = "globalUserId,score,isVerified,hbase,marketPreferences\n"
GOOD = HEADER + "".join(f"f{n},{n},{'true' if n % 2 else 'false'},Oslo,Oslo\n" for n in range(10))
BAD = HEADER + "".join(f"f{n},{'' if n % 2 else n},true,Oslo,Oslo\n" for n in range(10))
MOMENT, LATER = "2026-02-13T10:00:00.000Z", "2026-02-14T10:00:00.000Z"


@pytest.fixture
def gate(bucket: Bucket, table: str, dynamodb: "DynamoDBClient", at_home: pytest.MonkeyPatch) -> Any:
    at_home.setenv("DEMAND_TABLE", table)
    at_home.setenv("PARTITION_ROWS", "4")
    for threshold, value in asdict(Thresholds()).items():
        at_home.setenv(threshold.upper(), str(value))
    registry = RunRegistry(dynamodb, table)
    context: Any = Context()

    def check(
        text: str, run_id: str = "r1", accept: bool = False, scored_at: str = MOMENT
    ) -> tuple[dict[str, Any], Any]:
        key = "scrubbed/registrants.c1.n.2026-02-13T10:00:00.csv"
        bucket[0].put_object(Bucket=bucket[1], Key=key, Body=text.encode())
        file = FileRef(bucket=bucket[1], key=key)
        run = Run(
            run_id=run_id, campaign_id="c1", campaign_name="n", source="scrubbed", file=file,
            scored_at=scored_at, started_at=MOMENT, accept_quality=accept,
        )  # fmt: skip
        prepared = prepare.handler({"run": run.wire()}, context)
        assert prepared.pop("refusal") is None
        quality = check_quality.handler({"run": run.wire(), "prepared": prepared}, context)
        return quality, registry.newest("c1", "scrubbed")

    return check


def test_a_run_that_passes_becomes_the_newest(gate: Any) -> None:
    quality, newest = gate(GOOD)
    assert quality["verdict"] in ("passed", "warned")
    assert quality["accepted"] is False
    assert newest == (MOMENT, "r1")


def test_markets_that_come_and_go_are_named(gate: Any) -> None:
    gate(GOOD, "r0")
    quality, _ = gate(GOOD.replace("Oslo", "Bergen"))
    assert quality["verdict"] == "warned"
    assert {
        "No market is new since the last run. New: bergen.",
        "No market of the last run has vanished. Vanished: oslo.",
    } <= set(quality["failed"])


def test_fans_since_the_last_file_are_counted_and_kept_standing(gate: Any, bucket: Bucket) -> None:
    first, _ = gate(GOOD, "r0")
    assert (first["fansNew"], first["fansGone"]) == (None, None)
    shorter = GOOD.replace("f0,", "new,").replace("f1,1,true,Oslo,Oslo\n", "")
    for run_id in ("r1", "r1", "r2"):  # a check that comes again, and the file run again
        quality, newest = gate(shorter, run_id, scored_at=LATER)
        assert newest == (LATER, run_id)
        assert (quality["fansNew"], quality["fansGone"]) == (1, 2)
        said = "At most 5% of the last file's fans are missing from this one. It was 20.00%."
        assert said in quality["failed"]
        folder = RunFolder(bucket[1], "c1", run_id)
        facts = read_json(*bucket, folder.facts)
        assert (facts["fansNew"], facts["fansGone"]) == (1, 2)
        kept = pl.read_parquet(bucket[0].get_object(Bucket=bucket[1], Key=folder.fans)["Body"].read())
        assert dict(kept.group_by("missedFiles").len().iter_rows()) == {0: 9, 1: 2}


def test_where_the_last_list_is_gone_nothing_is_said_of_fans(gate: Any, bucket: Bucket) -> None:
    gate(GOOD, "r0")
    bucket[0].delete_object(Bucket=bucket[1], Key=RunFolder(bucket[1], "c1", "r0").fans)
    quality, _ = gate(GOOD, scored_at=LATER)
    assert (quality["verdict"], quality["fansNew"], quality["fansGone"]) == ("passed", None, None)


def test_a_run_that_is_refused_does_not(gate: Any, bucket: Bucket) -> None:
    gate(GOOD, "r0")
    quality, newest = gate(BAD)
    assert (quality["verdict"], quality["accepted"]) == ("failed", False)
    assert newest == (MOMENT, "r0")
    assert quality["critical"] >= 1
    assert "At least 90% of the rows are valid. It was 50.00%." in quality["failed"][: quality["critical"]]
    folder = RunFolder(bucket[1], "c1", "r1")
    assert quality["report"] == folder.uri(folder.report)
    assert read_json(*bucket, folder.validation)["verdict"] == "failed"


def test_a_refusal_that_somebody_accepts_makes_it_the_newest_and_is_kept(
    gate: Any, dynamodb: "DynamoDBClient", table: str
) -> None:
    quality, newest = gate(BAD, accept=True)
    assert (quality["verdict"], quality["accepted"]) == ("failed", True)
    assert newest == (MOMENT, "r1")
    item = dynamodb.get_item(TableName=table, Key={"PK": {"S": "campaign:c1"}, "SK": {"S": "meta:run:r1"}})[
        "Item"
    ]
    assert "At least 90% of the rows are valid." in item["qualityAccepted"]["S"]


def test_what_prepare_lost_is_refused(gate: Any, bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    """A rejected row that is not kept: Prepare says five, its file holds four."""

    def forgets_a_row(*arguments: Any, **options: Any) -> Any:
        done = prepare_scrubbed(*arguments, **options)
        return type(done)(**{**vars(done), "invalid": done.invalid + 1})

    monkeypatch.setitem(prepare._PIPELINES, "scrubbed", forgets_a_row)
    quality, _ = gate(GOOD)
    assert "Every rejected row is kept. It was 1." in quality["failed"]
