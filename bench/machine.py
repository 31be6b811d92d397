"""Where and when figures were taken: without that they mean nothing."""

import os
import platform
import resource
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

# A load above this, in running processes, means that somebody else was using the cores too.
QUIET_LOAD = 0.7
_PACKAGES = ("polars", "duckdb", "pandas", "pyarrow", "boto3", "great-expectations")


@dataclass(frozen=True)
class Machine:
    """What the figures depend on; `load` is the one-minute average before the first run."""

    date: str
    processor: str
    cores: int
    memory_gib: float
    system: str
    python: str
    packages: dict[str, str]
    load: float

    @classmethod
    def look(cls) -> "Machine":
        """This machine at this moment."""
        return cls(
            date=datetime.now(UTC).date().isoformat(),
            processor=_processor(),
            cores=os.cpu_count() or 1,
            memory_gib=round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
            system=f"{platform.system()} {platform.machine()}",
            python=platform.python_version(),
            packages={name: version(name) for name in _PACKAGES},
            load=round(os.getloadavg()[0], 2),
        )

    def line(self) -> str:
        """One line for a person."""
        packages = ", ".join(f"{name} {number}" for name, number in self.packages.items())
        quiet = "" if self.load <= QUIET_LOAD else "; the machine was busy: look at CPU time"
        return (
            f"{self.date}, {self.processor}, {self.cores} cores, {self.memory_gib:.0f} GiB, {self.system}; "
            f"Python {self.python}, {packages}; load {self.load} at the start{quiet}"
        )

    def wire(self) -> dict[str, Any]:
        """The same for `--json`."""
        return asdict(self)


@dataclass(frozen=True)
class Busy:
    """CPU seconds so far: of the whole machine, and of this process with its children that have ended."""

    at: float
    everybody: float
    ours: float

    @classmethod
    def now(cls) -> "Busy":
        """This moment; where the system does not say what it does, as if there were only us."""
        usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        ours = sum(usage.ru_utime + usage.ru_stime for usage in usages)
        stat = Path("/proc/stat")
        if not stat.exists():
            return cls(time.monotonic(), ours, ours)
        user, nice, system, _idle, _waiting, *interrupts = map(
            int, stat.read_text().split("\n")[0].split()[1:9]
        )
        ticks = user + nice + system + sum(interrupts)
        return cls(time.monotonic(), ticks / os.sysconf("SC_CLK_TCK"), ours)

    def others_since(self, before: "Busy") -> float:
        """The share of the cores that somebody else used since `before`, from 0 to 1."""
        theirs = (self.everybody - before.everybody) - (self.ours - before.ours)
        there_was = (self.at - before.at) * (os.cpu_count() or 1)
        return min(max(theirs / there_was, 0.0), 1.0) if there_was else 0.0


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or "unknown processor"
