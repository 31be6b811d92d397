"""What the image and the zips hold, made by the Dockerfile's own lines and the Makefile's target.

Cannot see: the base image, and whether a container engine builds it.
"""

import subprocess
import sys
import tomllib
from pathlib import Path

from local.stack.packaging import ROOT
from tests.packaging.conftest import MARKS, TEMPLATE, WORKERS
from tests.packaging.packages import LARGEST_IMAGE, Image, instructions, size_of

pytestmark = MARKS


def test_it_is_far_smaller_than_lambda_takes(image: Image) -> None:
    # The base image comes on top, with some 150 MB.
    assert 500_000_000 < image.size < LARGEST_IMAGE / 5


def test_nothing_of_development_is_in_it(image: Image) -> None:
    listed = subprocess.run(
        [image.python / "bin" / "python", "-m", "pip", "list", "--format=freeze"],
        capture_output=True,
        text=True,
        check=True,
    )
    installed = {line.partition("==")[0].lower() for line in listed.stdout.splitlines()}
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    development = {
        line.replace("[", "=").replace(">", "=").partition("=")[0].lower() for line in extras["dev"]
    }
    # Libraries of the steps bring this one along.
    assert installed & development <= {"packaging"}
    assert {"awslambdaric", "polars", "great-expectations"} <= {name.replace("_", "-") for name in installed}
    assert {path.name for path in image.folder.iterdir()} == {
        "requirements", "pipelines", "expectations", "steps"
    }  # fmt: skip


def test_everything_is_compiled_and_everybody_may_read_it(image: Image) -> None:
    sources = list(image.folder.rglob("*.py"))
    assert sources
    for source in sources:
        assert (
            source.parent / "__pycache__" / f"{source.stem}.{sys.implementation.cache_tag}.pyc"
        ).is_file(), source
    assert all(file.stat().st_mode & 0o004 for file in image.folder.rglob("*"))


def test_sizes_are_summed(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "a").write_bytes(b"123")
    (tmp_path / "link").symlink_to(tmp_path / "folder" / "a")
    assert size_of(tmp_path) == 3


def test_a_dockerfiles_lines_are_read() -> None:
    text = "FROM a\n# no\nRUN one \\\n  two\n\nENV A=b\n"
    assert instructions(text) == [("FROM", "a"), ("RUN", "one    two"), ("ENV", "A=b")]


def test_the_entrypoint_is_awss_client(image: Image) -> None:
    assert image.entrypoint == ["python", "-m", "awslambdaric"]


def test_the_workers_builds_differ_in_nothing() -> None:
    plans = {
        subprocess.run(
            ["make", "--dry-run", f"build-{name}", "ARTIFACTS_DIR=there"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for name in WORKERS
    }
    assert len(plans) == 1
    assert "requirements/workers.txt" in plans.pop()
    assert all(TEMPLATE["Resources"][name]["Metadata"]["BuildMethod"] == "makefile" for name in WORKERS)
