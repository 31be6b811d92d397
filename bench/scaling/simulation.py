"""A run, second by second: each station works off what lies before it, as fast as its lowest limit allows.

On-demand streams and tables take more as time goes on, so what binds changes during a run: hence no formula.
"""

import math
from collections import defaultdict
from dataclasses import dataclass, field

from bench.scaling import ours
from bench.scaling.stations import Limits, Settings, Stations

_STEP = 1.0
# Longer than anything that AWS keeps: whoever is not done by then never will be.
_LONGEST = 4 * 86_400
STATIONS = ("publish", "upsert", "count", "entries")
# GETs of Finish under way at once (steps/run_summary.py).
_READS_AT_ONCE = 16


@dataclass
class Growing:
    """Capacity of an on-demand stream or table: once a period it becomes twice the peak that it served."""

    capacity: float
    most: float
    period: float
    _peak: float = 0.0
    _since: float = 0.0

    def serve(self, rate: float, seconds: float) -> None:
        """Notes what was asked of it for some seconds."""
        self._peak = max(self._peak, rate)
        if not self._peak:
            return
        self._since += seconds
        if self._since >= self.period:
            self.capacity = min(self.most, max(self.capacity, 2 * self._peak))
            self._peak, self._since = 0.0, 0.0


@dataclass
class Station:
    """A station's progress: records waiting and done, when it ended, and seconds by the limit that bound."""

    waiting: float = 0.0
    done: float = 0.0
    ended: float = 0.0
    bound_by: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    backlog: list[float] = field(default_factory=list)

    def work(self, limits: Limits, now: float) -> float:
        """Works for one step; gives back how many records it passed on."""
        name = binding(limits)
        rate = limits[name]
        passed = min(self.waiting, rate * _STEP)
        if self.waiting > 0:
            self.bound_by[name] += passed / rate
            self.ended = now + passed / rate
        self.waiting -= passed
        self.done += passed
        return passed

    @property
    def limit(self) -> str:
        """What bound it longest."""
        return max(self.bound_by, key=self.bound_by.__getitem__, default="-")


@dataclass(frozen=True)
class Simulated:
    """What came of a run. Times in seconds since the upload; `before` is when publishing begins."""

    fans: int
    settings: Settings
    stations: Stations
    prepare: float
    quality: float
    before: float
    flow: dict[str, Station]
    finish: float
    verdict: float
    shards_at_end: int
    writes: float

    @property
    def table_shards(self) -> int:
        """Shards of the table's stream at the end."""
        return self.stations.table_shards(self.writes)

    @property
    def published(self) -> float:
        """When the last record was on the stream."""
        return self.before + self.flow["publish"].ended

    @property
    def counted(self) -> float:
        """When the last record was counted."""
        return self.before + self.flow["count"].ended

    @property
    def bottleneck(self) -> tuple[str, str]:
        """The station on the verdict's way that is slowest by itself, and the limit that bound it longest."""
        names = ("publish", "upsert", "count")
        own = {name: sum(self.flow[name].bound_by.values()) for name in names}
        slowest = max(names, key=own.__getitem__)
        return slowest, self.flow[slowest].limit


def binding(limits: Limits) -> str:
    """The lowest of some limits."""
    return min(limits, key=limits.__getitem__)


def simulate(fans: int, stations: Stations) -> Simulated:
    """Plays a run of so many fans (records)."""
    inputs, settings = stations.inputs, stations.settings
    rows = fans * stations.weights.rows
    # The file is read while it is judged, but how fast both go on together nobody has measured.
    prepare = inputs.cold_start + rows * (stations.speeds.prepare + stations.weights.row / inputs.s3_bytes)
    quality = inputs.cold_start + fans * stations.speeds.gate
    before = prepare + quality + inputs.cold_start + 4 * inputs.state_seconds
    flow, shards, writes = flow_of(fans, stations)
    partitions = math.ceil(fans / settings.partition_rows)
    lags = stations.lags if fans else dict.fromkeys(STATIONS, 0.0)
    for name, station in flow.items():
        station.ended += lags[name]
    published = before + flow["publish"].ended
    finish = published + 2 * inputs.state_seconds + partitions / _READS_AT_ONCE * inputs.read_seconds
    counted = max(finish, before + flow["count"].ended)
    delay = ours.default("VerdictDelaySeconds") or 1
    verdict = finish + math.ceil((counted - finish) / delay) * delay
    return Simulated(
        fans, settings, stations, prepare, quality, before, flow, finish, verdict, shards, writes
    )


def flow_of(fans: int, stations: Stations) -> tuple[dict[str, Station], int, float]:
    """The records' way through the stations; also shards and the table's write units/s at the end."""
    inputs, settings = stations.inputs, stations.settings
    provisioned = settings.shards > 0
    first = float(settings.shards or inputs.on_demand_shards)
    stream = Growing(first, first if provisioned else math.inf, inputs.stream_doubling)
    writes = max(float(inputs.table_writes), settings.warm_writes)
    table = Growing(writes, max(writes, inputs.most_writes), inputs.table_doubling)
    flow = {name: Station() for name in STATIONS}
    flow["publish"].waiting = float(fans)
    now = 0.0
    while min(station.done for station in flow.values()) < fans * (1 - 1e-9) and now < _LONGEST:
        shards = math.floor(stream.capacity)
        published = flow["publish"].work(stations.publish(shards), now)
        stream.serve(published / inputs.shard_records, _STEP)
        flow["upsert"].waiting += published
        flow["entries"].waiting += published
        upserted = flow["upsert"].work(stations.upsert(shards, table.capacity), now)
        table.serve(upserted * stations.write_units, _STEP)
        flow["count"].waiting += upserted
        flow["count"].work(stations.count(table.capacity), now)
        flow["entries"].work(stations.entries(shards), now)
        for station in flow.values():
            station.backlog.append(station.waiting)
        now += _STEP
    return flow, math.floor(stream.capacity), table.capacity
