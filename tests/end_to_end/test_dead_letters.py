"""`vf dead-letters` on the whole stack: what the bucket keeps is seen, replayed once, harmless when old."""

import json
from pathlib import Path

import pytest

from local.stack import target
from local.stack.laptop import Laptop
from tests.end_to_end.driver import FOREIGN, Driver, rows_of
from tests.end_to_end.replaying import FANS, NEW, OLD, Console, cannot_read, entries, file, unsent

pytestmark = pytest.mark.xdist_group("system")


def test_unsent_entries_are_seen_and_sent_once(driver: Driver, console: Console) -> None:
    unsent(driver)
    seen = console.dead_letters(driver, "list")
    assert seen.code == 0
    assert "The Entry Service answered 501." in seen.out
    assert f"dead-letters/save-entry-scoring/{driver.campaign}/shardId-" in seen.out
    assert f"({FANS} records)" in seen.out
    tried = console.dead_letters(driver, "replay", "--dry-run")
    assert tried.code == 0
    assert "to verified-fan-saveEntryScoring" in tried.out
    assert entries(driver) == []
    done = console.dead_letters(driver, "replay", "--yes")
    assert done.code == 0, done
    assert sorted(entries(driver)) == sorted((f"f{i}", float(i)) for i in range(FANS))
    assert console.dead_letters(driver, "list").out == f"No dead letters of campaign '{driver.campaign}'.\n"
    again = console.dead_letters(driver, "replay", "--yes")
    assert (again.code, "No dead letters" in again.out) == (0, True)
    assert len(entries(driver)) == FANS
    driver.until(driver.posts)


def test_outdated_entries_are_not_sent(driver: Driver, console: Console) -> None:
    unsent(driver)
    # The newer file is without the last five: of these nothing newer is known, and they are sent.
    driver.run_upload(file(50, FANS - 5), driver.key(NEW))
    driver.until(lambda: len(entries(driver)) == FANS - 5 or None)
    driver.until(lambda: driver.fans()["fan:f0"]["score"] == 50 or None)
    tried = console.dead_letters(driver, "replay", "--dry-run")
    assert "outdated" in tried.out
    done = console.dead_letters(driver, "replay", "--yes")
    assert done.code == 0, done
    latest = dict(entries(driver))
    assert latest == {f"f{i}": float(i + 50 if i < FANS - 5 else i) for i in range(FANS)}
    assert len(entries(driver)) == FANS
    driver.until(driver.posts)


def test_what_still_cannot_be_delivered_stays_in_one_place(driver: Driver, console: Console) -> None:
    driver.run_upload(rows_of("f1,1,true,Atlantis,Atlantis,,,,,", "f2,1,true,Boston,Boston,,,,,"))
    unknown = f"dead-letters/save-entry-scoring/{driver.campaign}/"
    driver.until(lambda: driver.keys(unknown) or None)
    readable = {"campaignId": driver.campaign, "globalUserId": "x", "score": -1, "isVerified": True}
    driver.system.aws.client("kinesis").put_record(
        StreamName=driver.system.stack.scores_stream, Data=json.dumps(readable), PartitionKey=FOREIGN
    )
    unreadable = f"dead-letters/load-scores-to-dynamodb/{driver.campaign}/"
    driver.until(lambda: driver.keys(unreadable) or None)
    driver.until(lambda: len(driver.keys(unknown)) == 2 or None)
    before = driver.keys(unknown) + driver.keys(unreadable)
    seen = console.dead_letters(driver, "list")
    assert "unknown market" in seen.out
    assert "score: Input should be greater than or equal to 0" in seen.out
    for _ in range(2):
        done = console.dead_letters(driver, "replay", "--yes")
        assert done.code == 1
        assert done.out.count("still kept") == 3
        assert driver.keys(unknown) + driver.keys(unreadable) == before
    assert console.dead_letters(driver, "list", "--worker", "verdict-reporter").out.startswith(
        "No dead letters"
    )
    assert [user for user, _ in entries(driver)] == ["f2"]
    driver.until(driver.posts)


def test_failed_partitions_complete_their_run(driver: Driver, console: Console) -> None:
    with cannot_read(driver.system, "PublishPartition"):
        ended = driver.run_upload(file(fans=1500))
    assert ended.error == "TooManyPartitionsFailed"
    run_id = driver.keys(f"runs/{driver.campaign}/")[0].split("/")[2]
    assert driver.summary(run_id).failed_partitions == [0, 1]
    seen = console.dead_letters(driver, "list")
    assert f"run {run_id}, partitions 0, 1" in seen.out
    assert "1,500 records" in seen.out
    assert (
        "partition 0, 1 to verified-fan-publish-partition"
        in console.dead_letters(driver, "replay", "--dry-run").out
    )
    done = console.dead_letters(driver, "replay", "--yes")
    assert done.code == 0, done
    assert f"Run {run_id}: 1,500 records written, 0 not." in done.out
    summary = driver.summary(run_id)
    assert (summary.status, summary.counts.output, summary.failed_partitions) == ("succeeded", 1500, [])
    driver.until(lambda: [text for text in driver.posts() if "1,500 verified" in text] or None)
    assert console.dead_letters(driver, "replay", "--yes").out.startswith("No dead letters")
    assert len(driver.streamed()) == 1500


def test_a_fanlists_failed_partition_is_saved_and_published(driver: Driver, console: Console) -> None:
    key = f"fanlist/scored/{driver.campaign}/2026-02-13T10:00:00.csv"
    rows = "".join(f"m{i},{i}\n" for i in range(FANS))
    with cannot_read(driver.system, "SaveFanlistPartition"):
        ended = driver.run_upload(f"memberId,score\n{rows}", key)
    assert ended.error == "TooManyPartitionsFailed"
    assert console.dead_letters(driver, "list", "--worker", "publish-partition").out.startswith(
        "No dead letters"
    )
    done = console.dead_letters(driver, "replay", "--worker", "save-fanlist-partition", "--yes")
    assert done.code == 0, done
    assert len(driver.stream(driver.system.stack.campaign_data_stream)) == FANS
    driver.until(lambda: [text for text in driver.posts() if f"{FANS} records processed" in text] or None)


def test_partitions_of_an_overtaken_run_change_nothing(driver: Driver, console: Console) -> None:
    # One record of the old run can never be taken: its partition has left a document.
    long = "x" * 300
    driver.run_upload(
        rows_of(f"{long},1,true,Boston,Boston,,,,,", "f1,1,true,Boston,Boston,,,,,"), driver.key(OLD)
    )
    assert "1 not streamed" in console.dead_letters(driver, "list").out
    once = console.dead_letters(driver, "replay", "--yes")
    assert (once.code, "1 of 1 record could again not be written" in once.out) == (1, True)
    newer = driver.run_upload(file(fans=5), driver.key(NEW))
    streamed = len(driver.streamed())
    done = console.dead_letters(driver, "replay", "--yes")
    assert done.code == 0, done
    assert f"run {newer.output['runId']} has overtaken this one: nothing was changed" in done.out
    assert len(driver.streamed()) == streamed
    assert console.dead_letters(driver, "list").out.startswith("No dead letters")
    driver.until(lambda: driver.verdicts_are_done() or None)


def test_a_document_is_a_test_event_of_its_function(
    driver: Driver, console: Console, stack: target.Target
) -> None:
    """As docs/operations.md has it for who has nothing but the console."""
    unsent(driver)
    driver.until(driver.posts)
    s3, functions = stack.client("s3"), stack.client("lambda")
    for key in driver.keys(f"dead-letters/save-entry-scoring/{driver.campaign}/"):
        document = s3.get_object(Bucket=stack.stack.bucket, Key=key)["Body"].read()
        name = stack.resources["SaveEntryScoringFunction"]
        assert "FunctionError" not in functions.invoke(FunctionName=name, Payload=document)
        s3.delete_object(Bucket=stack.stack.bucket, Key=key)
    assert sorted(entries(driver)) == sorted((f"f{i}", float(i)) for i in range(FANS))
    assert console.dead_letters(driver, "list").out.startswith("No dead letters")


def test_nothing_is_replayed_before_somebody_says_yes(driver: Driver, console: Console) -> None:
    unsent(driver)
    asked = console.dead_letters(driver, "replay")
    assert asked.code == 1
    assert "Replay?" in asked.out
    assert entries(driver) == []
    assert console.dead_letters(driver, "replay", "--yes").code == 0
    assert len(entries(driver)) == FANS
    driver.until(driver.posts)


def test_without_a_stack_there_is_one_sentence(
    console: Console, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("local.stack.target.RUNNING", tmp_path / "none")
    for command in (["dead-letters", "list"], ["dead-letters", "replay"], ["rerun", "c1"]):
        said = console.vf(*command)
        assert (said.code, said.out, "vf up" in said.err) == (2, "", True)


def test_the_target_is_the_running_stack(stack: target.Target, system: Laptop) -> None:
    assert stack.stack.bucket == system.stack.bucket
    assert stack.resources["FinishFunction"] == f"{system.stack.name}-finish"
