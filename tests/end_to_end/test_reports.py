"""What a campaign manager finds in the bucket, and where Slack's link leads.

Cannot see: the console, which is where a private bucket's pages are opened.
"""

import html
import re
from typing import Any
from urllib.parse import unquote

import pytest

from expectations.report.model import Facts
from steps.shared.storage import read_json
from tests.end_to_end.driver import Driver, rows_of

pytestmark = pytest.mark.xdist_group("second system")


def _rows(good: int, bad: int) -> str:
    rows = [f"f{n},{n},{n % 4 > 0},Boston,Boston,,,,," for n in range(good)]
    return rows_of(*rows, *(f"b{n},x,true,Boston,Boston,,,,," for n in range(bad)))


def _text(driver: Driver, key: str) -> str:
    body = driver.system.aws.client("s3").get_object(Bucket=driver.system.stack.bucket, Key=key)["Body"]
    page = re.sub(r"<style>.*?</style>", "", body.read().decode(), flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def _facts(driver: Driver, run_id: str) -> Facts:
    key = f"data-quality/{driver.campaign}/{run_id}/facts.json"
    return Facts.model_validate(read_json(driver.system.aws.client("s3"), driver.system.stack.bucket, key))


def _links(driver: Driver) -> list[str]:
    """The keys that the campaign's posts lead to."""
    blocks: list[Any] = [message.model_dump() for message in driver.system.fakes.slack.messages]
    own = [str(message) for message in blocks if f"'{driver.name}'" in str(message)]
    return [unquote(found) for message in own for found in re.findall(r"\?prefix=([^|\s'\"]+)", message)]


def test_each_run_has_a_report_and_the_lists_know_them_all(driver: Driver) -> None:
    first = driver.run_upload(_rows(100, 0), driver.key("2026-02-13T10:00:00"))
    second = driver.run_upload(_rows(100, 3), driver.key("2026-02-14T10:00:00"))
    driver.run_upload(_rows(80, 20), driver.key("2026-02-15T10:00:00"))
    ends = f".{driver.campaign}.json"
    third = max(key for key in driver.keys("data-quality/.runs/") if key.endswith(ends))
    third = third.rpartition("/")[2].removesuffix(ends)
    assert (first.status, second.status) == ("SUCCEEDED", "SUCCEEDED")
    runs = [first.output["runId"], second.output["runId"], third]
    folder = f"data-quality/{driver.campaign}"
    for run_id in runs:
        own = {key.removeprefix(f"{folder}/{run_id}/") for key in driver.keys(f"{folder}/{run_id}/")}
        assert {"report.html", "facts.json", "validation.json"} < own
        assert len([name for name in own if name.startswith("data-docs/")]) == 2
    page = _text(driver, f"{folder}/{runs[1]}/report.html")
    assert "100 fans published" in page
    assert "Rejected rows 3 2.9 %" in page
    assert "bad_score" in page
    previous = _facts(driver, runs[1]).previous
    assert previous is not None
    assert (previous.run_id, previous.records, previous.verified_share) == (runs[0], 100, 0.75)

    quarantined = _text(driver, f"{folder}/{runs[2]}/report.html")
    assert "Quarantined Nothing was published" in quarantined
    assert "It was 80.00 %." in quarantined
    assert "Published" not in quarantined

    listed = _text(driver, f"{folder}/index.html")
    assert sorted(runs, key=listed.index) == runs[::-1]
    assert all(run_id in _text(driver, "data-quality/index.html") for run_id in runs)
    driver.until(lambda: len(driver.posts()) >= 2 or None)
    assert f"{folder}/{runs[2]}/report.html" in _links(driver)


def test_a_refused_file_has_a_report_that_slack_leads_to(driver: Driver) -> None:
    driver.run_upload("globalUserId,score\nf1,1\n")
    (key,) = [key for key in driver.keys(f"data-quality/{driver.campaign}/") if key.endswith("/report.html")]
    assert "Refused Nothing was published" in _text(driver, key)
    assert _links(driver) == [key]


def test_a_report_is_written_again_when_its_verdict_is_said(driver: Driver) -> None:
    """Of both kinds; what the second file changed is counted from what was said of the first."""
    driver.run_upload(_rows(100, 0), driver.key("2026-02-13T10:00:00"))
    driver.until(lambda: len(driver.posts()) >= 1 or None)
    second = driver.run_upload(_rows(104, 0), driver.key("2026-02-14T10:00:00"))
    key = f"data-quality/{driver.campaign}/{second.output['runId']}/report.html"
    driver.until(lambda: "Counted 104" in _text(driver, key) or None)
    driver.until(lambda: "78 verified (+3 since the last verdict)" in _text(driver, key) or None)
