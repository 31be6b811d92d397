"""docs/scaling.md is what the model says today.

Cannot see: the page's words, and the figures of `--check`, which no two machines have alike.
"""

import shutil
from pathlib import Path

from bench.scaling import page


def test_the_page_and_its_picture_are_what_the_model_says(tmp_path: Path) -> None:
    copy, picture = tmp_path / "scaling.md", tmp_path / "scaling.svg"
    shutil.copy(page.PAGE, copy)
    page.write(copy, picture)
    stale = "docs/scaling.md or docs/scaling.svg is stale: .venv/bin/python -m bench scaling --write"
    assert copy.read_text() == page.PAGE.read_text(), stale
    assert picture.read_text() == page.PICTURE.read_text(), stale
