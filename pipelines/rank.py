"""Where a row's market stands among the markets that the fan prefers (SPEC 2, "Rank")."""

import polars as pl

from pipelines.scan import trimmed
from pipelines.schema import HBASE, MARKET_PREFERENCES, RANK

_PAIR = [HBASE.name, MARKET_PREFERENCES.name]


def rank(rows: pl.LazyFrame) -> pl.LazyFrame:
    """Add `rank`: the zero-based place of `hbase` among the non-empty entries of `marketPreferences`.

    Compared trimmed and in lower case, first match; null where there is none ("unranked"). `hbase`
    leaves in its normal form, lower case.

    A file holds far fewer pairs of market and preferences than rows, so each pair is ranked once.
    """
    rows = rows.with_columns(pl.col(HBASE.name).str.to_lowercase())
    places = (
        rows.select(_PAIR)
        .unique()
        .with_columns(entry=pl.col(MARKET_PREFERENCES.name).str.to_lowercase().str.split("|"))
        .with_row_index("pair")
        .explode("entry")
        .with_columns(entry=trimmed(pl.col("entry")))
        .filter(pl.col("entry").is_not_null())
        .with_columns(pl.int_range(pl.len()).over("pair").cast(RANK.dtype).alias(RANK.name))
        .filter(pl.col("entry") == pl.col(HBASE.name))
        .group_by(_PAIR)
        .agg(pl.col(RANK.name).min())
    )
    return rows.join(places, on=_PAIR, how="left", maintain_order="left")
