"""A run of so many fans (records): each station goes as fast as its lowest limit allows.

Stations: `publish` (FanOut's children onto scoresStream), `upsert` (loadScoresToDynamoDB), `count`
(processSavedScores) and `entries` (saveEntryScoring). Records flow through all of them at once, so the
slowest one by itself says when the last record is through. An on-demand stream or table takes twice as much
once its period is over, as if it had been full.
"""

import math
from dataclasses import dataclass
from functools import cached_property

from bench.scaling import ours
from bench.scaling.ours import Inputs, Settings
from steps.delivery.kinesis_writer import MAX_RECORDS, KinesisWriter
from steps.streaming.demand_table.writer import GETS_A_CALL, STATEMENTS_A_CALL
from steps.streaming.entries.entry import ENTRIES_A_CALL

# GETs of Finish under way at once (steps/outcomes/run_summary.py).
_READS_AT_ONCE = 16


@dataclass(frozen=True)
class Limit:
    """Records a second; twice as many after each `period` (s) until they are the `most`."""

    rate: float
    period: float = math.inf
    most: float = math.inf

    def at(self, second: float) -> float:
        """Give the rate after so many seconds."""
        return max(self.rate, min(self.most, self.rate * 2 ** (second // self.period)))


Limits = dict[str, Limit]


@dataclass(frozen=True)
class Run:
    """A run; all times in seconds."""

    fans: int
    settings: Settings
    inputs: Inputs

    @cached_property
    def limits(self) -> dict[str, Limits]:
        """Every station's limits, by name."""
        i, s = self.inputs, self.settings
        shards = s.shards or i["on_demand_shards"]
        # Only an on-demand stream grows by itself.
        growth = math.inf if s.shards else i["stream_doubling"]
        writes = max(i["table_writes"], s.warm_writes)
        most = max(writes, i["most_writes"])
        units = math.ceil(i["item_bytes"] / 1024)
        count_seconds = self.count_seconds + i["transaction_seconds"] + i["get_seconds"]
        one_item = i["counts_used"] / i["transaction_seconds"]
        free = i["concurrency"] - s.map_concurrency - shards - self.table_shards
        return {
            "publish": {
                "MapConcurrency": Limit(s.map_concurrency * s.partition_rows / self.child_seconds),
                "stream: records/s a shard": Limit(shards * i["shard_records"], growth),
                "stream: bytes/s a shard": Limit(shards * i["shard_bytes"] / i["wire_bytes"], growth),
            },
            "upsert": {
                "UpsertParallelization x shards": Limit(
                    shards * s.parallel * s.batch / self.batch_seconds, growth
                ),
                "Lambda executions at once": Limit(max(1, free) * s.batch / self.batch_seconds),
                "table: write units/s": Limit(writes / units, i["table_doubling"], most / units),
            },
            "count": {
                "one batch a table shard": Limit(
                    self.table_shards * self.count_batch / count_seconds, i["table_doubling"]
                ),
                "one item of counts": Limit(one_item * self.count_batch),
            },
            "entries": {
                "one batch a shard, the service's time": Limit(
                    shards * s.batch / self.entry_batch_seconds, growth
                ),
            },
        }

    @property
    def table_shards(self) -> int:
        """Shards of the table's stream as the run begins, one a partition."""
        writes = max(self.inputs["table_writes"], self.settings.warm_writes)
        return math.ceil(writes / self.inputs["partition_writes"])

    @cached_property
    def child_seconds(self) -> float:
        """How long a Map's child takes that nothing throttles."""
        rows, i = self.settings.partition_rows, self.inputs
        calls = math.ceil(rows / MAX_RECORDS / KinesisWriter.concurrency)
        busy = rows * i["publish_seconds"] / self._cores("PublishPartitionFunction")
        return i["child_seconds"] + busy + calls * i["put_seconds"]

    @cached_property
    def batch_seconds(self) -> float:
        """How long a batch of upserts takes that nothing throttles."""
        batch, i = self.settings.batch, self.inputs
        calls = math.ceil(batch / GETS_A_CALL) * i["get_seconds"]
        calls += math.ceil(batch / STATEMENTS_A_CALL) * i["write_seconds"]
        work = batch * (i["parse_seconds"] + i["upsert_seconds"])
        return calls + work / self._cores("LoadScoresToDynamoDBFunction")

    @cached_property
    def entry_batch_seconds(self) -> float:
        """How long a batch of entries takes."""
        batch, i = self.settings.batch, self.inputs
        calls = math.ceil(batch * i["top_ranked"] / ENTRIES_A_CALL)
        read = batch * i["parse_seconds"] / self._cores("SaveEntryScoringFunction")
        return calls * i["entry_seconds"] + read

    @property
    def count_batch(self) -> int:
        """Changes in a batch of processSavedScores."""
        return int(ours.properties("ProcessSavedScoresMapping")["BatchSize"])

    @cached_property
    def count_seconds(self) -> float:
        """How long a full batch of counting takes beside its transaction."""
        work = self.count_batch * self.inputs["count_seconds"]
        return work / self._cores("ProcessSavedScoresFunction")

    @cached_property
    def stations(self) -> dict[str, tuple[float, str]]:
        """Seconds of each station by itself, and the limit that bound it longest."""
        return {name: passed(self.fans, limits) for name, limits in self.limits.items()}

    @property
    def prepared(self) -> float:
        """When Prepare is over, as if the file were read and judged one after the other."""
        i = self.inputs
        rows = self.fans * i["rows_a_record"]
        return i["cold_start"] + rows * (i["prepare_seconds"] + i["row_bytes"] / i["s3_bytes"])

    @property
    def before(self) -> float:
        """When publishing begins."""
        i = self.inputs
        return self.prepared + 2 * i["cold_start"] + self.fans * i["gate_seconds"] + 4 * i["state_seconds"]

    @property
    def published(self) -> float:
        """When the last record is on the stream."""
        return self.before + self.stations["publish"][0] + self.child_seconds

    @property
    def counted(self) -> float:
        """When the last record is counted."""
        lag = _window("LoadScoresToDynamoDBMapping") + self.batch_seconds
        lag += _window("ProcessSavedScoresMapping") + self.count_seconds + self.inputs["transaction_seconds"]
        return self.before + self._slowest("publish", "upsert", "count") + lag

    @property
    def entries_sent(self) -> float:
        """When the Entry Service has the last entry."""
        lag = _window("SaveEntryScoringMapping") + self.entry_batch_seconds
        return self.before + self._slowest("publish", "entries") + lag

    @property
    def finished(self) -> float:
        """When the state machine is over: Finish reads a result a partition."""
        partitions = math.ceil(self.fans / self.settings.partition_rows)
        reads = partitions / _READS_AT_ONCE * self.inputs["read_seconds"]
        return self.published + 2 * self.inputs["state_seconds"] + reads

    @property
    def verdict(self) -> float:
        """When the verdict is in Slack; somebody who misses a look waits for the next."""
        delay = ours.default("VerdictDelaySeconds")
        return self.finished + math.ceil(max(0.0, self.counted - self.finished) / delay) * delay

    @property
    def binds(self) -> str:
        """The slowest station on the way to the verdict, and the limit that bound it longest."""
        name = max(("publish", "upsert", "count"), key=lambda one: self.stations[one][0])
        return f"{name}: {self.stations[name][1]}"

    def _slowest(self, *names: str) -> float:
        return max(self.stations[name][0] for name in names)

    def _cores(self, function: str) -> float:
        """Give the share of a core that single-threaded work gets."""
        return min(1.0, ours.megabytes(function) / self.inputs["vcpu_megabytes"])


def passed(records: float, limits: Limits) -> tuple[float, str]:
    """Give the seconds that so many records take, and the name of the limit that bound them longest."""
    now, bound = 0.0, dict.fromkeys(limits, 0.0)
    while records > 1e-6:
        name = min(limits, key=lambda one: limits[one].at(now))
        rate = limits[name].at(now)
        step = min(records / rate, *(limit.period - now % limit.period for limit in limits.values()))
        now, records, bound[name] = now + step, records - step * rate, bound[name] + step
    return now, max(bound, key=lambda one: bound[one])


def warnings(run: Run) -> list[str]:
    """Tell what would go wrong beyond taking long; nothing where the settings fit the size."""
    i, found = run.inputs, []
    disk = ours.properties("PrepareFunction")["EphemeralStorage"]["Size"] * 1024**2
    most = disk / (i["row_bytes"] * i["prepare_disk"])
    if run.fans * i["rows_a_record"] > most:
        found.append(f"Prepare runs out of scratch disk at about {most / 1e6:,.0f} M rows.")
    shards = run.settings.shards or i["on_demand_shards"]
    children = min(run.settings.map_concurrency, run.fans / run.settings.partition_rows)
    if children > i["children_a_shard"] * shards:
        found.append(f"{children / shards:.0f} children a shard: their writers give records up.")
    return found


def _window(mapping: str) -> float:
    """Seconds that a mapping gathers records for a batch."""
    return float(ours.properties(mapping)["MaximumBatchingWindowInSeconds"])
