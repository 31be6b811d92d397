"""Partitions of records: as many as a Map may have, and no more."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import polars as pl
import pytest

from pipelines.errors import InvalidFileError
from pipelines.sinks import MOST_PARTITIONS, Partitions


def test_a_file_of_too_many_partitions_is_refused(tmp_path: Path) -> None:
    """By bytes a file may have more than its rows would make: 5,000 are written, and no other."""
    with ThreadPoolExecutor(1) as pool:
        partitions = Partitions(str(tmp_path), 1, pool, None)
        partitions.add(pl.DataFrame({"tags": [["x"]] * MOST_PARTITIONS}))
        with pytest.raises(InvalidFileError, match="split the file"):
            partitions.add(pl.DataFrame({"tags": [["x"]]}))
        assert len(partitions.close()) == MOST_PARTITIONS
