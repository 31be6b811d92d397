"""A right taken away makes the job fail, under enforced IAM: a few of the template's."""

import copy
from typing import Any

import pytest

from local.stack import deploy
from local.stack.laptop import laptop
from tests.end_to_end.driver import Driver, rows_of

pytestmark = pytest.mark.xdist_group("rights")

FILE = rows_of(*(f"f{i},{i},true,Boston,Boston,,,,," for i in range(10)))


def _without(function: str, sid: str) -> dict[str, Any]:
    changed = copy.deepcopy(deploy.template())
    policies = changed["Resources"][function]["Properties"]["Policies"]
    before = len(policies[0]["Statement"])
    policies[0]["Statement"] = [s for s in policies[0]["Statement"] if s.get("Sid") != sid]
    assert len(policies[0]["Statement"]) == before - 1
    return changed


@pytest.mark.parametrize(
    ("function", "sid"),
    [
        ("PublishPartitionFunction", "Publish"),
        ("PrepareFunction", "WritePartitionsAndRejects"),
        ("FinishFunction", "AskForTheVerdict"),
    ],
)
def test_a_statement_taken_away_fails_the_run(function: str, sid: str) -> None:
    with laptop({}, {"SFN_WAIT_SCALE": "0"}, _without(function, sid)) as system:
        driver = Driver(system, "rights")
        ended = driver.run_upload(FILE)
        assert ended.status == "FAILED", ended
        assert driver.fans() == {} or sid == "AskForTheVerdict"
        assert [text for text in driver.posts() if "scoring failed" in text]


@pytest.mark.parametrize("sid", ["MergeFans", "Publish"])
def test_a_fanlist_that_may_not_be_saved_or_published_fails(sid: str) -> None:
    template = _without("SaveFanlistPartitionFunction", sid)
    with laptop({}, {"SFN_WAIT_SCALE": "0"}, template) as system:
        driver = Driver(system, "rights")
        system.fakes.campaigns.register(driver.campaign, driver.name, [])
        rows = "".join(f"m{i},{i}\n" for i in range(10))
        ended = driver.run_upload(f"memberId,score\n{rows}", "fanlist/scored/rights/2026-02-13T10:00:00.csv")
        assert ended.status == "FAILED", ended
        # What is saved and not yet published is published by a re-run.
        assert (driver.fans() == {}) is (sid == "MergeFans")
        assert driver.stream(system.stack.campaign_data_stream) == []
        assert [text for text in driver.posts() if "scoring failed" in text]
