"""The scrubbed job on the embedded AWS, from the upload to Slack: use cases 1, 2, 3, 4 and 6.

Cannot see: real shards and their re-cutting, IAM beyond MiniStack's evaluation, quotas, the container image.
"""

import json
from pathlib import Path

import polars as pl
import pytest

from local.sample.generate import generate
from tests.end_to_end.driver import Driver, rows_of

pytestmark = pytest.mark.xdist_group("second system")

FILE = rows_of(
    "f1,90.5,true,Chicago,Chicago|Boston,m1,One@Example.com,Ann,One,+1 (555) 100-0001",
    "f1,80.0,false,Boston,Chicago|Boston,m1,one@example.com,Ann,One,15551000001",
    "f2,70,no,Boston,Chicago|Boston,m2,two@example.com,Bo,Two,15551000002",
    "f3,60,YES,Chicago,Chicago,,,,,",
    "f4,50,true,Miami,Chicago,,,,,",
    ",40,true,Chicago,Chicago,,,,,",
    "f6,30,1,chicago , CHICAGO|boston,,,,,",
    *(f"g{i},{i % 100},{'true' if i % 4 else 'false'},Boston,Boston|Chicago,,,,," for i in range(40)),
)


def test_a_file_becomes_items_counts_entries_and_one_post(driver: Driver) -> None:
    ended = driver.run_upload(FILE)
    assert ended.status == "SUCCEEDED", ended
    run_id = ended.output["runId"]
    summary = driver.summary(run_id)
    assert summary.counts.wire() == {
        "in": 47, "invalid": 2, "duplicate": 1, "valid": 44, "output": 44, "failed": 0,
    }  # fmt: skip
    assert summary.invalid_by == {"missing_id": 1, "unranked": 1}
    assert summary.status == "succeeded"
    assert summary.quality is not None
    assert (summary.quality.verdict, summary.quality.failed) == (
        "warned",
        ["At least 98% of the rows should be valid. It was 95.74%."],
    )

    driver.until(driver.posts)
    # f1, f3, f6 and three of every four g's are verified; f2 and the fourth of them are not.
    verified, rejected = 3 + 30, 1 + 10
    text = f"Campaign '{driver.name}' scoring complete: {verified} verified, {rejected} rejected"
    assert driver.counts() == (verified, rejected, 0)
    assert driver.posts() == [text]
    assert driver.said_beside(text) == summary.quality.failed
    assert driver.meta(f"meta:run:{run_id}")["counted"] == 44

    fans = driver.fans()
    assert len(fans) == 44
    assert fans["fan:f1"]["score"] == 90.5
    assert fans["fan:f1"]["events"] == ["chicago", "boston"]
    assert fans["fan:f2"]["events"] == [None, "boston"]
    assert fans["fan:f2"]["isVerified"] is False
    assert {item["runId"] for item in fans.values()} == {run_id}
    assert not {"email", "firstName", "lastName", "phoneNumber"} & set(fans["fan:f1"])

    received = driver.until(
        lambda: len(driver.system.fakes.entries.received.get(driver.campaign, [])) >= 43 or None
    )
    assert received
    entries = driver.system.fakes.entries.received[driver.campaign]
    assert {entry.global_user_id for entry in entries} == {key.removeprefix("fan:") for key in fans} - {"f2"}
    one = next(entry for entry in entries if entry.global_user_id == "f1")
    assert (one.email, one.phone_number, one.market_id) == (
        "one@example.com",
        "15551000001",
        "market-chicago",
    )


def test_a_generated_file_matches_what_was_written_one_for_one(driver: Driver, tmp_path: Path) -> None:
    sample = generate("scrubbed", 1500, 7, tmp_path / "sample.csv", driver.campaign)
    ended = driver.run_upload((tmp_path / "sample.csv").read_bytes())
    assert ended.status == "SUCCEEDED", ended
    summary = driver.summary(ended.output["runId"])
    counts, rows = summary.counts, summary.rows
    assert (rows.in_, rows.invalid) == (sample.rows, sample.invalid)
    assert rows.in_ == rows.invalid + rows.duplicate + rows.valid
    assert rows.valid == counts.output + counts.failed
    assert counts.failed == 0
    assert sum(summary.invalid_by.values()) == rows.invalid
    driver.until(driver.posts)

    options = driver.system.aws.storage_options
    parts = driver.keys(f"staging/{driver.campaign}/{ended.output['runId']}/records/")
    assert len(parts) == -(-rows.valid // 1000)
    bucket = driver.system.stack.bucket
    records = pl.read_parquet([f"s3://{bucket}/{part}" for part in parts], storage_options=options)
    fans = driver.fans()
    assert len(fans) == rows.valid
    for record in records.iter_rows(named=True):
        item = fans[f"fan:{record['globalUserId']}"]
        for name in ("score", "registrationScore", "accountScore", "nudetectScore", "localFanscore"):
            stored = item.get(name)
            assert (None if stored is None else float(stored)) == record[name]
        for name in ("isVerified", "events", "runId", "scoredAt"):
            assert item[name] == record[name]
        assert item.get("tags", []) == (record["tags"] or [])
    assert driver.counts()[:2] == (records["isVerified"].sum(), (~records["isVerified"]).sum())

    rejected = f"s3://{bucket}/rejected/{driver.campaign}/{ended.output['runId']}"
    kept = pl.read_parquet(f"{rejected}.parquet", storage_options=options)
    assert pl.read_csv(f"{rejected}.csv", storage_options=options).height == rows.invalid
    assert kept.height == rows.invalid
    assert all(kept["reasons"].list.len() > 0)


def test_states_pass_uris_and_counts_never_rows(driver: Driver, tmp_path: Path) -> None:
    generate("scrubbed", 3000, 3, tmp_path / "sample.csv", driver.campaign)
    body = (tmp_path / "sample.csv").read_bytes()
    ended = driver.run_upload(body, driver.key(name=driver.name + "n" * 200))
    assert ended.status == "SUCCEEDED", ended
    for event in driver.history(ended.arn):
        text = json.dumps(event, default=str)
        assert len(text) < 8192, event["type"]
        assert "@example" not in text
    driver.until(driver.posts)


def test_the_same_event_twice_runs_once(driver: Driver) -> None:
    first = driver.run_upload(FILE)
    event = driver.executions()[first.arn]
    again = driver.start(event)
    assert again.status == "SUCCEEDED"
    left = [
        e["stateExitedEventDetails"]["name"]
        for e in driver.history(again.arn)
        if "stateExitedEventDetails" in e
    ]
    assert left[-1] == "AlreadyProcessed"
    assert len(driver.keys(f"runs/{driver.campaign}/")) == 1
    driver.until(driver.posts)


def test_a_rerun_of_unchanged_data_changes_no_count_and_says_nothing(driver: Driver) -> None:
    first = driver.run_upload(FILE)
    driver.until(driver.posts)
    counts = driver.counts()
    again = driver.start({"campaignId": driver.campaign})
    assert again.status == "SUCCEEDED", again
    run_id = again.output["runId"]
    assert run_id > first.output["runId"]
    driver.until(lambda: driver.meta(f"meta:run:{run_id}").get("counted") == 44 or None)
    # Another campaign's verdict goes through the same queue after this one's: it is silence, not delay.
    other = Driver(driver.system, f"{driver.campaign}-after")
    driver.system.fakes.campaigns.register(other.campaign, other.name, ["Boston"])
    other.run_upload(FILE, other.key())
    other.until(other.posts)
    assert driver.counts() == counts
    assert len(driver.posts()) == 1


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "empty"),
        (b"PK\x03\x04" + bytes(200), "not"),
        (b"globalUserId,score\nf1,1\n", "hbase"),
        (b"globalUserId,score,isVerified,hbase,marketPreferences\n", "row"),
    ],
    ids=["empty", "zip", "columns missing", "no rows"],
)
def test_a_refused_file_alerts_and_publishes_nothing(driver: Driver, body: bytes, said: str) -> None:
    ended = driver.run_upload(body)
    assert (ended.status, ended.error) == ("FAILED", "InvalidFile")
    assert said in (ended.cause or "")
    assert [text for text in driver.posts() if said in text and "scoring refused" in text]
    assert driver.fans() == {}
    assert driver.streamed() == []
    runs = driver.keys(f"runs/{driver.campaign}/")
    assert len(runs) == 1
    assert driver.summary(runs[0].split("/")[2]).status == "failed"
    assert driver.keys(f"staging/{driver.campaign}/") == []


def test_a_key_that_does_not_parse_is_reported(driver: Driver) -> None:
    key = f"scrubbed/{driver.campaign}.csv"
    ended = driver.run_upload(FILE, key)
    assert (ended.status, ended.error) == ("FAILED", "InvalidKey")
    assert [text for text in driver.system.fakes.slack.posts if key in text]
    assert driver.fans() == {}


def test_records_that_nobody_can_take_hold_no_other_back(driver: Driver) -> None:
    """An id that Kinesis does not take, and scores for which DynamoDB has no number."""
    rows = (f"{'x' * 300},1", "small,1e-200", "great,1e200", "f1,1")
    ended = driver.run_upload(rows_of(*(f"{row},true,Boston,Boston,,,,," for row in rows)))
    assert ended.status == "SUCCEEDED", ended
    summary = driver.summary(ended.output["runId"])
    counts = summary.counts
    assert (summary.rows.valid, counts.output, counts.failed) == (4, 1, 3)
    assert len(driver.keys(f"dead-letters/publish-partition/{driver.campaign}/")) == 1
    (post,) = driver.until(driver.posts)
    assert post.endswith(": 1 verified")
    assert set(driver.fans()) == {"fan:f1"}
    assert [record["globalUserId"] for record in driver.streamed()] == ["f1"]


def test_a_file_of_which_nothing_can_be_taken_is_no_passing_failure(driver: Driver) -> None:
    ended = driver.run_upload(rows_of("f1,1e-200,true,Boston,Boston,,,,,"))
    assert ended.status == "SUCCEEDED", ended
    summary = driver.summary(ended.output["runId"])
    counts = summary.counts
    assert (summary.rows.valid, counts.output, counts.failed) == (1, 0, 1)


def test_an_older_file_is_refused_unless_forced(driver: Driver) -> None:
    driver.run_upload(FILE, driver.key("2026-02-13T10:00:00"))
    older = driver.run_upload(FILE, driver.key("2026-02-12T10:00:00"))
    assert (older.status, older.error) == ("FAILED", "OutdatedFile")
    assert "force" in (older.cause or "")
    given = {"bucket": driver.system.stack.bucket, "key": driver.key("2026-02-12T10:00:00"), "force": True}
    forced = driver.start(given)
    assert forced.status == "SUCCEEDED", forced
    assert driver.summary(forced.output["runId"]).scored_at > "2026-02-13"


@pytest.mark.parametrize(
    "given",
    [{}, {"campaign": "x"}, {"key": 5}, {"campaignId": "nobody"}, {"campaignId": "a", "key": "b"}],
    ids=str,
)
def test_an_input_that_fits_no_form_says_which_forms_there_are(
    driver: Driver, given: dict[str, object]
) -> None:
    ended = driver.start(given)
    assert (ended.status, ended.error) == ("FAILED", "InvalidInput")
    assert "campaign" in (ended.cause or "").lower()
