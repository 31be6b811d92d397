from pathlib import Path

import pytest

from tests.local.check.checking import CONTENT, NAME


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / NAME
    path.write_text(CONTENT)
    return path
