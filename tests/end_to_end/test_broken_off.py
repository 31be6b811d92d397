"""A run whose FanOut broke off half-way: a replay and a re-run both leave what one clean run leaves.

Cannot see: a stop in FanOut, which the embedded AWS marks and then runs on; redrives, which it lacks.
"""

from typing import Any

import pytest

from local.stack.laptop import Laptop
from tests.end_to_end.driver import Driver
from tests.end_to_end.replaying import Console, cannot_read, file

pytestmark = pytest.mark.xdist_group("system")

_FANS = 1_500  # two partitions


def _left_by(driver: Driver, run_id: str) -> dict[str, Any]:
    """What is there once a run of all these fans is counted and told."""
    driver.until(lambda: driver.meta(f"meta:run:{run_id}").get("counted") == _FANS or None)
    driver.until(lambda: [text for text in driver.posts() if "complete" in text] or None)
    driver.until(lambda: driver.verdicts_are_done() or None)
    driver.until(lambda: len(driver.system.fakes.entries.received.get(driver.campaign, [])) >= _FANS or None)
    found = driver.state([run_id])
    # What went out before it broke off may have been told by then; the last word is the same.
    found["said"]["scrubbed"].pop("before", None)
    assert f"complete: {_FANS:,} verified" in found.pop("posts")[-1]
    return found | {"summary": driver.summary(run_id).counts}


@pytest.fixture(scope="module")
def clean(system: Laptop) -> dict[str, Any]:
    driver = Driver(system, "e2e-clean")
    system.fakes.campaigns.register(driver.campaign, driver.name, ["Boston"])
    return _left_by(driver, driver.run_upload(file(fans=_FANS)).output["runId"])


@pytest.mark.parametrize("command", ["dead-letters replay", "rerun"])
def test_a_fanout_that_broke_off_is_done_to_its_end(
    driver: Driver, console: Console, clean: dict[str, Any], command: str
) -> None:
    with cannot_read(driver.system, "PublishPartition", f"staging/{driver.campaign}/*/part-00001.parquet"):
        assert driver.run_upload(file(fans=_FANS)).error == "TooManyPartitionsFailed"
    (key,) = driver.keys(f"runs/{driver.campaign}/")
    run_id = key.split("/")[2]
    summary = driver.summary(run_id)
    assert (summary.counts.output, summary.failed_partitions) == (1_000, [1])
    done = console.vf(*command.split(), driver.campaign, *(["--yes"] if "replay" in command else []))
    assert done.code == 0, done
    newest = sorted(key.split("/")[2] for key in driver.keys(f"runs/{driver.campaign}/"))[-1]
    assert (newest == run_id) == ("replay" in command)
    assert _left_by(driver, newest) == clean
