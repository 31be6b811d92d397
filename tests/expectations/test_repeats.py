"""Exact counts of repeats, however badly the fingerprints tell keys apart and however the rows are cut."""

from collections import Counter
from collections.abc import Sequence

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expectations.polars_engine.repeats import FINGERPRINT, Fingerprint, Tally, fingerprint, tally


def _two_of_them(columns: Sequence[str]) -> pl.Expr:
    return (fingerprint(columns) % 2).alias(FINGERPRINT)


@pytest.mark.parametrize("slice_rows", [1, 3, 1_000])
@pytest.mark.parametrize("hashed", [fingerprint, _two_of_them], ids=["hash", "two fingerprints"])
@settings(max_examples=15, deadline=None, derandomize=True)
@given(
    keys=st.lists(st.tuples(st.none() | st.integers(0, 3), st.none() | st.sampled_from("abc")), max_size=12)
)
def test_repeats_are_counted_exactly(
    hashed: Fingerprint, slice_rows: int, keys: list[tuple[int | None, str | None]]
) -> None:
    rows = pl.DataFrame(keys, schema={"n": pl.Int64, "t": pl.String}, orient="row").lazy()
    fingerprints = rows.select(hashed(["n", "t"])).collect()[FINGERPRINT]
    found = tally(rows, ["n", "t"], fingerprints, hashed=hashed, slice_rows=slice_rows)
    counted = Counter(keys)
    assert found == Tally(
        rows=len(keys), repeated=sum(n for n in counted.values() if n > 1), distinct=len(counted)
    )


def test_keys_that_only_share_a_fingerprint_are_no_repeats() -> None:
    rows = pl.LazyFrame({"n": range(100)})

    def alike(_: Sequence[str]) -> pl.Expr:
        return (pl.col("n") * 0).cast(pl.UInt64).alias(FINGERPRINT)

    fingerprints = rows.select(alike(["n"])).collect()[FINGERPRINT]
    assert tally(rows, ["n"], fingerprints, hashed=alike) == Tally(rows=100, repeated=0, distinct=100)
