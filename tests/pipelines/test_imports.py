"""Keys and errors stay light: the streaming workers import them without Polars in their zip."""

import subprocess
import sys


def test_keys_and_errors_need_no_polars() -> None:
    code = "import sys, pipelines.keys, pipelines.errors; print({'polars', 'pyarrow'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
