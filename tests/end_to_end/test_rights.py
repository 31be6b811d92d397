"""A right taken away makes the job fail, under enforced IAM: three of the template's, one a step."""

import copy
from typing import Any

import pytest

from local import deploy
from local.laptop import laptop
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
