"""Every hand-over inside Prepare is counted on both sides: what one of them loses is noticed there.

Each is broken here on purpose. What the gate says of it: tests/expectations/test_gate.py.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipelines import fanlist
from pipelines import prepare as module
from pipelines.csv.scan import Scan
from pipelines.shuffle.buckets import Spill
from pipelines.shuffle.staged import Accepted
from pipelines.sinks import Partitions, Rejects
from tests.pipelines.files import run

FILE = b"memberId,score\n" + b"".join(b"m%d,%d\n" % (fan % 7, fan) for fan in range(10)) + b",1\n,2\nm9,-1\n"


def losing(frames: Callable[..., Any]) -> Callable[..., Any]:
    """A method that takes a frame, and of it all but the last row."""

    def add(self: Any, rows: pl.DataFrame) -> Any:
        return frames(self, rows.head(max(rows.height - 1, 0)))

    return add


def first_row_twice(pieces: Callable[..., Any]) -> Callable[..., Any]:
    """A method that yields frames, with their first row twice."""

    def doubled(self: Any) -> Any:
        for rows in pieces(self):
            yield pl.concat([rows.head(1), rows])

    return doubled


def test_nothing_is_left_over(tmp_path: Path) -> None:
    prepared = run(FILE, tmp_path, kind="fanlist")
    assert (prepared.rows_in, prepared.invalid, prepared.duplicate, prepared.valid) == (13, 3, 3, 7)
    assert set(prepared.unaccounted.values()) == {0}
    assert set(prepared.unaccounted) == set(module.HANDOVERS) - {"rejects"}


@pytest.mark.parametrize(
    ("owner", "method", "breaking", "left"),
    [
        (Accepted, "add", losing, {"rows": 1, "counts": 1}),
        (Rejects, "add", losing, {"rows": 1, "counts": 1}),
        (Spill, "add", losing, {"merged": 1, "counts": 1}),
        (Spill, "buckets", first_row_twice, {"merged": -1, "counts": -1}),
        (Partitions, "add", losing, {"records": 2, "counts": 2}),
    ],
)
def test_what_a_handover_loses_or_doubles_is_noticed(
    owner: type,
    method: str,
    breaking: Any,
    left: dict[str, int],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(owner, method, breaking(getattr(owner, method)))
    prepared = run(FILE, tmp_path, kind="fanlist")
    assert {handover: count for handover, count in prepared.unaccounted.items() if count} == left


def test_rows_that_a_piece_forgets_are_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = module._split
    monkeypatch.setattr(
        module, "_split", lambda *args, **names: (whole(*args, **names)[0] - 1, *whole(*args, **names)[1:])
    )
    assert run(FILE, tmp_path, kind="fanlist").unaccounted["accepted"] == 1


def test_fans_without_a_record_are_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = fanlist.records
    monkeypatch.setattr(fanlist, "records", lambda fans, **stamp: whole(fans, **stamp).head(2))
    assert run(FILE, tmp_path, kind="fanlist").unaccounted["fans"] > 0


def test_blocks_that_are_dropped_are_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipelines.csv.blocks.BLOCK_BYTES", 16)
    monkeypatch.setattr("pipelines.csv.source.CHUNK_BYTES", 16)
    whole = Scan.blocks
    monkeypatch.setattr(Scan, "blocks", lambda self: list(whole(self))[1:])
    assert run(FILE, tmp_path, kind="fanlist").unaccounted["rows"] > 0
