"""CheckQuality on the embedded AWS: who becomes the campaign's newest run, and what is said of a refusal."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from expectations.thresholds import Thresholds
from pipelines.prepare import prepare_scrubbed
from steps.outcomes.fans import withdraw
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
FIRST = "2026-02-12T10:00:00.000Z"
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
        text: str,
        run_id: str = "r1",
        accept: bool = False,
        scored_at: str = MOMENT,
        replace: bool = False,
        key: str = "scrubbed/registrants.c1.n.2026-02-13T10:00:00.csv",
    ) -> tuple[dict[str, Any], Any]:
        bucket[0].put_object(Bucket=bucket[1], Key=key, Body=text.encode())
        file = FileRef(bucket=bucket[1], key=key)
        run = Run(
            run_id=run_id, campaign_id="c1", campaign_name="n", source="scrubbed", file=file,
            scored_at=scored_at, started_at=MOMENT, accept_quality=accept, replace=replace,
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


def _kept(bucket: Bucket, key: str) -> pl.DataFrame:
    return pl.read_parquet(bucket[0].get_object(Bucket=bucket[1], Key=key)["Body"].read())


def test_who_is_not_in_a_file_that_replaces_is_withdrawn_and_stands_no_more(
    gate: Any, bucket: Bucket
) -> None:
    """Fans of the last file and of the one before it; checked twice, run again, and run again unasked."""
    gate(GOOD + "old,1,true,Oslo,Oslo\n", "r0", scored_at=FIRST)
    gate(GOOD, "r1")
    shorter = GOOD.replace("f1,1,true,Oslo,Oslo\n", "")
    for run_id, asked in (("r2", True), ("r2", True), ("r3", True), ("r4", False)):
        quality, newest = gate(shorter, run_id, scored_at=LATER, replace=asked)
        assert newest == (LATER, run_id)
        assert (quality["fansGone"], quality["withdrawn"], quality["refusal"]) == (1, 2, None)
        folder = RunFolder(bucket[1], "c1", run_id)
        assert _kept(bucket, folder.fans)["missedFiles"].to_list() == [0] * 9
        items = read_json(*bucket, folder.manifest)
        assert [item.get("withdrawn", False) for item in items] == [False, False, False, True]
        assert [item["partition"] for item in items] == [0, 1, 2, 3]
        gone = _kept(bucket, items[-1]["key"])
        assert sorted(gone["globalUserId"]) == ["f1", "old"]
    quality, _ = gate(shorter, "r5", scored_at=LATER.replace("T10", "T11"))
    assert (quality["fansGone"], quality["withdrawn"]) == (0, 0)


def test_a_file_that_overwrites_another_is_compared_with_it_and_may_replace_it(
    gate: Any, bucket: Bucket
) -> None:
    gate(GOOD, "r0")
    shorter = GOOD.replace("f1,1,true,Oslo,Oslo\n", "")
    for run_id, asked, withdrawn in (("r1", False, 0), ("r2", True, 1), ("r3", False, 1)):
        quality, newest = gate(
            shorter, run_id, key="scrubbed/registrants.c1.n.2026-02-13T10:00.csv", replace=asked
        )
        assert newest == (MOMENT, run_id)
        assert (quality["fansGone"], quality["withdrawn"], quality["refusal"]) == (1, withdrawn, None)


def test_fans_of_a_run_that_was_overtaken_are_withdrawn_too(gate: Any, bucket: Bucket) -> None:
    """A slow file of Monday comes to its gate after Tuesday's; Wednesday's replaces both."""
    gate(GOOD, "r1")
    monday, _ = gate(GOOD + "monday,1,true,Oslo,Oslo\n", "r2", scored_at=FIRST)
    assert monday["refusal"] is None
    tuesday, _ = gate(GOOD, "r3", replace=True)
    assert (tuesday["fansNew"], tuesday["fansGone"], tuesday["withdrawn"]) == (10, 0, 1)


def test_who_was_overtaken_is_on_the_next_list(gate: Any, bucket: Bucket) -> None:
    gate(GOOD + "old,1,true,Oslo,Oslo\n", "r0", scored_at=FIRST)
    gate(GOOD, "r2", scored_at=LATER)
    between = GOOD.replace("f0,", "between,") + "old,1,true,Oslo,Oslo\n"
    gate(between, "r1")
    last = LATER.replace("T10", "T11")
    quality, _ = gate(GOOD, "r3", scored_at=last)
    assert (quality["fansNew"], quality["fansGone"]) == (0, 0)
    kept = _kept(bucket, RunFolder(bucket[1], "c1", "r3").fans)
    assert sorted(kept.filter(kept["missedFiles"] > 0)["fan"]) == ["fan:between", "fan:old"]
    for run_id in ("r4", "r5"):
        quality, _ = gate(GOOD, run_id, scored_at=last, replace=True)
        assert (quality["fansGone"], quality["withdrawn"], quality["refusal"]) == (0, 2, None)


def test_withdrawing_more_than_half_has_to_be_accepted(gate: Any, bucket: Bucket) -> None:
    gate(GOOD, "r0", scored_at=FIRST)
    few = HEADER + "f0,0,true,Oslo,Oslo\nf2,2,false,Oslo,Oslo\n"
    quality, newest = gate(few, replace=True)
    assert (quality["verdict"], newest) == ("failed", (FIRST, "r0"))
    assert "No more than 50% of the campaign's fans are withdrawn. It was 80.00%." in quality["failed"]
    assert not any(
        item.get("withdrawn") for item in read_json(*bucket, RunFolder(bucket[1], "c1", "r1").manifest)
    )
    quality, newest = gate(few, accept=True, replace=True)
    assert (quality["accepted"], quality["withdrawn"], newest) == (True, 8, (MOMENT, "r1"))


def test_where_a_list_of_earlier_fans_is_gone_somebody_has_to_accept_that(gate: Any, bucket: Bucket) -> None:
    first, _ = gate(GOOD, "r0", scored_at=FIRST, replace=True)
    assert first["refusal"] is None  # nobody to withdraw
    again, _ = gate(GOOD, "r1", scored_at=FIRST, replace=True)
    assert (again["refusal"], again["withdrawn"]) == (None, 0)
    bucket[0].delete_object(Bucket=bucket[1], Key=RunFolder(bucket[1], "c1", "r1").fans)
    unknown = (
        "Who was in the campaign's earlier files is known, so that all who are out are withdrawn. It was 1."
    )
    quality, newest = gate(GOOD, "r2", replace=True)
    assert (quality["verdict"], newest) == ("failed", (FIRST, "r1"))
    assert unknown in quality["failed"]
    shorter = GOOD.replace("f1,1,true,Oslo,Oslo\n", "")
    assert gate(GOOD, "r3")[0]["verdict"] == "passed"
    quality, _ = gate(shorter, "r4", scored_at=LATER, replace=True)
    assert unknown in quality["failed"]
    quality, newest = gate(shorter, "r5", scored_at=LATER, replace=True, accept=True)
    assert (quality["accepted"], quality["withdrawn"], newest) == (True, 1, (LATER, "r5"))
    quality, newest = gate(shorter, "r6", scored_at=LATER.replace("T10", "T11"), replace=True)
    assert (quality["verdict"], newest[1]) == ("passed", "r6")


def test_an_older_run_that_comes_after_one_that_replaced_is_outdated(gate: Any) -> None:
    gate(GOOD, "r0", scored_at=FIRST)
    gate(GOOD, "r2", scored_at=LATER, replace=True)
    quality, newest = gate(GOOD, "r1")
    assert (quality["refusal"]["error"], newest) == ("OutdatedFile", (LATER, "r2"))


def test_a_run_that_lost_its_place_meanwhile_compares_again(
    gate: Any, monkeypatch: pytest.MonkeyPatch, bucket: Bucket
) -> None:
    """A file of a time between comes through the gate while this one is being looked at."""
    gate(GOOD, "r0", scored_at=FIRST)
    between: list[Any] = []

    def overtaken(*arguments: Any) -> None:
        if not between:
            between.append(gate(GOOD + "new,1,true,Oslo,Oslo\n", "r1"))
        withdraw(*arguments)

    monkeypatch.setattr("steps.states.check_quality.withdraw", overtaken)
    quality, newest = gate(GOOD, "r2", scored_at=LATER, replace=True)
    assert (quality["withdrawn"], newest) == (1, (LATER, "r2"))
    items = read_json(*bucket, RunFolder(bucket[1], "c1", "r2").manifest)
    assert [item["records"] for item in items if item.get("withdrawn")] == [1]


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
