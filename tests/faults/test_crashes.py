"""Each step killed (-9) in the middle of its work: what is left is what a run that nobody disturbed leaves.

Steps die at a call to AWS, once before it is done and once after it was done, without its answer. The state
machine tries them again; where they die more often than that, the run fails and a re-run finishes. Cannot
see: a machine that dies together with its disk, which no step keeps anything on.
"""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from local.stack.deploy import template
from local.stack.laptop import Laptop, laptop
from pipelines.keys import Kind
from steps.shared.storage import read_json
from tests.end_to_end.driver import Driver, Ended
from tests.end_to_end.killer import Killer, Moment, Plan
from tests.faults.play import FANS, fanlist, scrubbed
from tests.platforms import needs_proc

pytestmark = [pytest.mark.xdist_group("faults"), needs_proc]

_STEPS = ("Resolve", "Prepare", "CheckQuality", "PublishPartition", "SaveFanlistPartition", "Finish")
_NUMBERS = itertools.count(1)


@dataclass(frozen=True)
class Deadly:
    """A system whose steps reach AWS by way of a killer."""

    system: Laptop
    killer: Killer

    def driver(self) -> Driver:
        """A campaign of its own."""
        driver = Driver(self.system, f"crash-{next(_NUMBERS):02}")
        self.system.fakes.campaigns.register(driver.campaign, driver.name, ["Boston", "X"])
        return driver


@pytest.fixture(scope="module")
def deadly() -> Iterator[Deadly]:
    parameters = {"PartitionRows": "1000", "VerdictDelaySeconds": "1"}
    with (
        Killer(functions=_STEPS) as killer,
        laptop(parameters, {"SFN_WAIT_SCALE": "0"}, killer.in_the_way_of(template())) as system,
    ):
        killer.port = system.aws.port
        yield Deadly(system, killer)
        assert system.fakes.refused == []


def upload(driver: Driver, kind: Kind) -> Ended:
    if kind == "fanlist":
        return driver.run_upload(fanlist(), f"fanlist/scored/{driver.campaign}/2026-02-13T14:30:00.csv")
    return driver.run_upload(scrubbed(), driver.key())


def left_by(driver: Driver, kind: Kind, ended: Ended) -> dict[str, Any]:
    """What a finished run leaves, once everything is counted, said and sent."""
    assert ended.status == "SUCCEEDED", ended
    run = ended.output["runId"]
    driver.until(lambda: int(driver.meta(f"meta:run:{run}").get("counted", 0)) >= FANS or None)
    driver.until(lambda: [post for post in driver.posts() if "complete" in post])
    if kind == "scrubbed":
        received = driver.system.fakes.entries.received
        driver.until(
            lambda: len({e.global_user_id for e in received.get(driver.campaign, [])}) >= FANS or None
        )
    state = driver.state([run])
    summary = driver.summary(run)
    stack = driver.system.stack
    stream = stack.campaign_data_stream if kind == "fanlist" else stack.scores_stream
    return {
        **state,
        "posts": [post for post in state["posts"] if "complete" in post],
        "streamed": {key for key, _ in driver.stream(stream)},
        "summary": (summary.counts, summary.invalid_by, summary.status, summary.failed_partitions),
        "status": driver.meta(f"meta:run:{run}")["status"],
        "rejected": len(driver.keys(f"rejected/{driver.campaign}/{run}")),
    }


def expect_only_listed_partitions(driver: Driver, run: str) -> None:
    """A run's partitions are those of its manifest, and all of them are its own."""
    listed = read_json(
        driver.system.aws.client("s3"),
        driver.system.stack.bucket,
        f"staging/{driver.campaign}/{run}/manifest.json",
    )
    kept = driver.keys(f"staging/{driver.campaign}/{run}/records/")
    assert sorted(item["key"] for item in listed) == kept


@pytest.fixture(scope="module")
def calm(deadly: Deadly) -> dict[Kind, dict[str, Any]]:
    """What runs that nobody disturbs leave, by kind."""
    deadly.killer.plans = ()
    kinds: tuple[Kind, ...] = ("scrubbed", "fanlist")
    drivers = {kind: deadly.driver() for kind in kinds}
    return {kind: left_by(driver, kind, upload(driver, kind)) for kind, driver in drivers.items()}


def twice(function: str, operation: str, about: str = "") -> Plan:
    """Killed before the first such call is done, and after the next one is."""
    return Plan(function, operation, {1: "before", 2: "after"}, about)


# Where each step dies in one run: at its first writes, in between, or at its last. All steps but the one that
# saves partitions are the same for both kinds.
_ROUNDS: dict[tuple[Kind, str], list[Plan]] = {
    ("scrubbed", "first writes"): [
        twice("Resolve", "PutItem"),
        twice("Prepare", "PUT */records/*"),
        Plan("CheckQuality", "PUT */data-quality/*", {1: "before", 3: "after"}),
        twice("PublishPartition", "PutRecords"),
        twice("Finish", "PUT */summary.json"),
    ],
    ("scrubbed", "in between"): [
        twice("Resolve", "UpdateItem", "startedAt"),
        twice("Prepare", "PUT */prepared.json"),
        twice("Finish", "SendMessage"),
    ],
    ("scrubbed", "last writes"): [
        twice("Prepare", "PUT */manifest.json"),
        twice("CheckQuality", "UpdateItem", "meta:latest"),
        twice("PublishPartition", "PUT */published/*"),
        twice("Finish", "UpdateItem", "finishedAt"),
    ],
    ("fanlist", "all writes"): [
        twice("SaveFanlistPartition", "BatchExecuteStatement"),
        Plan("SaveFanlistPartition", "PutRecords", {1: "after"}),
        twice("SaveFanlistPartition", "PUT */published/*"),
    ],
}


@pytest.mark.parametrize(("kind", "which"), list(_ROUNDS))
def test_steps_killed_in_mid_work_are_tried_again_and_change_nothing(
    deadly: Deadly, calm: dict[Kind, dict[str, Any]], kind: Kind, which: str
) -> None:
    driver = deadly.driver()
    deadly.killer.plans = plans = _ROUNDS[kind, which]
    ended = upload(driver, kind)
    found = left_by(driver, kind, ended)
    assert [(plan.function, plan.operation) for plan in plans if not plan.done] == []
    assert found == calm[kind]
    expect_only_listed_partitions(driver, ended.output["runId"])


# As often as they are tried; a step may have several calls under way when it dies.
_ALWAYS_BEFORE: dict[int, Moment] = dict.fromkeys(range(1, 100), "before")
_ALWAYS_AFTER: dict[int, Moment] = dict.fromkeys(range(1, 100), "after")
_FOR_GOOD: list[tuple[Kind, Plan]] = [
    ("scrubbed", Plan("Prepare", "PUT */prepared.json", _ALWAYS_BEFORE)),
    ("scrubbed", Plan("PublishPartition", "PutRecords", _ALWAYS_AFTER)),
    ("scrubbed", Plan("Finish", "SendMessage", _ALWAYS_AFTER)),
    ("fanlist", Plan("SaveFanlistPartition", "PutRecords", _ALWAYS_AFTER)),
]


@pytest.mark.parametrize(("kind", "plan"), _FOR_GOOD, ids=lambda one: getattr(one, "function", one))
def test_a_step_that_always_dies_fails_the_run_and_a_rerun_finishes(
    deadly: Deadly, calm: dict[Kind, dict[str, Any]], kind: Kind, plan: Plan
) -> None:
    driver = deadly.driver()
    deadly.killer.plans = (plan,)
    failed = upload(driver, kind)
    deadly.killer.plans = ()
    assert failed.status == "FAILED"
    # Its first try and at least three more.
    assert len(plan.killed) >= 4
    assert [post for post in driver.posts() if "scoring failed" in post]
    before = set(driver.keys(f"staging/{driver.campaign}/"))
    again = driver.start({"campaignId": driver.campaign}, kind)
    # No fan is of the failed run any more, and no partition of it was read again or written over.
    assert left_by(driver, kind, again) == calm[kind]
    expect_only_listed_partitions(driver, again.output["runId"])
    assert before <= set(driver.keys(f"staging/{driver.campaign}/"))
    assert not [key for key in before if again.output["runId"] in key]
