"""The floor: Polars reads the CSV and writes it as Parquet, and nothing else.

Leaves out all of the contract: no rule, no rank, no merge, no rejected rows; a surplus field and a bad byte
pass unseen. What any Polars pipeline over the file costs at least.
"""

from pathlib import Path

import polars as pl

from bench.contestants import main


def copy(source: Path, folder: Path) -> None:
    """Copy the file's cells as text, compressed as Prepare compresses its records."""
    (folder / "records").mkdir()
    pl.scan_csv(source, infer_schema=False, encoding="utf8-lossy", truncate_ragged_lines=True).sink_parquet(
        folder / "records" / "part-00000.parquet", compression="zstd", compression_level=1, statistics=False
    )


if __name__ == "__main__":
    main(copy)
