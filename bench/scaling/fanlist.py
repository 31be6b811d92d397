"""A fanlist's run: the stations `save` (into the table and onto campaignDataStream) and `count`."""

import math
from functools import cached_property

from bench.scaling.model import Limits, Run

# Assumed: writers stand some refusals, since each waits and asks again for some seconds.
_PATIENT = 1.5


class FanlistRun(Run):
    """A fanlist's run: its children write to the table themselves, and the Entry Service gets nothing."""

    way = ("save", "count")
    prefix = "fanlist_"

    @cached_property
    def shards(self) -> float:
        """Shards of campaignDataStream as the run begins."""
        return self.f["fanlist_shards"] or self.f["on_demand_shards"]

    @cached_property
    def child_seconds(self) -> float:
        """A child of FanOut: parts of the partition into the table, some at once, then onto the stream."""
        f, rows = self.f, self.rows
        part = math.ceil(f["save_part"] / f["gets_a_call"]) * f["get_seconds"]
        part += math.ceil(f["save_part"] / f["statements_a_call"]) * f["write_seconds"]
        puts = math.ceil(rows / f["records_a_put"] / f["puts_at_once"])
        busy = rows * (f["upsert_seconds"] + f["publish_seconds"]) / self.cores("SaveFanlistPartition")
        waits = math.ceil(rows / f["save_part"] / f["saves_at_once"]) * part + puts * f["put_seconds"]
        return f["child_seconds"] + busy + waits

    @property
    def upsert_lag(self) -> float:
        """The last child saves its records in its own time."""
        return self.child_seconds

    @cached_property
    def limits(self) -> dict[str, Limits]:
        """Every station's limits, by name."""
        return {"save": {**self.delivering, "table: write units/s": self.table}, "count": self.counting}

    @property
    def own_warnings(self) -> list[str]:
        """What the table would refuse: there is no stream before it to wait in."""
        f = self.f
        writing = min(f["map_concurrency"], self.partitions) * self.rows / self.child_seconds
        takes = self.table.rate
        if writing <= _PATIENT * takes:
            return []
        return [f"Children write {writing / takes:.1f} times what the table takes: some become dead letters."]
