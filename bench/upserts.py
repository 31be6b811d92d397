"""The merge writer beside one-by-one writes, threads of them, and puts that merge nothing, in rounds."""

import os
import statistics
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

from bench.contestants.common import Measured
from bench.endpoints import Endpoint, embedded_table, null_table
from bench.goals import Goal
from bench.rounds import ROOT, ContestantError

MERGE_WRITER = "merge_writer"
LABELS = {
    MERGE_WRITER: "merge writer",
    "one_by_one": "one update_item a record",
    "threads": "16 threads of it",
    "bare_puts": "batch_writer: puts, no merge",
}
# The embedded AWS takes one at a time what the null endpoint takes at once; more records tell nothing more.
_EMBEDDED_RECORDS = 2_000
# Against whom, and by how many times the records per CPU-second.
_GOALS = {"one_by_one": 8.0, "bare_puts": 0.4}

Say = Callable[[str], None]


@dataclass
class Comparison:
    """All methods on one endpoint, each with the same `records`; `goals` where goals speak of it."""

    kind: str
    endpoint: str
    records: int
    goals: bool
    runs: dict[str, list[Measured]] = field(default_factory=lambda: {method: [] for method in LABELS})

    @property
    def title(self) -> str:
        """Which fans, where."""
        return f"{self.kind} upserts, {self.endpoint}"

    def seconds(self, method: str) -> float:
        """Median wall-clock seconds."""
        return statistics.median(run.seconds for run in self.runs[method])

    def cpu_seconds(self, method: str) -> float:
        """Median CPU seconds of the client's process, for 100,000 records."""
        return statistics.median(run.cpu_seconds for run in self.runs[method]) / self.records * 100_000

    def against(self, method: str) -> float:
        """How many times the method's records per CPU-second the merge writer has."""
        return self.cpu_seconds(method) / self.cpu_seconds(MERGE_WRITER)

    def wire(self) -> dict[str, Any]:
        """The figures for `--json`."""
        return {
            "kind": self.kind,
            "endpoint": self.endpoint,
            "records": self.records,
            "methods": {
                method: {
                    "rounds": len(runs),
                    "recordsPerSecond": round(self.records / self.seconds(method)),
                    "cpuSecondsPer100000": round(self.cpu_seconds(method), 2),
                    "recordsPerCpuSecondOfMergeWriter": round(self.against(method), 2),
                }
                for method, runs in self.runs.items()
            },
        }


def upserting(records: int, rounds: int, say: Say) -> list[Comparison]:
    """Runs every method `rounds` times at each endpoint, each run in a process of its own.

    Raises:
        ContestantError: one of them failed.
    """
    at_nothing: list[tuple[Comparison, Endpoint]] = []
    at_aws = [
        Comparison("scrubbed", f"embedded AWS, {state} items", min(records, _EMBEDDED_RECORDS), goals=False)
        for state in ("new", "stored")
    ]
    with ExitStack() as stack:
        nothing = [stack.enter_context(null_table("new")), stack.enter_context(null_table("stored"))]
        for kind in ("scrubbed", "fanlist"):
            at_nothing += [(Comparison(kind, one.name, records, goals=True), one) for one in nothing]
        for number in range(rounds):
            for comparison, endpoint in at_nothing:
                for method in _order(number):
                    say(f"Round {number + 1} of {rounds}: {comparison.title}: {LABELS[method]}")
                    comparison.runs[method].append(_run(endpoint, method, comparison, run=1))
    for number in range(rounds):
        for method in _order(number):
            say(f"Round {number + 1} of {rounds}: scrubbed upserts, embedded AWS: {LABELS[method]}")
            # A table of its own: the first run finds no item, the second one all of them.
            with embedded_table() as endpoint:
                for run, comparison in enumerate(at_aws, 1):
                    comparison.runs[method].append(_run(endpoint, method, comparison, run=run))
    return [comparison for comparison, _ in at_nothing] + at_aws


def upsert_goals(comparisons: Sequence[Comparison]) -> list[Goal]:
    """The merge writer's records per CPU-second, against those of the others, by endpoint."""
    return [
        Goal(
            name=f"{comparison.title}: records per CPU-second, of those of {LABELS[method]}",
            goal=f">= {least:g} x",
            measured=f"{comparison.against(method):.1f} x",
            met=comparison.against(method) >= least,
        )
        for comparison in comparisons
        if comparison.goals
        for method, least in _GOALS.items()
    ]


def _order(number: int) -> list[str]:
    """Whoever was first is last in the next round."""
    methods = list(LABELS)
    first = number % len(methods)
    return methods[first:] + methods[:first]


def _run(endpoint: Endpoint, method: str, comparison: Comparison, run: int) -> Measured:
    arguments = [method, comparison.kind, str(comparison.records), str(run)]
    done = subprocess.run(
        [sys.executable, "-m", "bench.upserting", *arguments],
        cwd=ROOT,
        env=os.environ | endpoint.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise ContestantError(f"{LABELS[method]} failed: {done.stderr.strip()[-1000:]}")
    return Measured.from_json(done.stdout.splitlines()[-1])
