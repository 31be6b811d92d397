"""Lambda's own Python 3.11, as far as its libraries go: the runtime interface client and boto3, nothing else.

AWS's runtime brings both in versions that it does not tell; here they are the lock's.
"""

import re
import subprocess
import sys
from pathlib import Path

from local.stack.packaging import ROOT, PackagingError

_BROUGHT = (
    "awslambdaric", "boto3", "botocore", "jmespath", "python-dateutil", "s3transfer", "simplejson", "six",
    "snapshot-restore-py", "urllib3",
)  # fmt: skip


def install(folder: Path) -> Path:
    """Make a virtual environment with the runtime's libraries in an empty folder; its interpreter.

    Raises:
        PackagingError: they could not be installed.
    """
    uv = str(Path(sys.executable).with_name("uv"))
    lock = folder.with_suffix(".txt")
    lock.write_text(_part_of_lock((ROOT / "requirements" / "steps.txt").read_text()))
    interpreter = folder / "bin" / "python"
    for command in (
        [uv, "venv", "--quiet", "--python", sys.executable, str(folder)],
        [uv, "pip", "install", "--quiet", "--python", str(interpreter), "--no-deps", "--require-hashes",
         "--compile-bytecode", "-r", str(lock)],
    ):  # fmt: skip
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise PackagingError(f"{' '.join(command)} failed: {done.stderr.strip()[-2000:]}")
    return interpreter


def _part_of_lock(text: str) -> str:
    """Give what the runtime brings, with its hashes."""
    pins = re.findall(r"^[a-zA-Z0-9].*?(?=^[a-zA-Z0-9]|\Z)", text, re.MULTILINE | re.DOTALL)
    return "".join(pin for pin in pins if re.split(r"[=\[ ]", pin)[0] in _BROUGHT)
