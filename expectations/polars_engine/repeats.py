"""Exact counts of repeated and of distinct rows, in memory that 10 million rows fit into.

A group by on the keys would hold them all. Here a 64-bit fingerprint of each key is collected and sorted,
8 bytes a row. Only keys whose fingerprint stands there twice can be repeated, or have met by chance; those,
and only those, are compared as they are, in slices that bound what is held at once.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import polars as pl

FINGERPRINT = "fingerprint"
_SLICE_ROWS = 2_000_000

Fingerprint = Callable[[Sequence[str]], pl.Expr]


@dataclass(frozen=True)
class Tally:
    """Of the rows that were looked at: how many, how many share their key, and how many keys there are."""

    rows: int
    repeated: int
    distinct: int


def fingerprint(columns: Sequence[str]) -> pl.Expr:
    """Return a 64-bit hash of a key; nulls count as a value of their own."""
    return pl.struct(columns).hash().alias(FINGERPRINT)


def tally(
    rows: pl.LazyFrame,
    columns: Sequence[str],
    fingerprints: pl.Series,
    *,
    hashed: Fingerprint = fingerprint,
    slice_rows: int = _SLICE_ROWS,
) -> Tally:
    """Count keys that stand in more than one row, and the different ones.

    Args:
        rows: one row a key.
        columns: what makes the key.
        fingerprints: `hashed` of each row, in any order.
        hashed: how they were made.
        slice_rows: about how many rows are compared at once; a key that stands in more is still one group.
    """
    ordered = fingerprints.sort()
    again = ordered.filter(ordered == ordered.shift(1))
    suspects = again.unique()
    of_suspects = again.len() + suspects.len()
    alone = ordered.len() - of_suspects
    del ordered, again
    repeated = distinct = 0
    slices = -(-of_suspects // slice_rows)
    for number in range(slices):
        some = suspects.filter(suspects % slices == number).to_frame(FINGERPRINT).lazy()
        compared = (
            rows.select(*columns, hashed(columns))
            .join(some, on=FINGERPRINT, how="semi")
            .group_by(columns)
            .agg(rows=pl.len())
            .select(distinct=pl.len(), repeated=pl.col("rows").filter(pl.col("rows") > 1).sum())
            .collect(engine="streaming")
        )
        distinct += compared["distinct"].item()
        repeated += compared["repeated"].item()
    return Tally(rows=fingerprints.len(), repeated=repeated, distinct=alone + distinct)
