"""Runs contestants side by side: round after round, each in a process of its own, the order moving on."""

import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.contestants.common import Counts, Measured
from bench.files import Files
from bench.machine import Busy

ROOT = Path(__file__).parent.parent


class ContestantError(Exception):
    """A contestant did not come to its end; the text has the end of what it said."""


@dataclass(frozen=True)
class Contestant:
    """One way to do the job.

    Attributes:
        name: of its module in bench/contestants.
        label: for people.
        most_rows: the largest file it is given; on larger ones it would take minutes a round.
        does_the_job: whether its counts are to be those of Prepare.
    """

    name: str
    label: str
    most_rows: int | None = None
    does_the_job: bool = True


PREPARE = Contestant("prepare", "Prepare")
FLOOR = Contestant("floor", "floor (scan, sink)", does_the_job=False)
DUCKDB = Contestant("duckdb_sql", "DuckDB")
PANDAS = Contestant("pandas_frames", "pandas", most_rows=1_000_000)
ROW_LOOP = Contestant("row_loop", "csv row loop", most_rows=1_000_000)
CONTESTANTS = (PREPARE, FLOOR, DUCKDB, PANDAS, ROW_LOOP)


@dataclass
class Results:
    """All runs of one contestant on one file; `others` is what share of the cores was not ours meanwhile."""

    contestant: Contestant
    rows: int
    runs: list[Measured] = field(default_factory=list)
    others: list[float] = field(default_factory=list)

    @property
    def seconds(self) -> float:
        """Median wall-clock seconds."""
        return statistics.median(run.seconds for run in self.runs)

    @property
    def spread(self) -> tuple[float, float]:
        """The fastest and the slowest round's seconds."""
        return min(run.seconds for run in self.runs), max(run.seconds for run in self.runs)

    @property
    def cpu_seconds(self) -> float:
        """Median CPU seconds over all threads: hardly moved by what else the machine is doing."""
        return statistics.median(run.cpu_seconds for run in self.runs)

    @property
    def peak_bytes(self) -> int:
        """The most memory of any round."""
        return max(run.peak_bytes for run in self.runs)

    @property
    def counts(self) -> Counts | None:
        """What it found; the same in every round, or the rounds would not be of one job."""
        found = {repr(run.counts): run.counts for run in self.runs}
        if len(found) > 1:
            raise ContestantError(f"{self.contestant.label} gave different counts in different rounds.")
        return self.runs[0].counts

    def differences(self, other: "Results") -> list[str]:
        """Where the counts are not the other's, in words; none for one that does not do the job."""
        if not self.contestant.does_the_job:
            return []
        mine, theirs = _flat(self.counts), _flat(other.counts)
        return [
            f"{name} {mine.get(name, 0):,} and not {theirs.get(name, 0):,}"
            for name in {**theirs, **mine}
            if mine.get(name, 0) != theirs.get(name, 0)
        ]

    def wire(self) -> dict[str, Any]:
        """The figures for `--json`."""
        least, most = self.spread
        return {
            "name": self.contestant.name,
            "rows": self.rows,
            "rounds": len(self.runs),
            "seconds": {"median": round(self.seconds, 3), "min": round(least, 3), "max": round(most, 3)},
            "cpuSeconds": round(self.cpu_seconds, 3),
            "peakBytes": self.peak_bytes,
            "othersShare": [round(share, 2) for share in self.others],
            "rowsPerSecond": round(self.rows / self.seconds),
            "counts": _flat(self.counts),
        }


def side_by_side(
    contestants: Sequence[Contestant],
    rows: int,
    rounds: int,
    files: Files,
    say: Callable[[str], None],
) -> list[Results]:
    """Runs each contestant `rounds` times on the same file, none twice in a row.

    Raises:
        ContestantError: one of them failed.
        files.NoRoomError: the disk is too small.
    """
    say(f"Making the file of {rows:,} rows")
    source = files.sample(rows)
    results = [Results(contestant, rows) for contestant in contestants]
    for result in turns(results, rounds, say):
        with files.empty_folder() as folder:
            before = Busy.now()
            result.runs.append(run(result.contestant, source, folder))
            result.others.append(Busy.now().others_since(before))
    return results


def turns(results: list[Results], rounds: int, say: Callable[[str], None]) -> Iterator[Results]:
    """Whose turn it is, round after round; each round begins with another one."""
    for number in range(rounds):
        first = number % len(results)
        for result in results[first:] + results[:first]:
            say(f"{result.rows:,} rows, round {number + 1} of {rounds}: {result.contestant.label}")
            yield result


def run(contestant: Contestant, source: Path, folder: Path) -> Measured:
    """One run in a process of its own.

    Raises:
        ContestantError: it failed.
    """
    command = [sys.executable, "-m", f"bench.contestants.{contestant.name}", str(source), str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ContestantError(f"{contestant.label} failed: {done.stderr.strip()[-1000:]}")
    return Measured.from_json(done.stdout.splitlines()[-1])


def _flat(counts: Counts | None) -> dict[str, int]:
    if counts is None:
        return {}
    sums = {"in": counts.rows_in, "invalid": counts.invalid}
    return sums | {"duplicate": counts.duplicate, "valid": counts.valid} | counts.invalid_by
