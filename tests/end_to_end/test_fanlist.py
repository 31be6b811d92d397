"""The fanlist job on the whole stack: from the upload to the table, campaignDataStream and Slack.

Cannot see: real shards and throttling, two versions of one event at the very same moment.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from local.sample.generate import generate
from steps.shared.counts import FanlistCounts
from tests.end_to_end.driver import Driver, Ended, rows_of
from tests.pipelines import reference_fanlist

pytestmark = pytest.mark.xdist_group("system")

HEADER = "globalUserId,memberId,email,score,firstName,tags"
FILE = "\n".join(
    (
        HEADER,
        "u1,m1,One@Example.com,90.5,Ann,vip|app",
        "u2,,two@example.com,80,Bo,",
        ",m3,not an address,70,,app",
        ",, Four@Example.com ,60,Di,",
        ",,four@example.com,65,Dora,vip",
        ",,five.at.example.com,50,,",
        ",,,40,,",
        *(f",m{number},,{number % 100},," for number in range(100, 140)),
    )
)


def key(driver: Driver, moment: str = "2026-02-13T14:30:00") -> str:
    return f"fanlist/scored/{driver.campaign}/{moment}.csv"


def counts(driver: Driver, ended: Ended) -> FanlistCounts:
    found = driver.summary(ended.output["runId"]).counts
    assert isinstance(found, FanlistCounts)
    assert found.input.in_ == found.input.invalid + found.input.duplicate + found.input.valid
    assert found.dynamo.in_ == found.input.valid
    assert found.dynamo.in_ == found.dynamo.failed + found.dynamo.out
    assert found.stream.in_ == found.dynamo.out
    assert found.stream.in_ == found.stream.failed + found.stream.out
    return found


def said(records: int, driver: Driver) -> str:
    return f"Campaign '{driver.name}' scoring complete: {records:,} records processed"


def published(driver: Driver) -> list[tuple[str, dict[str, Any]]]:
    return driver.stream(driver.system.stack.campaign_data_stream)


def scenario_2(folder: Path, campaign: str) -> bytes:
    """Scenario 2 at a tenth: 5,000 rows, 150 of them invalid, 50 a fan's second."""
    sample = generate("fanlist", 5_000, 11, folder / "fanlist.csv", campaign)
    assert (sample.rows, sample.invalid, sample.duplicate) == (5_000, 150, 50)
    return sample.path.read_bytes()


def test_scenario_2_item_by_item_and_record_by_record(driver: Driver, tmp_path: Path) -> None:
    content = scenario_2(tmp_path, driver.campaign)
    ended = driver.run_upload(content, key(driver))
    assert ended.status == "SUCCEEDED", ended
    assert counts(driver, ended).wire() == {
        "input": {"in": 5000, "invalid": 150, "duplicate": 50, "valid": 4800},
        "dynamo": {"in": 4800, "failed": 0, "out": 4800},
        "stream": {"in": 4800, "failed": 0, "out": 4800},
    }
    driver.until(driver.posts)
    assert driver.posts() == [said(4_800, driver)]

    run_id = ended.output["runId"]
    kinds = {"globalUserId": "fan", "memberId": "sid", "email": "email"}
    expected = {}
    for record in reference_fanlist.prepare(content, driver.campaign).records:
        name, value = reference_fanlist.identifier(record)
        expected[f"{kinds[name]}:{value}"] = (value, record)
    fans, records = driver.fans(), published(driver)
    assert set(fans) == set(expected)
    assert len(records) == len({record["correlation"]["recordId"] for _, record in records}) == 4_800
    by_key = dict(records)
    for place, (value, record) in expected.items():
        item, sent = fans[place], by_key[value]
        assert float(item["fanlistScore"]) == record["score"]
        assert item.get("fanlistTags") == record["tags"]
        assert (item["fanlistRunId"], item["fanlistScoredAt"]) == (run_id, "2026-02-13T14:30:00.000Z")
        assert item.keys() - {"fanlistTags"} == {
            "PK", "SK", "fanlistScore", "fanlistRunId", "fanlistScoredAt", "updated"
        }  # fmt: skip
        assert {n: v for n, v in record.items() if v is not None} == {
            n: v for n, v in sent.items() if n not in ("source", "correlation", "date", "schemaVersion")
        }
        assert (sent["source"], sent["correlation"]["runId"], sent["schemaVersion"]) == ("fanlist", run_id, 1)
        assert sent["date"].endswith("Z")
    assert driver.counts() == (0, 0, 0)
    assert driver.meta(f"meta:run:{run_id}")["counted"] == 4_800
    for event in driver.history(ended.arn):
        text = json.dumps(event, default=str)
        assert len(text) < 8192, event["type"]
        assert "@" not in text
    assert len(driver.executions_of(key(driver))) == 1


def test_a_small_file_by_hand(driver: Driver) -> None:
    ended = driver.run_upload(FILE, key(driver))
    assert ended.status == "SUCCEEDED", ended
    summary = driver.summary(ended.output["runId"])
    assert summary.invalid_by == {"missing_id": 1, "bad_email": 1}
    assert (summary.source, summary.campaign_name) == ("fanlist", driver.name)
    assert counts(driver, ended).input.wire() == {"in": 47, "invalid": 2, "duplicate": 1, "valid": 44}
    fans = driver.fans()
    assert {"fan:u1", "fan:u2", "sid:m3", "email:four@example.com"} <= set(fans)
    assert fans["email:four@example.com"]["fanlistScore"] == 65
    by_key = dict(published(driver))
    assert by_key["four@example.com"]["firstName"] == "Dora"
    assert "email" not in by_key["m3"]
    driver.until(driver.posts)
    assert driver.posts() == [said(44, driver)]


def test_the_same_event_twice_runs_once(driver: Driver) -> None:
    first = driver.run_upload(FILE, key(driver))
    again = driver.start(driver.executions()[first.arn], "fanlist")
    assert again.status == "SUCCEEDED"
    assert len(driver.keys(f"runs/{driver.campaign}/")) == 1
    driver.until(driver.posts)
    assert len(published(driver)) == 44


def test_a_rerun_leaves_the_same_items_under_a_new_run(driver: Driver) -> None:
    first = driver.run_upload(FILE, key(driver))
    driver.until(driver.posts)
    before = driver.fans()
    again = driver.start({"campaignId": driver.campaign}, "fanlist")
    assert again.status == "SUCCEEDED", again
    run_id = again.output["runId"]
    assert run_id > first.output["runId"]
    assert counts(driver, again).dynamo.out == 44
    driver.until(lambda: driver.meta(f"meta:run:{run_id}").get("counted") == 44 or None)
    changing = {"fanlistRunId", "updated"}
    assert _without(driver.fans(), changing) == _without(before, changing)
    records = published(driver)
    assert len(records) == len({record["correlation"]["recordId"] for _, record in records}) == 88


def _without(fans: dict[str, dict[str, Any]], names: set[str]) -> dict[str, dict[str, Any]]:
    return {place: {n: v for n, v in item.items() if n not in names} for place, item in fans.items()}


SCRUBBED = rows_of(
    *(f"u{number},{number},{'true' if number % 4 else 'false'},Boston,Boston,,,,," for number in range(200))
)
SHARED = "\n".join(
    ("globalUserId,score,tags", *(f"u{number},{number + 0.5},vip" for number in range(100, 300)))
)
WHOLE = {"score", "isVerified", "events", "runId", "scoredAt"}
OURS = {"fanlistScore", "fanlistTags", "fanlistRunId", "fanlistScoredAt"}


@pytest.mark.parametrize("order", ["scrubbed first", "fanlist first", "at the same time"])
def test_the_same_fans_in_both_kinds_of_file(driver: Driver, order: str) -> None:
    # The scrubbed file is the older one, the fanlist the newer: neither makes the other stale.
    files = [(SCRUBBED, driver.key("2026-02-12T10:00:00")), (SHARED, key(driver, "2026-02-13T10:00:00"))]
    if order == "fanlist first":
        files.reverse()
    if order == "at the same time":
        before = driver.executions()
        for body, where in files:
            driver.upload(body, where)
        ended = [driver.wait_for(driver.execution_of(where, before)) for _, where in files]
    else:
        ended = []
        for number, (body, where) in enumerate(files, start=1):
            ended.append(driver.run_upload(body, where))
            driver.until(lambda number=number: len(driver.posts()) == number or None)  # type: ignore[misc]
    assert [one.status for one in ended] == ["SUCCEEDED"] * 2
    driver.until(lambda: len(driver.posts()) == 2 or None)
    fans = driver.fans()
    assert len(fans) == 300
    for number in range(300):
        item = fans[f"fan:u{number}"]
        assert (item.keys() >= WHOLE) is (number < 200)
        assert (item.keys() >= OURS) is (number >= 100)
        if number < 200:
            assert (item["score"], item["isVerified"]) == (number, number % 4 != 0)
        if number >= 100:
            assert (float(item["fanlistScore"]), item["fanlistTags"]) == (number + 0.5, ["vip"])
    assert driver.counts() == (150, 50, 0)
    assert {driver.meta(f"meta:run:{one.output['runId']}")["counted"] for one in ended} == {200}
    verified = f"Campaign '{driver.name}' scoring complete: 150 verified, 50 rejected"
    assert sorted(driver.posts()) == sorted([verified, said(200, driver)])


def test_an_older_fanlist_is_refused(driver: Driver) -> None:
    driver.run_upload(FILE, key(driver, "2026-02-13T10:00:00"))
    older = driver.run_upload(FILE, key(driver, "2026-02-12T10:00:00"))
    assert (older.status, older.error) == ("FAILED", "OutdatedFile")


@pytest.mark.parametrize(
    ("body", "error", "words"),
    [
        (b"score,firstName\n1,Ann\n", "InvalidFile", "globalUserId, memberId, email"),
        (b"email,score\n" + b"no,1\n" * 9 + b"a@example.com,1\n", "QualityGateFailed", "10.00%"),
    ],
    ids=["no identifier column", "too many bad rows"],
)
def test_a_file_that_may_not_go_out(driver: Driver, body: bytes, error: str, words: str) -> None:
    ended = driver.run_upload(body, key(driver))
    assert (ended.status, ended.error) == ("FAILED", error)
    assert words in (ended.cause or "")
    assert (driver.fans(), published(driver)) == ({}, [])
    assert [text for text in driver.posts() if words in text]


def test_a_key_under_fanlist_that_does_not_parse_is_reported_once(driver: Driver) -> None:
    where = f"fanlist/{driver.campaign}.csv"
    ended = driver.run_upload(FILE, where)
    assert (ended.status, ended.error) == ("FAILED", "InvalidKey")
    assert len(driver.executions_of(where)) == 1
    assert len([text for text in driver.system.fakes.slack.posts if where in text]) == 1
