"""What is ours among the model's inputs, read where it stands: the template, the state machine, the code."""

import json
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, cast

from local.deploy import template
from local.packaging import ROOT
from steps.kinesis_writer import WAITS, KinesisWriter
from steps.streaming import demand_table, ledger

if TYPE_CHECKING:
    from mypy_boto3_kinesis import KinesisClient


@dataclass(frozen=True)
class Function:
    """A Lambda function's memory (MB), timeout (s) and scratch disk (MB)."""

    memory: int
    timeout: int
    disk: int

    @property
    def gigabytes(self) -> float:
        """Its memory as it is billed."""
        return self.memory / 1024


@cache
def _template() -> dict[str, Any]:
    return template()


def default(parameter: str) -> int:
    """A parameter's default."""
    return int(_template()["Parameters"][parameter]["Default"])


def function(name: str) -> Function:
    """A function by its logical id."""
    found = _template()["Resources"][name]["Properties"]
    disk = found.get("EphemeralStorage", {"Size": 512})["Size"]
    memory = found["MemorySize"]
    return Function(default(memory["Ref"]) if isinstance(memory, dict) else memory, found["Timeout"], disk)


def mapping(name: str) -> dict[str, Any]:
    """An event-source mapping's properties."""
    return dict(_template()["Resources"][name]["Properties"])


@cache
def run_timeout() -> int:
    """Seconds that a run may take before the state machine ends it."""
    return int(json.loads((ROOT / "statemachines" / "scrubbed.asl.json").read_text())["TimeoutSeconds"])


@cache
def stream_hours() -> int:
    """Hours that scoresStream keeps a record."""
    return int(_template()["Resources"]["ScoresStream"]["Properties"]["RetentionPeriodHours"])


@cache
def writer() -> KinesisWriter:
    """PublishPartition's, as it is made."""
    return KinesisWriter(cast("KinesisClient", None), "")


@dataclass(frozen=True)
class Patience:
    """Attempts of something, and the longest random wait between two (s); waits double from `first`."""

    attempts: int
    first: float
    longest: float

    def most(self, attempt: int) -> float:
        """The upper bound of the wait after the attempt of that number, from 1."""
        return float(min(self.longest, self.first * 2.0 ** (attempt - 1)))

    @property
    def usual(self) -> float:
        """What all waits come to on average."""
        return sum(self.most(number) for number in range(1, self.attempts)) / 2


def _patience(of: Any) -> Patience:
    """As the object was made: tenacity keeps what it was told."""
    retrying = of(client=None, table="")._patience
    return Patience(retrying.stop.max_attempt_number, retrying.wait.multiplier, retrying.wait.max)


@cache
def table_patience() -> Patience:
    """The merge writer's, with a call that is throttled."""
    return _patience(demand_table.DemandTable)


@cache
def ledger_patience() -> Patience:
    """processSavedScores', with a commit that did not come through."""
    return _patience(ledger.Ledger)


def writer_waits() -> Patience:
    """The Kinesis writer's waits; it counts seconds, not attempts."""
    return Patience(0, WAITS.multiplier, WAITS.max)
