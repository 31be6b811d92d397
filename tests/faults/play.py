"""A whole run with faults in its way, and what is left of it."""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from local.sample.fans import MARKETS
from local.stack.chaos.faults import Faults
from local.stack.laptop import Laptop, laptop
from tests.end_to_end.driver import Driver, rows_of
from tests.faults.cases import Case

FANS = 600
WITHDRAWN = 100
_NUMBERS = itertools.count(1)


@dataclass(frozen=True)
class Faulty:
    """A system whose functions reach AWS through faults."""

    system: Laptop
    faults: Faults

    def driver(self) -> Driver:
        """A campaign of its own."""
        driver = Driver(self.system, f"fault-{next(_NUMBERS):02}")
        self.system.fakes.campaigns.register(driver.campaign, driver.name, [*MARKETS, "Boston"])
        return driver

    def play(self, case: Case) -> dict[str, Any]:
        """What a run leaves that a case befell; AssertionError where the case's calls were not made."""
        driver = self.driver()
        if case.kind == "replaced":
            driver.run_upload(scrubbed(), driver.key())
            driver.until(driver.posts)
            driver.until(lambda: len(self._entered(driver)) >= FANS or None)
        self.faults.set(case.rules)
        if case.trouble is not None:
            case.trouble(self.system.fakes)
        try:
            left = self._run(driver, case.kind)
            assert set(self.faults.fired()) >= case.operations
        finally:
            self.faults.set([])
        return left

    def _run(self, driver: Driver, kind: str) -> dict[str, Any]:
        """A run to the last count, entry and post: the same small file each time, a new campaign."""
        stack, posts = self.system.stack, len(driver.posts())
        if kind == "fanlist":
            ended = driver.run_upload(fanlist(), f"fanlist/scored/{driver.campaign}/2026-02-13T14:30:00.csv")
        elif kind == "replaced":
            key = driver.key("2026-02-14T10:00:00")
            ended = driver.run_upload(scrubbed(FANS - WITHDRAWN), key, replace=True)
        else:
            ended = driver.run_upload(scrubbed(), driver.key())
        assert ended.status == "SUCCEEDED", ended
        run = ended.output["runId"]
        driver.until(lambda: int(driver.meta(f"meta:run:{run}").get("counted", 0)) >= FANS or None)
        driver.until(lambda: len(driver.posts()) > posts or None)
        if kind == "scrubbed":
            driver.until(lambda: len(self._entered(driver)) >= FANS or None)
        if kind == "replaced":
            driver.until(lambda: self._withdrawn(driver) >= WITHDRAWN or None)
        stream = stack.campaign_data_stream if kind == "fanlist" else stack.scores_stream
        return {**driver.state([run]), "streamed": {key for key, _ in driver.stream(stream)}}

    def _entered(self, driver: Driver) -> set[str | None]:
        received = self.system.fakes.entries.received.get(driver.campaign, [])
        return {entry.global_user_id for entry in received}

    def _withdrawn(self, driver: Driver) -> int:
        """Fans whom the Entry Service was told of without an address."""
        received = self.system.fakes.entries.received[driver.campaign]
        return len({entry.global_user_id for entry in received if entry.email is None})


@contextmanager
def faulty_system() -> Iterator[Faulty]:
    """A laptop with faults in it, none yet."""
    faults = Faults()
    parameters = {"PartitionRows": "1000", "VerdictDelaySeconds": "1"}
    with laptop(parameters, {"SFN_WAIT_SCALE": "0"}, faults=faults) as system:
        # A message whose post failed comes back after two seconds and not after six minutes.
        system.aws.client("sqs").set_queue_attributes(
            QueueUrl=system.stack.verdict_queue_url, Attributes={"VisibilityTimeout": "2"}
        )
        yield Faulty(system, faults)
        assert system.fakes.refused == []


def scrubbed(fans: int = FANS) -> str:
    """Fans with one market and with two, some twice, some rejected."""
    rows = []
    for fan in range(fans):
        mail = f"fan{fan}@example.com"
        rows.append(f"f{fan},{fan % 97}.5,{'yes' if fan % 3 else 'no'},Boston,Boston|X,m{fan},{mail},A,B,")
        if fan % 10 == 0:
            rows.append(f"f{fan},{fan % 89},no,X,Boston|X,m{fan},{mail},A,B,")
    rows += ["f-bad,x,yes,Boston,Boston,m,,A,B,"] * 5
    return rows_of(*rows)


def fanlist() -> str:
    """Fans by all three kinds of identifier."""
    by_kind = ("g{0},", ",m{0}", ",")
    rows = [f"{by_kind[fan % 3].format(fan)},fan{fan}@example.com,{fan}" for fan in range(FANS)]
    return "\n".join(["globalUserId,memberId,email,score", *rows, ",,,5"]) + "\n"
