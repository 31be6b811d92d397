"""What may hold a run up at each station: limits in records a second, by name.

Stations: `publish` (FanOut's children onto scoresStream), `upsert` (loadScoresToDynamoDB), `count`
(processSavedScores) and `entries` (saveEntryScoring). A station goes as fast as its lowest limit.
"""

import math
from dataclasses import dataclass
from functools import cached_property

from bench.scaling import ours
from bench.scaling.conflicts import Contention, contention
from bench.scaling.figures import Inputs
from bench.scaling.sample import Weights
from bench.scaling.speeds import Speeds
from steps.kinesis_writer import MAX_RECORDS
from steps.streaming.demand_table import GETS_A_CALL, STATEMENTS_A_CALL
from steps.streaming.entries import ENTRIES_A_CALL

Limits = dict[str, float]
_KILOBYTE = 1024
# Two workers read every record of scoresStream.
READERS = 2
# With a backlog, what a shard has to offer is more than anybody takes: so many batches a second.
_BACKLOG_PACE = 10.0


@dataclass(frozen=True)
class Settings:
    """What somebody sets before a run; the defaults are the template's.

    Attributes:
        shards: of scoresStream; 0 means on-demand.
        warm_writes: the table's warm throughput in write units/s; 0 leaves it as a new table has it.
        map_concurrency: partitions published at once.
        partition_rows: records a partition.
        batch: stream records in a batch of upserts and of entries.
        parallel: batches of a shard that are upserted at once.
        hours: how long the stream is kept, and paid for, on account of the run.
    """

    shards: int = ours.default("ScoresStreamShards")
    warm_writes: int = 0
    map_concurrency: int = ours.default("MapConcurrency")
    partition_rows: int = ours.default("PartitionRows")
    batch: int = ours.default("UpsertBatchSize")
    parallel: int = ours.default("UpsertParallelization")
    hours: int = 24


@dataclass(frozen=True)
class Stations:
    """The limits of one deployment, for one kind of fan."""

    settings: Settings
    inputs: Inputs
    weights: Weights
    speeds: Speeds

    @cached_property
    def write_units(self) -> int:
        """Write units a fan: an item's size in whole kilobytes."""
        return math.ceil(self.weights.largest_item / _KILOBYTE)

    @cached_property
    def child_seconds(self) -> float:
        """Seconds of a Map's child that nothing throttles."""
        rows = self.settings.partition_rows
        calls = math.ceil(rows / MAX_RECORDS / ours.writer().concurrency)
        busy = rows * self.speeds.publish / self._cpu("PublishPartitionFunction")
        return self.inputs.child_seconds + busy + calls * self.inputs.put_seconds

    @cached_property
    def batch_seconds(self) -> float:
        """Seconds of a batch of upserts that nothing throttles."""
        batch = self.settings.batch
        calls = math.ceil(batch / GETS_A_CALL) * self.inputs.get_seconds
        calls += math.ceil(batch / STATEMENTS_A_CALL) * self.inputs.write_seconds
        work = batch * (self.speeds.parse + self.speeds.upsert)
        return calls + work / self._cpu("LoadScoresToDynamoDBFunction")

    @cached_property
    def entry_batch_seconds(self) -> float:
        """Seconds of a batch of entries."""
        batch = self.settings.batch
        calls = math.ceil(batch * self.weights.top_ranked / ENTRIES_A_CALL)
        return calls * self.inputs.entry_seconds + batch * self.speeds.parse / self._cpu(
            "SaveEntryScoringFunction"
        )

    @cached_property
    def count_batch(self) -> int:
        """Changes in a batch of processSavedScores."""
        return int(ours.mapping("ProcessSavedScoresMapping")["BatchSize"])

    @cached_property
    def count_seconds(self) -> float:
        """Seconds of a full batch of counting beside its transaction."""
        return self.count_batch * self.speeds.count / self._cpu("ProcessSavedScoresFunction")

    @cached_property
    def lags(self) -> dict[str, float]:
        """Seconds from a record's arrival before a station to its leaving it, if nobody stands in line."""
        upsert = _window("LoadScoresToDynamoDBMapping") + self.batch_seconds
        count = _window("ProcessSavedScoresMapping") + self.count_seconds + self.inputs.transaction_seconds
        entries = _window("SaveEntryScoringMapping") + self.entry_batch_seconds
        return {"publish": self.child_seconds, "upsert": upsert, "count": upsert + count, "entries": entries}

    def table_shards(self, writes: float) -> int:
        """Shards of the table's stream, one a partition, at what the table takes (write units/s)."""
        return max(1, math.ceil(writes / self.inputs.partition_writes))

    def conflicts(self, table_shards: int, pace: float) -> Contention:
        """Transactions on the campaign's counts, each shard offering `pace` batches a second."""
        hold = float(self.inputs.transaction_seconds)
        return contention(table_shards, pace, self.count_seconds, hold, ours.ledger_patience())

    def publish(self, shards: int) -> Limits:
        """FanOut's children, onto so many shards."""
        children = self.settings.map_concurrency
        return {
            "MapConcurrency": children * self.settings.partition_rows / self.child_seconds,
            "state transitions": self.inputs.transitions / 2 * self.settings.partition_rows,
            "stream: records/s a shard": shards * self.inputs.shard_records,
            "stream: bytes/s a shard": shards * self.inputs.shard_bytes / self.weights.wire,
        }

    def upsert(self, shards: int, writes: float) -> Limits:
        """loadScoresToDynamoDB, from so many shards into a table that takes so many write units a second."""
        others = self.settings.map_concurrency + shards + self.table_shards(writes)
        workers = shards * self.settings.parallel
        free = max(1.0, self.inputs.concurrency - others)
        batch = self.settings.batch / self.batch_seconds
        return {
            "UpsertParallelization x shards": workers * batch,
            "Lambda executions at once": free * batch,
            "stream: bytes/s read": shards * self.inputs.shard_read_bytes / READERS / self.weights.wire,
            "table: write units/s": writes / self.write_units,
        }

    def count(self, writes: float) -> Limits:
        """processSavedScores, from as many shards as the table has partitions."""
        shards = self.table_shards(writes)
        seconds = self.count_seconds + self.inputs.transaction_seconds + self.inputs.get_seconds
        return {
            "one batch a table shard": shards * self.count_batch / seconds,
            "one item of counts": self.conflicts(shards, _BACKLOG_PACE).commits * self.count_batch,
        }

    def entries(self, shards: int) -> Limits:
        """saveEntryScoring, one batch a shard at a time; records read, sent or not."""
        return {
            "one batch a shard, the service's time": shards * self.settings.batch / self.entry_batch_seconds,
            "stream: bytes/s read": shards * self.inputs.shard_read_bytes / READERS / self.weights.wire,
        }

    def _cpu(self, name: str) -> float:
        """The share of a core that single-threaded work gets."""
        return min(1.0, ours.function(name).memory / self.inputs.vcpu_megabytes)


def _window(mapping: str) -> float:
    """Seconds that a mapping gathers records for a batch."""
    return float(ours.mapping(mapping)["MaximumBatchingWindowInSeconds"])
