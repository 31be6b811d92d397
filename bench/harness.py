"""What every command has: files, ways to do the same work in turns, and tables of what they took."""

import os
import platform
import re
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer

from bench.measured import ROOT, BenchError, Measured

Rounds = Annotated[int, typer.Option(min=1, help="Runs of each way; the median counts.")]
Write = Annotated[bool, typer.Option("--write", help="Put the figures into the page too.")]
PAGE = ROOT / "bench" / "README.md"

# A load above this, in running processes, means that somebody else was using the cores too.
_QUIET_LOAD = 0.7
_PACKAGES = ("polars", "duckdb", "pyarrow", "boto3", "great-expectations")
_SEED = 1
_GENERATE = (
    "import sys; from pathlib import Path; from local.sample.generate import generate; "
    "generate('scrubbed', int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]))"
)


@dataclass(frozen=True)
class Session:
    """One command's folder, which goes away at its end, and where and when it was given."""

    folder: Path
    machine: str

    def sample(self, rows: int) -> Path:
        """Give the scrubbed file with so many rows, made where it is not there yet.

        In a process of its own, so that this one stays small and its children's peaks are theirs alone.
        """
        path = self.folder / f"scrubbed-{rows}.csv"
        if not path.exists():
            say(f"Making the file of {rows:,} rows")
            subprocess.run([sys.executable, "-c", _GENERATE, str(rows), str(_SEED), str(path)], check=True)
        return path

    @contextmanager
    def empty_folder(self) -> Iterator[Path]:
        """Give a folder for one run's output."""
        with tempfile.TemporaryDirectory(dir=self.folder) as folder:
            yield Path(folder)

    def show(self, section: str, *parts: str, write: bool) -> None:
        """Print tables and sentences; with `write` put them between the section's marks of the page."""
        show(PAGE, section, [self.machine, *parts], write=write)


@contextmanager
def session() -> Iterator[Session]:
    """Lead a command from its start to its end; what went wrong is said, with exit code 1."""
    try:
        with tempfile.TemporaryDirectory(prefix="bench-") as folder:
            yield Session(Path(folder), _machine())
    except BenchError as error:
        say(str(error))
        raise typer.Exit(1) from None


def say(text: str) -> None:
    """Tell whoever waits what is going on."""
    typer.echo(text, err=True)


def show(page: Path, section: str, parts: Iterable[str], *, write: bool) -> None:
    """Print Markdown; with `write` put it between `<!-- SECTION -->` and `<!-- end of SECTION -->` too.

    Raises:
        BenchError: the page lacks the marks.
    """
    text = "\n\n".join(parts)
    typer.echo(f"\n{text}")
    if write:
        begin, end = f"<!-- {section} -->\n", f"\n<!-- end of {section} -->"
        before, found, rest = page.read_text().partition(begin)
        _, ended, after = rest.partition(end)
        if not (found and ended):
            raise BenchError(f"{page} lacks the lines '{begin.strip()}' and '{end.strip()}'.")
        page.write_text(f"{before}{begin}{text}{end}{after}")


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


def in_turns(ways: Sequence[Way], rounds: int) -> None:
    """Run every way `rounds` times; whoever was first is last in the next round."""
    for number in range(rounds):
        first = number % len(ways)
        for way in (*ways[first:], *ways[:first]):
            say(f"Round {number + 1} of {rounds}: {way.label}, {way.units:,}")
            way.runs.append(way.work())


def compared(title: str, ways: Sequence[Way], unit: str) -> str:
    """Show what each way took, as ratios to the first one; `unit` is what there are `units` of."""
    rows = [
        {
            "": way.label,
            "median s": f"{way.seconds:.2f}",
            "min - max s": " - ".join(f"{end(run.seconds for run in way.runs):.2f}" for end in (min, max)),
            "CPU s": f"{way.cpu_seconds:.2f}",
            f"{unit}/s": f"{way.units / way.seconds:,.0f}",
            "peak GB": f"{max(run.peak_bytes for run in way.runs) / 1e9:.2f}",
            "time ratio": f"{way.seconds / ways[0].seconds:.2f} x",
            "CPU ratio": f"{way.cpu_seconds / ways[0].cpu_seconds:.2f} x",
        }
        for way in ways
    ]
    return table(f"{title}: {len(ways[0].runs)} rounds", rows)


def table(title: str, rows: Sequence[Mapping[str, str]]) -> str:
    """Give a Markdown table of rows that have the same columns, numbers to the right."""
    columns = [[name, *(row[name] for row in rows)] for name in rows[0]]
    widths = [max(map(len, column)) for column in columns]
    head, *body = (
        " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        for line in zip(*columns, strict=True)
    )
    numbers = [all(re.match(r"[\d$]", cell) for cell in cells) for _, *cells in columns]
    rule = "|".join("-" * (width + 1) + "-:"[number] for width, number in zip(widths, numbers, strict=True))
    return "\n".join([f"**{title}**", "", f"| {head} |", f"|{rule}|", *(f"| {line} |" for line in body)])


def _machine() -> str:
    """Describe this machine at this moment in a line; the load is the last minute's."""
    load = round(os.getloadavg()[0], 2)
    quiet = "" if load <= _QUIET_LOAD else "; the machine was busy: look at CPU time"
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    packages = ", ".join(f"{name} {version(name)}" for name in _PACKAGES)
    return (
        f"{datetime.now(UTC).date()}, {_processor()}, {os.cpu_count()} cores, {memory:.0f} GiB, "
        f"{platform.system()} {platform.machine()}; Python {platform.python_version()}, {packages}; "
        f"load {load} at the start{quiet}"
    )


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    models = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(models, platform.processor() or "unknown processor")
