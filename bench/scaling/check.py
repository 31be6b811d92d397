"""The model against the embedded AWS: what it learns from a small file, it foretells of a large one.

It shows whether the stations, their queues and what a run costs beside them are put together rightly. It says
nothing of AWS's own quotas and times, and the emulator runs every function in one thread.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

from rich.table import Table

from bench.files import Files
from bench.job import Stages, whole_job
from bench.scaling.figures import Inputs
from bench.scaling.sample import lines_of, stream_record, weights
from bench.scaling.simulation import STATIONS, flow_of
from bench.scaling.speeds import speeds
from bench.scaling.stations import Limits, Settings, Stations
from bench.scaling.tables import table
from steps.streaming.scores import Received, receive

# What was published is often there between two looks; FanOut is long enough to be timed.
_STAGES = {"publish": "FanOut", "upsert": "upserted", "count": "counted"}
_ROUNDS = 2


@dataclass(frozen=True)
class Learned(Stations):
    """Stations as fast as those of a run were, in records a second, whatever the settings say."""

    rates: tuple[tuple[str, float], ...]

    @classmethod
    def of(cls, stages: Stages) -> "Learned":
        """The rates of a run. What it does not tell apart, the entries, are as fast as the upserts."""
        rates = {name: stages.records / stages.seconds[stage] for name, stage in _STAGES.items()}
        rates["entries"] = rates["upsert"]
        return cls(Settings(), Inputs(), weights(), speeds(), tuple(rates.items()))

    def publish(self, shards: int) -> Limits:  # noqa: ARG002
        """As it was."""
        return {"learned": dict(self.rates)["publish"]}

    def upsert(self, shards: int, writes: float) -> Limits:  # noqa: ARG002
        """As it was."""
        return {"learned": dict(self.rates)["upsert"]}

    def count(self, writes: float) -> Limits:  # noqa: ARG002
        """As it was."""
        return {"learned": dict(self.rates)["count"]}

    def entries(self, shards: int) -> Limits:  # noqa: ARG002
        """As it was."""
        return {"learned": dict(self.rates)["entries"]}


def foretold(small: Stages, records: int, rows: int) -> dict[str, float]:
    """Seconds by stage of a larger run, from a smaller one's.

    Args:
        small: the smaller run.
        records: records of the larger one.
        rows: rows of its file.
    """
    stations = Learned.of(small)
    before, _, _ = flow_of(small.records, stations)
    after, _, _ = flow_of(records, stations)
    growth = max(after[name].ended - before[name].ended for name in STATIONS)
    prepared = (rows - small.rows) * stations.speeds.prepare
    seconds = {stage: records / dict(stations.rates)[name] for name, stage in _STAGES.items()}
    return {
        "Prepare": small.seconds["Prepare"] + prepared,
        **seconds,
        "upload to end": small.seconds["upload to end"] + prepared + growth,
    }


def check(rows: tuple[int, int], files: Files, say: Callable[[str], None]) -> tuple[Table, str]:
    """Runs both sizes in turns: a table of foretold and measured seconds, and what reading a record takes.

    The shorter run of each size counts: what slows one down is somebody else on the machine.
    """
    runs = [[whole_job(size, files, say) for size in rows] for _ in range(_ROUNDS)]
    small, large = (min(sizes, key=_whole) for sizes in zip(*runs, strict=True))
    title = f"Learned from {small.rows:,} rows, foretold of {large.rows:,} rows: {large.records:,} records"
    made = table(title, "foretold s", "measured s", "foretold / measured")
    expected = foretold(small, large.records, large.rows)
    for stage, seconds in expected.items():
        measured = large.seconds[stage]
        made.add_row(stage, f"{seconds:.1f}", f"{measured:.1f}", f"{seconds / measured:.2f} x")
    reading = f"Reading a stream record took {_reading() * 1e6:.0f} CPU s / M records now"
    return made, f"{reading}, of which the model believes {speeds().parse * 1e6:.0f}."


def _whole(stages: Stages) -> float:
    return stages.seconds["upload to end"]


def _reading() -> float:
    """CPU seconds of reading a record and making of it what is to be merged."""
    records = [stream_record(line, number) for number, line in enumerate(lines_of())]
    used = time.process_time()
    for record in records:
        received = receive(record)
        assert isinstance(received, Received)
        received.score.upsert()
    return (time.process_time() - used) / len(records)
