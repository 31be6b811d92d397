"""One embedded AWS with the whole stack for all tests of a worker process; each test has its own campaign.

Its files are two groups of xdist's, `system` (a to f) and `second system`: as one they would take longer than
all other tests.
"""

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.sample.fans import MARKETS
from local.stack import target
from local.stack.laptop import Laptop, laptop
from tests.end_to_end.commands import beside
from tests.end_to_end.driver import Driver
from tests.end_to_end.replaying import Console

_PARAMETERS = {"PartitionRows": "1000", "VerdictDelaySeconds": "1", "MapConcurrency": "2"}


@pytest.fixture(scope="session")
def system() -> Iterator[Laptop]:
    """The system; waits and retry pauses of state machines are skipped."""
    with laptop(_PARAMETERS, {"SFN_WAIT_SCALE": "0"}) as running:
        yield running
        assert running.fakes.refused == [], "a service was sent what it could not accept"


@pytest.fixture
def driver(system: Laptop, request: pytest.FixtureRequest) -> Driver:
    """The system as one test uses it, with a campaign of its own."""
    driver = Driver(system, f"e2e-{next(_NUMBERS)}")
    system.fakes.campaigns.register(driver.campaign, driver.name, [*MARKETS, "Chicago", "Boston"])
    return driver


@pytest.fixture
def console(driver: Driver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Console:
    """A terminal beside the system."""
    return Console(beside(driver.system, tmp_path, monkeypatch).system)


@pytest.fixture
def stack(console: Console) -> target.Target:
    """The system's functions and queues, as a terminal finds them."""
    return target.find_target(None)


_NUMBERS = itertools.count(1)
