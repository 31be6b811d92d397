"""A run of so many fans (records): each station goes as fast as its lowest limit allows.

Stations of a scrubbed file: `publish` (FanOut's children onto scoresStream), `upsert` (loadScoresToDynamoDB),
`count` (processSavedScores) and `entries` (saveEntryScoring); of a fanlist `save` (into the table and onto
campaignDataStream) and `count`. Records flow through all of them at once, so the slowest one by itself says
when the last record is through. An on-demand stream or table takes twice as much once its period is over, as
if it had been full.
"""

import math
from dataclasses import dataclass
from functools import cached_property

from bench.scaling.figures import Figures
from pipelines.sinks import rows_of_partition

# GETs of Finish under way at once (steps/outcomes/run_summary.py).
_READS_AT_ONCE = 16
# Assumed: a fanlist's writers stand some refusals, since each waits and asks again for some seconds.
_PATIENT = 1.5


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


class Run:
    """A scrubbed file's run; times are seconds since the upload, `..._seconds` one thing's own.

    Attributes:
        way: the stations on the way to the verdict, FanOut's first.
        prefix: of the figures that differ by the kind of run.
        shards: of the stream that FanOut writes to, as the run begins.
        table_shards: of the table's stream as the run begins, one a partition.
        rows: records of a partition: more than wanted where a file would have too many children.
        partitions: of records, one a child of FanOut.
        count_seconds: a full batch of counting, beside its transaction.
        stations: seconds of each station by itself, and the limit that bound it longest.
        prepared: when Prepare is over, as if the file were read and judged one after the other.
        before: when publishing begins.
        published: when the last record is on the stream.
        counted: when the last record is counted.
        finished: when the state machine is over: Finish reads a result a partition.
        verdict: when it is in Slack; somebody who misses a look waits for the next.
    """

    way: tuple[str, ...] = ("publish", "upsert", "count")
    prefix = ""

    def __init__(self, fans: int, f: Figures) -> None:
        self.fans, self.f = fans, f
        self.shards = f[f"{self.prefix}shards"] or f["on_demand_shards"]
        table_writes = max(f["table_writes"], f["warm_writes"])
        self.table_shards = math.ceil(table_writes / f["partition_writes"])
        self.rows = rows_of_partition(fans, int(f["partition_rows"]))
        self.partitions = math.ceil(fans / self.rows)
        self.count_seconds = f["count_batch"] * f["count_seconds"] / self.cores("ProcessSavedScores")
        units = math.ceil(f["item_bytes"] / 1024)
        most_writes = max(table_writes, f["most_writes"])
        self.table = Limit(table_writes / units, f["table_doubling"], most_writes / units)
        self.stations = {name: passed(fans, limits) for name, limits in self.limits.items()}

        a_row = f["prepare_seconds"] + f[f"{self.prefix}row_bytes"] / f["s3_bytes"]
        self.prepared = f["cold_start"] + fans * f["rows_a_record"] * a_row
        self.before = self.prepared + 2 * f["cold_start"] + fans * f["gate_seconds"] + 4 * f["state_seconds"]
        self.published = self.before + self.stations[self.way[0]][0] + self.child_seconds
        lag = f["ProcessSavedScores_window"] + self.count_seconds + f["transaction_seconds"]
        self.counted = self.before + self.slowest(*self.way) + self.upsert_lag + lag
        reads = self.partitions / _READS_AT_ONCE * f["read_seconds"]
        self.finished = self.published + 2 * f["state_seconds"] + reads
        late = max(0.0, self.counted - self.finished)
        self.verdict = self.finished + math.ceil(late / f["delay"]) * f["delay"]

    @cached_property
    def child_seconds(self) -> float:
        """A child of FanOut."""
        busy = self.rows * self.f["publish_seconds"] / self.cores("PublishPartition")
        return self.f["child_seconds"] + busy + self._puts()

    @cached_property
    def batch_seconds(self) -> float:
        """A batch of upserts."""
        f, batch = self.f, self.f["batch"]
        busy = batch * (f["parse_seconds"] + f["upsert_seconds"]) / self.cores("LoadScoresToDynamoDB")
        return self._merges(batch) + busy

    @cached_property
    def entry_batch_seconds(self) -> float:
        """A batch of entries."""
        f, batch = self.f, self.f["batch"]
        calls = math.ceil(batch * f["top_ranked"] / f["entries_a_call"])
        return calls * f["entry_seconds"] + batch * f["parse_seconds"] / self.cores("SaveEntryScoring")

    @property
    def upsert_lag(self) -> float:
        """How long a record is on its way from the stream into the table."""
        return self.f["LoadScoresToDynamoDB_window"] + self.batch_seconds

    @property
    def entries_sent(self) -> float:
        """When the Entry Service has the last entry."""
        lag = self.f["SaveEntryScoring_window"] + self.entry_batch_seconds
        return self.before + self.slowest("publish", "entries") + lag

    @cached_property
    def limits(self) -> dict[str, Limits]:
        """Every station's limits, by name."""
        f, shards, growth = self.f, self.shards, self._stream_growth
        free = f["concurrency"] - f["map_concurrency"] - shards - self.table_shards
        upserts = f["batch"] / self.batch_seconds
        entries = shards * f["batch"] / self.entry_batch_seconds
        return {
            "publish": self._delivering(),
            "upsert": {
                "UpsertParallelization x shards": Limit(shards * f["parallel"] * upserts, growth),
                "Lambda executions at once": Limit(max(1, free) * upserts),
                "table: write units/s": self.table,
            },
            "count": self._counting(),
            "entries": {"one batch a shard, the service's time": Limit(entries, growth)},
        }

    @property
    def binds(self) -> str:
        """The slowest station on the way to the verdict, and the limit that bound it longest."""
        name = max(self.way, key=lambda one: self.stations[one][0])
        return f"{name}: {self.stations[name][1]}"

    def warnings(self) -> list[str]:
        """Tell what would go wrong beyond taking long; nothing where the settings fit the size."""
        f, found = self.f, []
        most = f["disk_megabytes"] * 1024**2 / (f[f"{self.prefix}row_bytes"] * f["prepare_disk"])
        if self.fans * f["rows_a_record"] > most:
            found.append(f"Prepare runs out of scratch disk at about {most / 1e6:,.0f} M rows.")
        children = min(f["map_concurrency"], self.partitions) / self.shards
        if children > f["children_a_shard"]:
            found.append(f"{children:.0f} children a shard: their writers give records up.")
        return found

    @property
    def _stream_growth(self) -> float:
        """Give the time until the stream takes twice as much: only an on-demand one grows by itself."""
        return math.inf if self.f[f"{self.prefix}shards"] else self.f["stream_doubling"]

    def _delivering(self) -> Limits:
        """Give what FanOut's children and the stream that they write to are bound by."""
        f, shards, growth = self.f, self.shards, self._stream_growth
        a_shard = f["shard_bytes"] / f[f"{self.prefix}wire_bytes"]
        return {
            "MapConcurrency": Limit(f["map_concurrency"] * self.rows / self.child_seconds),
            "stream: records/s a shard": Limit(shards * f["shard_records"], growth),
            "stream: bytes/s a shard": Limit(shards * a_shard, growth),
        }

    def _counting(self) -> Limits:
        f, batch = self.f, self.f["count_batch"]
        seconds = self.count_seconds + f["transaction_seconds"] + f["get_seconds"]
        return {
            "one batch a table shard": Limit(self.table_shards * batch / seconds, f["table_doubling"]),
            "one item of counts": Limit(f["counts_used"] / f["transaction_seconds"] * batch),
        }

    def _merges(self, records: float) -> float:
        """Give the waits of merging records into the table."""
        f = self.f
        reads = math.ceil(records / f["gets_a_call"]) * f["get_seconds"]
        return reads + math.ceil(records / f["statements_a_call"]) * f["write_seconds"]

    def _puts(self) -> float:
        """Give a child's waits of putting its records onto the stream."""
        calls = math.ceil(self.rows / self.f["records_a_put"] / self.f["puts_at_once"])
        return calls * self.f["put_seconds"]

    def slowest(self, *names: str) -> float:
        """Give the seconds of the slowest of some stations."""
        return max(self.stations[name][0] for name in names)

    def cores(self, function: str) -> float:
        """Give the share of a core that single-threaded work gets."""
        return min(1.0, self.f[f"{function}_megabytes"] / self.f["vcpu_megabytes"])


class FanlistRun(Run):
    """A fanlist's run: its children write to the table themselves, and the Entry Service gets nothing."""

    way = ("save", "count")
    prefix = "fanlist_"

    @cached_property
    def child_seconds(self) -> float:
        """A child of FanOut: parts of the partition into the table, some at once, then onto the stream."""
        f = self.f
        busy = self.rows * (f["upsert_seconds"] + f["publish_seconds"]) / self.cores("SaveFanlistPartition")
        parts = math.ceil(self.rows / f["save_part"] / f["saves_at_once"])
        return f["child_seconds"] + busy + parts * self._merges(f["save_part"]) + self._puts()

    @property
    def upsert_lag(self) -> float:
        """The last child saves its records in its own time."""
        return self.child_seconds

    @cached_property
    def limits(self) -> dict[str, Limits]:
        """Every station's limits, by name."""
        return {
            "save": {**self._delivering(), "table: write units/s": self.table},
            "count": self._counting(),
        }

    def warnings(self) -> list[str]:
        """Tell too what the table would refuse: there is no stream before it to wait in."""
        writing = min(self.f["map_concurrency"], self.partitions) * self.rows / self.child_seconds
        times = writing / self.table.rate
        told = f"Children write {times:.1f} times what the table takes: some become dead letters."
        return super().warnings() + [told] * (times > _PATIENT)


def passed(records: float, limits: Limits) -> tuple[float, str]:
    """Give the seconds that so many records take, and the name of the limit that bound them longest."""
    now, bound = 0.0, dict.fromkeys(limits, 0.0)
    while records > 1e-6:
        name = min(limits, key=lambda one: limits[one].at(now))
        rate = limits[name].at(now)
        step = min(records / rate, *(limit.period - now % limit.period for limit in limits.values()))
        now, records, bound[name] = now + step, records - step * rate, bound[name] + step
    return now, max(bound, key=lambda one: bound[one])
