"""Workers killed (-9) in mid-batch, several times: in the end the counts equal a recount of the table.

Cannot see: a machine that dies together with the table.
"""

import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from local.sample.generate import generate
from local.stack.deploy import template
from local.stack.laptop import laptop
from tests.end_to_end.driver import Driver
from tests.end_to_end.killer import Killer, Plan
from tests.platforms import needs_proc

pytestmark = [pytest.mark.xdist_group("killed"), needs_proc]

ROWS = 1500


def _recount(fans: dict[str, dict[str, Any]]) -> tuple[int, int, int]:
    states = Counter(item["isVerified"] for item in fans.values())
    selected = sum(item.get("verdict", "").lower() == "selected" for item in fans.values())
    return states[True], states[False], selected


def test_workers_killed_in_mid_batch_leave_exact_counts(tmp_path: Path) -> None:
    # The counting one: before its first commit, right after its next, after another and before one. The
    # upserting one: within its first batch, and after statements were written whose answer it never got.
    counting = Plan("ProcessSavedScores", "TransactWriteItems", {1: "before", 2: "after", 3: "after"})
    upserting = Plan("LoadScoresToDynamoDB", "BatchExecuteStatement", {2: "before", 9: "after", 30: "after"})
    with (
        Killer(counting, upserting) as killer,
        laptop(
            {"VerdictDelaySeconds": "1"}, {"SFN_WAIT_SCALE": "0"}, killer.in_the_way_of(template())
        ) as system,
    ):
        killer.port = system.aws.port
        driver = Driver(system, "killed")
        system.fakes.campaigns.register(driver.campaign, driver.name, ["Boston"])
        generate("scrubbed", ROWS, 11, tmp_path / "sample.csv", driver.campaign)
        ended = driver.run_upload((tmp_path / "sample.csv").read_bytes())
        assert ended.status == "SUCCEEDED", ended
        driver.until(driver.posts)
        output = driver.summary(ended.output["runId"]).counts.output
        fans = driver.fans()
        log = system.aws.log_path.read_text(errors="replace")
        assert (counting.done, upserting.done) == (True, True), (counting.killed, upserting.killed)
        assert driver.counts() == _recount(fans)
        assert driver.meta(f"meta:run:{ended.output['runId']}")["counted"] == len(fans) == output
        assert len(driver.posts()) == 1
        # The dead were missed: their batches came again.
        for worker in ("processSavedScores", "loadScoresToDynamoDB"):
            assert len(re.findall(rf"Lambda \S+-{worker} failed processing", log)) >= 3
