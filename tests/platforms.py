"""What tests need of the machine that they run on."""

from pathlib import Path

import pytest

needs_proc = pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks processes up in /proc: Linux only")
