"""Where and when figures were taken: without that they mean nothing."""

import os
import platform
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

# A load above this, in running processes, means that somebody else was using the cores too.
_QUIET_LOAD = 0.7
_PACKAGES = ("polars", "duckdb", "pyarrow", "boto3", "great-expectations")


def machine() -> str:
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
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or "unknown processor"
