"""A run of so many fans (records): each station goes as fast as its lowest limit allows.

Stations: `publish` (FanOut's children onto scoresStream), `upsert` (loadScoresToDynamoDB), `count`
(processSavedScores) and `entries` (saveEntryScoring). Records flow through all of them at once, so the
slowest one by itself says when the last record is through. An on-demand stream or table takes twice as much
once its period is over, as if it had been full.
"""

import math
from dataclasses import dataclass
from functools import cached_property

from bench.scaling.figures import Figures

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
    """A run; times are seconds since the upload, `..._seconds` what one of something takes unthrottled."""

    fans: int
    f: Figures

    @cached_property
    def shards(self) -> float:
        """Shards of scoresStream as the run begins."""
        return self.f["shards"] or self.f["on_demand_shards"]

    @cached_property
    def table_shards(self) -> int:
        """Shards of the table's stream as the run begins, one a partition."""
        return math.ceil(max(self.f["table_writes"], self.f["warm_writes"]) / self.f["partition_writes"])

    @property
    def partitions(self) -> int:
        """Partitions of records, one a child of FanOut."""
        return math.ceil(self.fans / self.f["partition_rows"])

    @cached_property
    def child_seconds(self) -> float:
        """A child of FanOut."""
        f, rows = self.f, self.f["partition_rows"]
        calls = math.ceil(rows / f["records_a_put"] / f["puts_at_once"])
        busy = rows * f["publish_seconds"] / self._cores("PublishPartition")
        return f["child_seconds"] + busy + calls * f["put_seconds"]

    @cached_property
    def batch_seconds(self) -> float:
        """A batch of upserts."""
        f, batch = self.f, self.f["batch"]
        calls = math.ceil(batch / f["gets_a_call"]) * f["get_seconds"]
        calls += math.ceil(batch / f["statements_a_call"]) * f["write_seconds"]
        return calls + batch * (f["parse_seconds"] + f["upsert_seconds"]) / self._cores(
            "LoadScoresToDynamoDB"
        )

    @cached_property
    def entry_batch_seconds(self) -> float:
        """A batch of entries."""
        f, batch = self.f, self.f["batch"]
        calls = math.ceil(batch * f["top_ranked"] / f["entries_a_call"])
        return calls * f["entry_seconds"] + batch * f["parse_seconds"] / self._cores("SaveEntryScoring")

    @cached_property
    def count_seconds(self) -> float:
        """A full batch of counting, beside its transaction."""
        return self.f["count_batch"] * self.f["count_seconds"] / self._cores("ProcessSavedScores")

    @cached_property
    def limits(self) -> dict[str, Limits]:
        """Every station's limits, by name."""
        f, shards = self.f, self.shards
        # Only an on-demand stream grows by itself.
        growth = math.inf if f["shards"] else f["stream_doubling"]
        writes = max(f["table_writes"], f["warm_writes"])
        units = math.ceil(f["item_bytes"] / 1024)
        count_seconds = self.count_seconds + f["transaction_seconds"] + f["get_seconds"]
        free = f["concurrency"] - f["map_concurrency"] - shards - self.table_shards
        upserts = f["batch"] / self.batch_seconds
        counts = self.table_shards * f["count_batch"] / count_seconds
        one_item = f["counts_used"] / f["transaction_seconds"] * f["count_batch"]
        return {
            "publish": {
                "MapConcurrency": Limit(f["map_concurrency"] * f["partition_rows"] / self.child_seconds),
                "stream: records/s a shard": Limit(shards * f["shard_records"], growth),
                "stream: bytes/s a shard": Limit(shards * f["shard_bytes"] / f["wire_bytes"], growth),
            },
            "upsert": {
                "UpsertParallelization x shards": Limit(shards * f["parallel"] * upserts, growth),
                "Lambda executions at once": Limit(max(1, free) * upserts),
                "table: write units/s": Limit(
                    writes / units, f["table_doubling"], max(writes, f["most_writes"]) / units
                ),
            },
            "count": {
                "one batch a table shard": Limit(counts, f["table_doubling"]),
                "one item of counts": Limit(one_item),
            },
            "entries": {
                "one batch a shard, the service's time": Limit(
                    shards * f["batch"] / self.entry_batch_seconds, growth
                ),
            },
        }

    @cached_property
    def stations(self) -> dict[str, tuple[float, str]]:
        """Seconds of each station by itself, and the limit that bound it longest."""
        return {name: passed(self.fans, limits) for name, limits in self.limits.items()}

    @property
    def prepared(self) -> float:
        """When Prepare is over, as if the file were read and judged one after the other."""
        f, rows = self.f, self.fans * self.f["rows_a_record"]
        return f["cold_start"] + rows * (f["prepare_seconds"] + f["row_bytes"] / f["s3_bytes"])

    @property
    def before(self) -> float:
        """When publishing begins."""
        f = self.f
        return self.prepared + 2 * f["cold_start"] + self.fans * f["gate_seconds"] + 4 * f["state_seconds"]

    @property
    def published(self) -> float:
        """When the last record is on the stream."""
        return self.before + self.stations["publish"][0] + self.child_seconds

    @property
    def counted(self) -> float:
        """When the last record is counted."""
        f, slowest = self.f, self._slowest("publish", "upsert", "count")
        lag = f["LoadScoresToDynamoDB_window"] + self.batch_seconds
        lag += f["ProcessSavedScores_window"] + self.count_seconds + f["transaction_seconds"]
        return self.before + slowest + lag

    @property
    def entries_sent(self) -> float:
        """When the Entry Service has the last entry."""
        lag = self.f["SaveEntryScoring_window"] + self.entry_batch_seconds
        return self.before + self._slowest("publish", "entries") + lag

    @property
    def finished(self) -> float:
        """When the state machine is over: Finish reads a result a partition."""
        reads = self.partitions / _READS_AT_ONCE * self.f["read_seconds"]
        return self.published + 2 * self.f["state_seconds"] + reads

    @property
    def verdict(self) -> float:
        """When the verdict is in Slack; somebody who misses a look waits for the next."""
        late = max(0.0, self.counted - self.finished)
        return self.finished + math.ceil(late / self.f["delay"]) * self.f["delay"]

    @property
    def binds(self) -> str:
        """The slowest station on the way to the verdict, and the limit that bound it longest."""
        name = max(("publish", "upsert", "count"), key=lambda one: self.stations[one][0])
        return f"{name}: {self.stations[name][1]}"

    def _slowest(self, *names: str) -> float:
        return max(self.stations[name][0] for name in names)

    def _cores(self, function: str) -> float:
        """Give the share of a core that single-threaded work gets."""
        return min(1.0, self.f[f"{function}_megabytes"] / self.f["vcpu_megabytes"])


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
    f, found = run.f, []
    most = f["disk_megabytes"] * 1024**2 / (f["row_bytes"] * f["prepare_disk"])
    if run.fans * f["rows_a_record"] > most:
        found.append(f"Prepare runs out of scratch disk at about {most / 1e6:,.0f} M rows.")
    children = min(f["map_concurrency"], run.fans / f["partition_rows"]) / run.shards
    if children > f["children_a_shard"]:
        found.append(f"{children:.0f} children a shard: their writers give records up.")
    return found
