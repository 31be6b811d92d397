"""The quality gate beside Prepare on the same file, and beside Great Expectations' own pandas engine."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bench.contestants.checked import RULES, keep_counts
from bench.files import Files
from bench.goals import Goal
from bench.machine import Busy
from bench.rounds import PREPARE, Contestant, Results, run, turns

GATE = Contestant("gate", "gate (Polars engine)", does_the_job=False)
GATE_PANDAS = Contestant("gate_pandas", "gate (pandas engine)", most_rows=1_000_000, does_the_job=False)
_LARGE = 10_000_000
_GIGABYTE = 1e9


@dataclass(frozen=True)
class Gating:
    """Prepare's runs and the gates' on what it left; imports are not in the times."""

    results: list[Results]
    differences: list[str]

    def wire(self) -> dict[str, Any]:
        """The figures for `--json`."""
        return {"results": [one.wire() for one in self.results], "differences": self.differences}

    def of(self, contestant: Contestant) -> Results | None:
        """One contestant's runs, if it took part."""
        return next((one for one in self.results if one.contestant == contestant), None)


def gating(rows: int, rounds: int, files: Files, say: Callable[[str], None]) -> Gating:
    """Runs Prepare and the gates in turn.

    Raises:
        bench.rounds.ContestantError: one of them failed.
        bench.files.NoRoomError: the disk is too small.
    """
    say(f"Making the file of {rows:,} rows")
    source = files.sample(rows)
    contestants = [one for one in (PREPARE, GATE, GATE_PANDAS) if rows <= (one.most_rows or rows)]
    results = [Results(contestant, rows) for contestant in contestants]
    found: dict[str, dict[str, Any]] = {}
    with files.empty_folder() as prepared:
        say("Preparing what the gates look at")
        keep_counts(prepared, run(PREPARE, source, prepared).counts)
        for result in turns(results, rounds, say):
            with files.empty_folder() as folder:
                before = Busy.now()
                given = source if result.contestant == PREPARE else prepared
                result.runs.append(run(result.contestant, given, folder))
                result.others.append(Busy.now().others_since(before))
                if (folder / RULES).exists():
                    found[result.contestant.label] = json.loads((folder / RULES).read_text())
    return Gating(results, _differences(found))


def _differences(found: dict[str, dict[str, Any]]) -> list[str]:
    """Rules on which the engines are not of one opinion, among those that both were asked."""
    if len(found) < 2:
        return []
    ours, theirs = found[GATE.label], found[GATE_PANDAS.label]
    return [
        f"'{rule}': {ours[rule]} by the Polars engine and {theirs[rule]} by the pandas engine"
        for rule in ours
        if rule in theirs and ours[rule] != theirs[rule]
    ]


def gate_goals(found: Gating) -> list[Goal]:
    """The gate's time against Prepare's, and its memory."""
    prepare, gate = found.of(PREPARE), found.of(GATE)
    assert prepare is not None
    assert gate is not None
    large = gate.rows >= _LARGE
    ratio, by_cpu = gate.seconds / prepare.seconds, gate.cpu_seconds / prepare.cpu_seconds
    return [
        Goal(
            "The gate's time against Prepare's at 10 M rows",
            "<= 0.75 x",
            f"{ratio:.2f} x at {gate.rows:,} rows ({by_cpu:.2f} x the CPU time)",
            ratio <= 0.75 if large else None,
        ),
        Goal(
            "The gate's peak memory at 10 M rows",
            "<= 2.5 GB",
            f"{gate.peak_bytes / _GIGABYTE:.2f} GB at {gate.rows:,} rows",
            gate.peak_bytes <= 2.5 * _GIGABYTE if large else None,
        ),
    ]
