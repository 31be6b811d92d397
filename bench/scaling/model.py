"""A run of so many fans (records): each station goes as fast as its lowest limit allows.

Stations of a scrubbed file: `publish` (FanOut's children onto scoresStream), `upsert` (loadScoresToDynamoDB),
`count` (processSavedScores) and `entries` (saveEntryScoring); a fanlist's are in `fanlist.py`. Records flow
through all of them at once, so the slowest one by itself says when the last record is through. An on-demand
stream or table takes twice as much once its period is over, as if it had been full.
"""

import math
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

from bench.scaling.figures import Figures
from pipelines.sinks import rows_of_partition

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
    """A scrubbed file's run; times are seconds since the upload, `..._seconds` one thing's own."""

    fans: int
    f: Figures
    # The stations on the way to the verdict, FanOut's first; what only the other kind of run knows is `f`'s.
    way: ClassVar[tuple[str, ...]] = ("publish", "upsert", "count")
    prefix: ClassVar[str] = ""

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
        return math.ceil(self.fans / self.rows)

    @property
    def rows(self) -> int:
        """Records of a partition: more than wanted where a file would have too many children."""
        return rows_of_partition(self.fans, int(self.f["partition_rows"]))

    @cached_property
    def child_seconds(self) -> float:
        """A child of FanOut."""
        f, rows = self.f, self.rows
        calls = math.ceil(rows / f["records_a_put"] / f["puts_at_once"])
        busy = rows * f["publish_seconds"] / self.cores("PublishPartition")
        return f["child_seconds"] + busy + calls * f["put_seconds"]

    @cached_property
    def batch_seconds(self) -> float:
        """A batch of upserts."""
        f, batch = self.f, self.f["batch"]
        calls = math.ceil(batch / f["gets_a_call"]) * f["get_seconds"]
        calls += math.ceil(batch / f["statements_a_call"]) * f["write_seconds"]
        return calls + batch * (f["parse_seconds"] + f["upsert_seconds"]) / self.cores("LoadScoresToDynamoDB")

    @cached_property
    def entry_batch_seconds(self) -> float:
        """A batch of entries."""
        f, batch = self.f, self.f["batch"]
        calls = math.ceil(batch * f["top_ranked"] / f["entries_a_call"])
        return calls * f["entry_seconds"] + batch * f["parse_seconds"] / self.cores("SaveEntryScoring")

    @cached_property
    def count_seconds(self) -> float:
        """A full batch of counting, beside its transaction."""
        return self.f["count_batch"] * self.f["count_seconds"] / self.cores("ProcessSavedScores")

    @cached_property
    def limits(self) -> dict[str, Limits]:
        """Every station's limits, by name."""
        f, shards = self.f, self.shards
        free = f["concurrency"] - f["map_concurrency"] - shards - self.table_shards
        upserts, growth = f["batch"] / self.batch_seconds, self._stream_growth
        return {
            "publish": self.delivering,
            "upsert": {
                "UpsertParallelization x shards": Limit(shards * f["parallel"] * upserts, growth),
                "Lambda executions at once": Limit(max(1, free) * upserts),
                "table: write units/s": self.table,
            },
            "count": self.counting,
            "entries": {
                "one batch a shard, the service's time": Limit(
                    shards * f["batch"] / self.entry_batch_seconds, growth
                ),
            },
        }

    @property
    def _stream_growth(self) -> float:
        """Give the time until the stream takes twice as much: only an on-demand one grows by itself."""
        return math.inf if self.f[f"{self.prefix}shards"] else self.f["stream_doubling"]

    @property
    def delivering(self) -> Limits:
        """Give what FanOut's children and the stream that they write to are bound by."""
        f, shards, growth = self.f, self.shards, self._stream_growth
        return {
            "MapConcurrency": Limit(f["map_concurrency"] * self.rows / self.child_seconds),
            "stream: records/s a shard": Limit(shards * f["shard_records"], growth),
            "stream: bytes/s a shard": Limit(
                shards * f["shard_bytes"] / f[f"{self.prefix}wire_bytes"], growth
            ),
        }

    @property
    def table(self) -> Limit:
        """Give what the table takes."""
        f, units = self.f, math.ceil(self.f["item_bytes"] / 1024)
        writes = max(f["table_writes"], f["warm_writes"])
        return Limit(writes / units, f["table_doubling"], max(writes, f["most_writes"]) / units)

    @property
    def counting(self) -> Limits:
        """Give what counting is bound by."""
        f = self.f
        seconds = self.count_seconds + f["transaction_seconds"] + f["get_seconds"]
        one_item = f["counts_used"] / f["transaction_seconds"] * f["count_batch"]
        return {
            "one batch a table shard": Limit(
                self.table_shards * f["count_batch"] / seconds, f["table_doubling"]
            ),
            "one item of counts": Limit(one_item),
        }

    @cached_property
    def stations(self) -> dict[str, tuple[float, str]]:
        """Seconds of each station by itself, and the limit that bound it longest."""
        return {name: passed(self.fans, limits) for name, limits in self.limits.items()}

    @property
    def prepared(self) -> float:
        """When Prepare is over, as if the file were read and judged one after the other."""
        f, rows = self.f, self.fans * self.f["rows_a_record"]
        row_bytes = f[f"{self.prefix}row_bytes"]
        return f["cold_start"] + rows * (f["prepare_seconds"] + row_bytes / f["s3_bytes"])

    @property
    def before(self) -> float:
        """When publishing begins."""
        f = self.f
        return self.prepared + 2 * f["cold_start"] + self.fans * f["gate_seconds"] + 4 * f["state_seconds"]

    @property
    def published(self) -> float:
        """When the last record is on the stream."""
        return self.before + self.stations[self.way[0]][0] + self.child_seconds

    @property
    def counted(self) -> float:
        """When the last record is counted."""
        f = self.f
        lag = f["ProcessSavedScores_window"] + self.count_seconds + f["transaction_seconds"]
        return self.before + self._slowest(*self.way) + self.upsert_lag + lag

    @property
    def upsert_lag(self) -> float:
        """How long a record is on its way from the stream into the table."""
        return self.f["LoadScoresToDynamoDB_window"] + self.batch_seconds

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
        name = max(self.way, key=lambda one: self.stations[one][0])
        return f"{name}: {self.stations[name][1]}"

    @property
    def own_warnings(self) -> list[str]:
        """What would go wrong with this kind of run alone."""
        return []

    def _slowest(self, *names: str) -> float:
        return max(self.stations[name][0] for name in names)

    def cores(self, function: str) -> float:
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
    most = f["disk_megabytes"] * 1024**2 / (f[f"{run.prefix}row_bytes"] * f["prepare_disk"])
    if run.fans * f["rows_a_record"] > most:
        found.append(f"Prepare runs out of scratch disk at about {most / 1e6:,.0f} M rows.")
    children = min(f["map_concurrency"], run.partitions) / run.shards
    if children > f["children_a_shard"]:
        found.append(f"{children:.0f} children a shard: their writers give records up.")
    return found + run.own_warnings
