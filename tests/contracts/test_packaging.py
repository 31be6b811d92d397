"""What runs is what was packed, and a worker's zip is light."""

import io
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from local.stack.deploy import RUNTIME, localised_definition, template
from local.stack.packaging import ROOT, image_sources, worker_sources, zip_of
from tests.packaging.packages import built_worker, zip_as_deployed

WORKERS = sorted(path.stem for path in (ROOT / "steps" / "workers").glob("*.py") if path.stem != "__init__")
STATES = sorted(path.stem for path in (ROOT / "steps" / "states").glob("*.py") if path.stem != "__init__")
HEAVY = ("polars", "pandas", "pyarrow", "numpy", "s3fs", "great_expectations", "expectations", "pipelines")


def _unpacked(sources: list[str], folder: Path) -> Path:
    zipfile.ZipFile(io.BytesIO(zip_of(sources))).extractall(folder)
    return folder


def _run(code: str, folder: Path) -> None:
    # Isolated and cut off from this checkout, which is installed as editable: only libraries are in reach.
    paths = f"sys.path[:] = [{str(folder)!r}, *(path for path in sys.path if path != {str(ROOT)!r})]"
    program = f"import sys; {paths}; {code}"
    done = subprocess.run([sys.executable, "-I", "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("worker", WORKERS)
def test_a_workers_zip_imports_alone_and_stays_light(worker: str, tmp_path: Path) -> None:
    folder = _unpacked(worker_sources(), tmp_path)
    _run(
        f"import steps.workers.{worker} as m; assert m.__file__.startswith({str(folder)!r}), m.__file__; "
        f"heavy = {set(HEAVY)!r} & set(sys.modules); assert not heavy, heavy",
        folder,
    )


def test_the_images_sources_import_alone(tmp_path: Path) -> None:
    folder = _unpacked(image_sources(), tmp_path)
    assert STATES
    _run("; ".join(f"import steps.states.{state}" for state in STATES), folder)


def test_a_workers_zip_builds_imports_and_is_small(tmp_path: Path) -> None:
    """`sam build` calls this target; what it leaves runs with nothing beside it."""
    made = built_worker("LoadScoresToDynamoDBFunction", tmp_path / "built")
    # A function's code goes straight to Lambda up to 50 MB.
    assert len(zip_as_deployed(made)) < 30_000_000
    assert (made / "aws_lambda_powertools").is_dir()
    assert (made / "botocore").is_dir()
    # A zip's files are all of 1980: byte code that is checked against its source's time would be thrown away.
    for source in made.rglob("*.py"):
        compiled = source.parent / "__pycache__" / f"{source.stem}.{sys.implementation.cache_tag}.pyc"
        assert int.from_bytes(compiled.read_bytes()[4:8], "little") == 1, source


def test_the_image_and_the_zips_are_for_one_python() -> None:
    functions = [
        r["Properties"] for r in template()["Resources"].values() if "Handler" in r.get("Properties", {})
    ]
    assert {function["Runtime"] for function in functions} == {RUNTIME}
    assert f"FROM {RUNTIME.replace('python', 'python:')}-" in (ROOT / "Dockerfile").read_text()
    assert f"RUNTIME_PYTHON ?= {RUNTIME}\n" in (ROOT / "Makefile").read_text()


@pytest.mark.parametrize(
    ("lock", "platform"), [("steps", "x86_64-manylinux_2_36"), ("workers", "x86_64-manylinux2014")]
)
def test_there_is_a_wheel_for_everything_that_is_deployed(lock: str, platform: str, tmp_path: Path) -> None:
    """The install steps for their own platforms, the image's Debian 12 with glibc 2.36; none compiles."""
    command: list[str | Path] = [
        Path(sys.executable).with_name("uv"), "pip", "install", "--dry-run", "--require-hashes", "--no-deps",
        "--only-binary", ":all:", "--python-platform", platform,
        "--python-version", RUNTIME.removeprefix("python"),
        "--target", tmp_path / "there", "-r", ROOT / "requirements" / f"{lock}.txt",
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "pydantic-core" in done.stderr


def test_every_worker_is_a_function_of_the_template() -> None:
    resources = template()["Resources"].values()
    handlers = {resource["Properties"].get("Handler") for resource in resources if "Properties" in resource}
    assert handlers - {None} == {f"steps.workers.{worker}.handler" for worker in WORKERS}


def test_every_state_is_a_function_of_the_template() -> None:
    properties = [resource.get("Properties", {}) for resource in template()["Resources"].values()]
    commands = [one["ImageConfig"]["Command"] for one in properties if "ImageConfig" in one]
    assert sorted(commands) == [[f"steps.states.{state}.handler"] for state in STATES]


def test_the_worker_lock_leaves_out_what_is_heavy() -> None:
    pinned = [
        line.split("==")[0] for line in (ROOT / "requirements" / "workers.txt").read_text().splitlines()
    ]
    assert not set(pinned) & {"polars", "pandas", "pyarrow", "great-expectations"}


def test_locks_name_no_registry() -> None:
    for lock in (ROOT / "requirements").glob("*.txt"):
        assert "://" not in lock.read_text(), lock.name


def test_the_maps_limits_become_numbers() -> None:
    text = (ROOT / "statemachines" / "score-file.asl.json").read_text()
    local = localised_definition(text, {"MapConcurrency": "3", "ToleratedFailurePercentage": "2.5"})
    assert '"MaxConcurrency": 3' in local
    assert '"ToleratedFailurePercentage": 2.5' in local
    assert 'Path": "$.limits' not in local
