"""Where and when figures were taken: without that they mean nothing."""

import os
import platform
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

# A load above this, in running processes, means that somebody else was using the cores too.
QUIET_LOAD = 0.7
_PACKAGES = ("polars", "duckdb", "pandas", "pyarrow", "boto3")


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
        quiet = "" if self.load <= QUIET_LOAD else "; the machine was busy, so look at ratios of CPU time"
        return (
            f"{self.date}, {self.processor}, {self.cores} cores, {self.memory_gib:.0f} GiB, {self.system}; "
            f"Python {self.python}, {packages}; load {self.load} at the start{quiet}"
        )

    def wire(self) -> dict[str, Any]:
        """The same for `--json`."""
        return asdict(self)


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or "unknown processor"
