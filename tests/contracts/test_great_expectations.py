"""Great Expectations takes seconds to import: one function pays for that, the others must not."""

import subprocess
import sys

from tests.contracts.test_template import FUNCTIONS

# Prints each module after whose import it is there.
_IMPORTED = """
import importlib, sys
for name in sys.argv[1:]:
    importlib.import_module(name)
    if "great_expectations" in sys.modules:
        print(name)
"""
_STEPS = {
    name: str(properties["ImageConfig"]["Command"][0]).rpartition(".")[0]
    for name, properties in FUNCTIONS.items()
    if "ImageConfig" in properties
}
_ON_A_LAPTOP = ["local.cli", "local.check.file", "expectations.thresholds", "bench.__main__"]


def _with_it(*modules: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", _IMPORTED, *modules], capture_output=True, text=True, check=True, timeout=240
    )
    return done.stdout.split()


def test_only_check_quality_imports_it() -> None:
    checking = _STEPS["CheckQualityFunction"]
    others = sorted(set(_STEPS.values()) - {checking})
    assert len(others) >= 6
    assert _with_it(*others, *_ON_A_LAPTOP, checking) == [checking]
