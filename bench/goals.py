"""What was to be reached, as ratios within one session of measuring, and whether it was."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from bench.rounds import DUCKDB, FLOOR, PREPARE, ROW_LOOP, Contestant, Results

# Contestants that ran side by side on one file.
Group = Sequence[Results]

_FLOOR_FROM = 5_000_000
_LARGE = 10_000_000
_SMALL = 1_000_000
_GIGABYTE = 1e9


@dataclass(frozen=True)
class Goal:
    """One line of the table; `met` is None where the goal speaks of another size than was measured."""

    name: str
    goal: str
    measured: str
    met: bool | None

    def wire(self) -> dict[str, Any]:
        """The same for `--json`."""
        return asdict(self)


def find(group: Group, contestant: Contestant) -> Results | None:
    """A contestant's results in a group, if it took part."""
    return next((results for results in group if results.contestant == contestant), None)


def prepare_goals(groups: Sequence[Group]) -> list[Goal]:
    """What Prepare's runs say, each goal by the largest file that both sides of its ratio had."""
    found = [
        _floor_goal(groups),
        _ratio_goal(groups, DUCKDB, "Prepare's time against DuckDB's", at_most=0.9),
        _row_loop_goal(groups),
        _memory_goal(groups),
        _growth_goal(groups),
    ]
    return [goal for goal in found if goal is not None]


def publish_goal(published_per_second: float, ready_per_second: float) -> Goal:
    """Publishing a partition against sending what is ready to be sent."""
    share = published_per_second / ready_per_second
    measured = f"{share:.1%} ({published_per_second:,.0f} and {ready_per_second:,.0f} records/s)"
    return Goal("Publishing against sending ready-made bytes", ">= 80 %", measured, share >= 0.8)


def _largest(groups: Sequence[Group], other: Contestant) -> tuple[Results, Results] | None:
    pairs = [
        (mine, theirs)
        for group in groups
        if (mine := find(group, PREPARE)) is not None and (theirs := find(group, other)) is not None
    ]
    return max(pairs, key=lambda pair: pair[0].rows) if pairs else None


def _ratio_goal(
    groups: Sequence[Group], other: Contestant, name: str, *, at_most: float, from_rows: int = 0
) -> Goal | None:
    pair = _largest(groups, other)
    if pair is None:
        return None
    mine, theirs = pair
    ratio, by_cpu = mine.seconds / theirs.seconds, mine.cpu_seconds / theirs.cpu_seconds
    met = None if mine.rows < from_rows else ratio <= at_most
    measured = f"{ratio:.2f} x at {mine.rows:,} rows ({by_cpu:.2f} x the CPU time)"
    return Goal(name, f"<= {at_most} x", measured, met)


def _floor_goal(groups: Sequence[Group]) -> Goal | None:
    name = "Prepare's time against the floor's, 5-10 M rows"
    return _ratio_goal(groups, FLOOR, name, at_most=2.0, from_rows=_FLOOR_FROM)


def _row_loop_goal(groups: Sequence[Group]) -> Goal | None:
    pair = _largest(groups, ROW_LOOP)
    if pair is None:
        return None
    mine, theirs = pair
    ratio, by_cpu = theirs.seconds / mine.seconds, theirs.cpu_seconds / mine.cpu_seconds
    measured = f"{ratio:.1f} x at {mine.rows:,} rows ({by_cpu:.1f} x by CPU time)"
    return Goal("Faster than the row-at-a-time loop", ">= 10 x", measured, ratio >= 10)


def _prepare_of(groups: Sequence[Group], rows: int) -> Results | None:
    """Prepare's results on one size; of several the last, which stands beside the other sizes."""
    found = [mine for group in groups if (mine := find(group, PREPARE)) is not None and mine.rows == rows]
    return found[-1] if found else None


def _memory_goal(groups: Sequence[Group]) -> Goal | None:
    sizes = [mine for group in groups if (mine := find(group, PREPARE)) is not None]
    if not sizes:
        return None
    largest = max(sizes, key=lambda mine: mine.rows)
    peak = max(mine.peak_bytes for mine in sizes if mine.rows == largest.rows)
    met = peak <= 2.5 * _GIGABYTE if largest.rows >= _LARGE else None
    measured = f"{peak / _GIGABYTE:.2f} GB at {largest.rows:,} rows"
    return Goal("Prepare's peak memory at 10 M rows", "<= 2.5 GB", measured, met)


def _growth_goal(groups: Sequence[Group]) -> Goal | None:
    small, large = _prepare_of(groups, _SMALL), _prepare_of(groups, _LARGE)
    if small is None or large is None:
        return None
    ratio, by_cpu = large.seconds / small.seconds, large.cpu_seconds / small.cpu_seconds
    measured = f"{ratio:.1f} x the time ({by_cpu:.1f} x the CPU time)"
    return Goal("Prepare's growth from 1 M to 10 M rows", "<= 11 x", measured, ratio <= 11)
