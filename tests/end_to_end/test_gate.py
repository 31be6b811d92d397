"""The quality gate on the embedded AWS: quarantine, publishing in spite of it, warnings, the last run.

Cannot see: who it was that accepted a file, which on AWS CloudTrail knows.
"""

import json
from pathlib import Path

import pytest

from tests.end_to_end.driver import Driver, rows_of
from tests.local.check.checking import vf

pytestmark = pytest.mark.xdist_group("second system")


def test_a_file_with_too_many_bad_rows_is_quarantined(driver: Driver, tmp_path: Path) -> None:
    flags = ["perhaps"] * 3 + ["true"] * 14 + ["false"] * 3
    bad = rows_of(*(f"q{i},{i},{flag},Boston,Boston,,,,," for i, flag in enumerate(flags)))
    ended = driver.run_upload(bad)
    assert (ended.status, ended.error) == ("FAILED", "QualityGateFailed")
    assert "85.00%" in (ended.cause or "")
    left = [
        event["stateEnteredEventDetails"]["name"]
        for event in driver.history(ended.arn)
        if "stateEnteredEventDetails" in event
    ]
    assert left[-1] == "Quarantined"
    (said,) = driver.posts()
    assert "At least 90% of the rows are valid. It was 85.00%." in said
    assert driver.fans() == {}
    assert driver.streamed() == []
    run_id = driver.keys(f"runs/{driver.campaign}/")[0].split("/")[2]
    assert driver.summary(run_id).status == "quarantined"
    (tmp_path / "bad.csv").write_text(bad)
    offline = vf(tmp_path / "bad.csv", "--key", driver.key(), "--json")
    said_here = json.loads(offline.stdout)["quality"]
    quality = driver.summary(run_id).quality
    assert quality is not None
    assert (said_here["verdict"], said_here["failed"]) == (quality.verdict, quality.failed)
    assert offline.exit_code == 1
    accepted = driver.start({"campaignId": driver.campaign, "acceptQuality": True})
    assert accepted.status == "SUCCEEDED"
    quality = driver.summary(accepted.output["runId"]).quality
    assert quality is not None
    assert quality.accepted
    kept = driver.meta(f"meta:run:{accepted.output['runId']}")
    assert kept["qualityAccepted"] == "At least 90% of the rows are valid. It was 85.00%."
    assert kept["executionArn"] == accepted.arn
    assert kept["qualityAcceptedAt"]
    driver.until(lambda: len(driver.fans()) == 17 or None)
    driver.until(lambda: len(driver.posts()) == 2 or None)
    assert driver.said_beside(driver.posts()[1]) == [
        "Accepted: published although a critical check failed; somebody chose acceptQuality.",
        "At least 90% of the rows are valid. It was 85.00%.",
    ]


def test_a_file_is_compared_with_the_campaigns_last_one(driver: Driver) -> None:
    def rows(fans: int, verified: int) -> str:
        flags = ["true"] * verified + ["false"] * (fans - verified)
        return rows_of(*(f"f{i},{i},{flag},Boston,Boston,,,,," for i, flag in enumerate(flags)))

    first = driver.run_upload(rows(50, 25), driver.key("2026-02-13T10:00:00"))
    assert first.status == "SUCCEEDED", first
    quality = driver.summary(first.output["runId"]).quality
    assert quality is not None
    assert (quality.verdict, quality.failed) == ("passed", [])
    second = driver.run_upload(rows(20, 18), driver.key("2026-02-14T10:00:00"))
    assert second.status == "SUCCEEDED", second
    quality = driver.summary(second.output["runId"]).quality
    assert quality is not None
    assert (quality.verdict, quality.failed) == (
        "warned",
        [
            "The number of records is within 50% of the last run's 50. It differs by 60.00%.",
            "The verified share is within 20 points of the last run's 50.00%. It differs by 40.0 points.",
            "At most 5% of the last file's fans are missing from this one. It was 60.00%.",
        ],
    )
    driver.until(lambda: driver.verdicts_are_done() or None)


def test_a_file_without_a_valid_row_is_quarantined_and_can_be_accepted(driver: Driver) -> None:
    none = rows_of(*(f"n{i},{i},true,Boston,Chicago,,,,," for i in range(5)))
    ended = driver.run_upload(none)
    assert (ended.status, ended.error) == ("FAILED", "QualityGateFailed")
    assert "at least one record" in (ended.cause or "")
    accepted = driver.start({"campaignId": driver.campaign, "acceptQuality": True})
    assert accepted.status == "SUCCEEDED", accepted
    assert accepted.output["counts"]["invalid"] == 5
    assert driver.streamed() == []
