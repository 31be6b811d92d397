"""Ways to do the same work, side by side: round after round, the order moving on."""

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from rich.table import Table

from bench.measured import Measured

Say = Callable[[str], None]


@dataclass
class Way:
    """One way to do the work on `units` rows or records, and its runs so far."""

    label: str
    units: int
    work: Callable[[], Measured]
    runs: list[Measured] = field(default_factory=list)

    @property
    def seconds(self) -> float:
        """Median wall-clock seconds."""
        return statistics.median(run.seconds for run in self.runs)

    @property
    def cpu_seconds(self) -> float:
        """Median CPU seconds: hardly moved by what else the machine is doing."""
        return statistics.median(run.cpu_seconds for run in self.runs)

    @property
    def peak_bytes(self) -> int:
        """The most memory of any round."""
        return max(run.peak_bytes for run in self.runs)


def in_turns(ways: Sequence[Way], rounds: int, say: Say) -> None:
    """Run every way `rounds` times; whoever was first is last in the next round."""
    for number in range(rounds):
        first = number % len(ways)
        for way in (*ways[first:], *ways[:first]):
            say(f"Round {number + 1} of {rounds}: {way.label}, {way.units:,}")
            way.runs.append(way.work())


def compared(title: str, ways: Sequence[Way], unit: str) -> Table:
    """Show what each way took, as ratios to the first one; `unit` is what there are `units` of."""
    table = numbers(
        f"{title}: {len(ways[0].runs)} rounds",
        *("", "median s", "min - max s", "CPU s", f"{unit}/s", "peak GB", "time ratio", "CPU ratio"),
    )
    for way in ways:
        seconds = [run.seconds for run in way.runs]
        table.add_row(
            way.label,
            f"{way.seconds:.2f}",
            f"{min(seconds):.2f} - {max(seconds):.2f}",
            f"{way.cpu_seconds:.2f}",
            f"{way.units / way.seconds:,.0f}",
            f"{way.peak_bytes / 1e9:.2f}",
            f"{way.seconds / ways[0].seconds:.2f} x",
            f"{way.cpu_seconds / ways[0].cpu_seconds:.2f} x",
        )
    return table


def numbers(title: str, first: str, *columns: str) -> Table:
    """Make an empty table whose further columns are numbers."""
    table = Table(first, title=title, title_justify="left")
    for column in columns:
        table.add_column(column, justify="right")
    return table


@dataclass(frozen=True)
class Goal:
    """What was to be reached; `beside` says the same by CPU time, which a busy machine changes less."""

    name: str
    value: float
    limit: float
    unit: str = "x"
    at_least: bool = False
    beside: float | None = None

    @property
    def met(self) -> bool:
        """Whether it was."""
        return self.value >= self.limit if self.at_least else self.value <= self.limit


def goals(found: Sequence[Goal]) -> Table:
    """Show goals, what was measured, and whether they were met."""
    table = Table("what", "goal", "measured", "", title="Goals", title_justify="left")
    for goal in found:
        by_cpu = "" if goal.beside is None else f" ({goal.beside:.2f} {goal.unit} by CPU time)"
        table.add_row(
            goal.name,
            f"{'>=' if goal.at_least else '<='} {goal.limit:g} {goal.unit}",
            f"{goal.value:.2f} {goal.unit}{by_cpu}",
            "[green]met[/]" if goal.met else "[red]not met[/]",
        )
    return table
