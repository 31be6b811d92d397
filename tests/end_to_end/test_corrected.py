"""A corrected file after the one before it: what the counts, Slack and the run's results say."""

from typing import Any

import pytest

from tests.end_to_end.driver import Driver, rows_of

OWNED = {"score", "isVerified", "registrationScore", "accountScore", "tags", "events"}
WITHDRAWN = "50 fans of earlier files are not in this one; it withdraws them"

pytestmark = pytest.mark.xdist_group("system")


def _file(fans: int, rejected: int = 0) -> str:
    return rows_of(*(f"f{n},{n},{n >= rejected},Boston,Boston,,,,," for n in range(fans)))


def test_fans_who_are_not_in_a_corrected_file_keep_their_state_and_slack_says_so(driver: Driver) -> None:
    """The worked example of docs/data-quality.md."""
    driver.run_upload(_file(200), driver.key("2026-02-13T10:00:00"))
    driver.until(driver.posts)
    corrected = driver.run_upload(_file(150, rejected=20), driver.key("2026-02-14T10:00:00"))
    assert corrected.status == "SUCCEEDED", corrected
    driver.until(lambda: len(driver.posts()) == 2 or None)
    complete = f"Campaign '{driver.name}' scoring complete"
    assert driver.posts() == [
        f"{complete}: 200 verified",
        f"{complete}: 180 verified (-20), 20 rejected (+20)",
    ]
    assert driver.counts() == (180, 20, 0)
    first, *others = driver.said_beside(driver.posts()[1])
    assert first == "50 fans of the last file are not in this one; they keep their state"
    assert "At most 5% of the last file's fans are missing from this one. It was 25.00%." in others
    quality = driver.summary(corrected.output["runId"]).quality
    assert quality is not None
    assert (quality.fans_new, quality.fans_gone) == (0, 50)


def test_a_corrected_file_that_replaces_the_one_before_it_withdraws_who_is_not_in_it(driver: Driver) -> None:
    """The worked example of docs/data-quality.md; then run again, asked to replace and not."""
    complete = f"Campaign '{driver.name}' scoring complete"
    driver.run_upload(_file(200), driver.key("2026-02-13T10:00:00"))
    driver.until(driver.posts)
    _select(driver, "fan:f199", "fan:f0")
    driver.until(lambda: driver.counts() == (200, 0, 2) or None)
    key = driver.key("2026-02-14T10:00:00")
    corrected = driver.run_upload(_file(150, rejected=20), key, replace=True)
    assert corrected.status == "SUCCEEDED", corrected
    driver.until(lambda: len(driver.posts()) == 2 or None)
    assert driver.posts()[1] == f"{complete}: 130 verified (-70), 20 rejected (+20), 2 selected (+2)"
    assert driver.said_beside(driver.posts()[1])[:2] == [
        "1 of the withdrawn fans is selected in another system",
        WITHDRAWN,
    ]
    run_id = corrected.output["runId"]
    counts = driver.summary(run_id).counts.wire()
    assert counts == {
        "in": 150, "invalid": 0, "duplicate": 0, "valid": 150, "output": 150, "withdrawn": 50, "failed": 0,
    }  # fmt: skip
    gone = driver.fans()["fan:f199"]
    assert gone["verdict"] == "selected"
    assert gone["runId"] == run_id
    assert not OWNED & gone.keys()
    driver.until(lambda: not _entered(driver)["f199"] or None)
    assert [_entered(driver)[f"f{n}"] for n in (0, 149, 150)] == [False, True, False]
    before = _fans(driver)
    for given in ({"replace": True}, {}):
        again = driver.start({"bucket": driver.system.stack.bucket, "key": key, **given})
        assert again.status == "SUCCEEDED", again
        latest = again.output["runId"]
        driver.until(lambda: driver.meta(f"meta:run:{latest}").get("verdict"))  # noqa: B023
        assert driver.meta(f"meta:run:{latest}")["verdict"] == "unchanged"
        assert driver.counts() == (130, 20, 2)
        assert driver.summary(latest).counts.withdrawn == 50
    assert len(driver.posts()) == 2
    assert len(before) == 200
    assert _fans(driver) == before


def test_a_file_that_would_withdraw_more_than_half_has_to_be_accepted(driver: Driver) -> None:
    driver.run_upload(_file(20), driver.key("2026-02-13T10:00:00"))
    driver.until(driver.posts)
    key = driver.key("2026-02-14T10:00:00")
    refused = driver.run_upload(_file(9), key, replace=True)
    assert (refused.status, refused.error) == ("FAILED", "QualityGateFailed")
    assert "No more than 50% of the campaign's fans are withdrawn. It was 55.00%." in (refused.cause or "")
    assert driver.counts() == (20, 0, 0)
    given = {"bucket": driver.system.stack.bucket, "key": key, "replace": True, "acceptQuality": True}
    assert driver.start(given).status == "SUCCEEDED"
    driver.until(lambda: driver.counts() == (9, 0, 0) or None)


def test_a_correction_that_only_removes_fans_is_said_once(driver: Driver) -> None:
    driver.run_upload(_file(20), driver.key("2026-02-13T10:00:00"))
    driver.until(driver.posts)
    key = driver.key("2026-02-14T10:00:00")
    driver.run_upload(_file(15), key)
    driver.until(lambda: len(driver.posts()) == 2 or None)
    complete = f"Campaign '{driver.name}' scoring complete"
    assert driver.posts() == [f"{complete}: 20 verified"] * 2
    again = driver.start({"campaignId": driver.campaign})
    run = f"meta:run:{again.output['runId']}"
    driver.until(lambda: driver.meta(run).get("verdict"))
    assert driver.meta(run)["verdict"] == "unchanged"
    assert len(driver.posts()) == 2


def test_a_fanlist_that_replaces_withdraws_what_is_its_own(driver: Driver) -> None:
    """A fan of both kinds of file keeps what the scrubbed one said."""
    driver.run_upload(_file(1), driver.key("2026-02-13T10:00:00"))
    driver.until(driver.posts)

    def key(day: int) -> str:
        return f"fanlist/scored/{driver.campaign}/2026-02-{day}T10:00:00.csv"

    fans = ["f0,,1,a", "g1,,2,b", ",m2,3,", *(f",n{n},4," for n in range(7))]
    driver.run_upload("\n".join(["globalUserId,memberId,score,tags", *fans]), key(13))
    driver.until(lambda: len(driver.posts()) == 2 or None)
    ended = driver.run_upload(
        "\n".join(["globalUserId,memberId,score,tags", *fans[3:]]), key(14), replace=True
    )
    assert ended.status == "SUCCEEDED", ended
    run_id = ended.output["runId"]
    assert driver.summary(run_id).counts.wire() == {
        "input": {"in": 7, "invalid": 0, "duplicate": 0, "valid": 7},
        "dynamo": {"in": 10, "failed": 0, "out": 10},
        "stream": {"in": 10, "failed": 0, "out": 10},
        "withdrawn": 3,
    }
    found = driver.fans()
    for fan in ("fan:f0", "fan:g1", "sid:m2"):
        assert not {"fanlistScore", "fanlistTags"} & found[fan].keys()
        assert found[fan]["fanlistRunId"] == run_id
    assert found["fan:f0"]["isVerified"] is True
    sent = [
        (place, record)
        for place, record in driver.stream(driver.system.stack.campaign_data_stream)
        if record.get("withdrawn")
    ]
    assert sorted(place for place, _ in sent) == ["f0", "g1", "m2"]
    assert all(record["correlation"]["runId"] == run_id for _, record in sent)
    driver.until(lambda: len(driver.posts()) == 3 or None)
    assert driver.posts()[2] == f"Campaign '{driver.name}' scoring complete: 7 records processed"


def _entered(driver: Driver) -> dict[str | None, Any]:
    """What the Entry Service was told of each fan last."""
    received = driver.system.fakes.entries.received[driver.campaign]
    return {entry.global_user_id: entry.verdict for entry in received}


def _fans(driver: Driver) -> dict[str, dict[str, Any]]:
    """The fans' items without what each run leaves anew."""
    anew = {"runId", "updated"}
    return {
        fan: {name: value for name, value in item.items() if name not in anew}
        for fan, item in driver.fans().items()
    }


def _select(driver: Driver, *fans: str) -> None:
    """Another system selects fans."""
    for fan in fans:
        driver.system.aws.client("dynamodb").update_item(
            TableName=driver.system.stack.table,
            Key={"PK": {"S": fan}, "SK": {"S": f"campaign:{driver.campaign}"}},
            UpdateExpression="SET verdict = :selected",
            ExpressionAttributeValues={":selected": {"S": "selected"}},
        )
