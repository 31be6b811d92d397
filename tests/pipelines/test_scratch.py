"""Temporary folders of processes that live, that are gone, and of others."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from pipelines.scratch import remove_forgotten, scratch_folder

_HOLD = """
import sys, time
from pathlib import Path
from pipelines.scratch import scratch_folder
with scratch_folder("held-", Path(sys.argv[1])) as folder:
    (folder / "deep").mkdir()
    (folder / "deep" / "file").write_text("x")
    print(folder, flush=True)
    time.sleep(600)
"""


def _held(place: Path) -> tuple["subprocess.Popen[str]", Path]:
    """Another process with a folder."""
    process = subprocess.Popen([sys.executable, "-c", _HOLD, place], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    return process, Path(process.stdout.readline().strip())


def test_a_folder_goes_with_its_block(tmp_path: Path) -> None:
    with scratch_folder("mine-", tmp_path) as folder:
        (folder / "file").write_text("x")
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_process_has_left_goes_at_the_next_start(tmp_path: Path) -> None:
    process, left = _held(tmp_path)
    with process:
        with scratch_folder("mine-", tmp_path):
            assert left.exists()
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert left.exists()
        with scratch_folder("mine-", tmp_path) as folder:
            assert list(tmp_path.iterdir()) == [folder]


def test_a_living_process_keeps_its_folder_however_old(tmp_path: Path) -> None:
    process, held = _held(tmp_path)
    with process:
        os.utime(held, (0, 0))
        remove_forgotten(tmp_path)
        assert (held / "deep" / "file").exists()
        process.terminate()


def test_what_is_left_half_removed_goes_at_the_next_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    def mine() -> None:
        with scratch_folder("mine-", tmp_path) as folder:
            (folder / "deep").mkdir()
            (folder / "file").write_text("x")

    with monkeypatch.context() as patch:
        patch.setattr("pipelines.scratch.shutil.rmtree", killed)
        with pytest.raises(KeyboardInterrupt):
            mine()
    (left,) = tmp_path.iterdir()
    remove_forgotten(tmp_path)
    assert not left.exists()


def test_others_folders_stay(tmp_path: Path) -> None:
    for name in ("prepare-abc", "vf-aws-abc"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").write_text("x")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "file").write_text("x")
    (tmp_path / "prepare-link").mkdir()
    (tmp_path / "prepare-link" / ".vf-owned").symlink_to(tmp_path / "elsewhere" / "file")
    with scratch_folder("mine-", tmp_path):
        pass
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "elsewhere", "prepare-abc", "prepare-link", "vf-aws-abc",
    ]  # fmt: skip
