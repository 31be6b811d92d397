"""Where a row's market stands among the markets that the fan prefers (SPEC 2, "Rank")."""

import polars as pl

from pipelines.scan import trimmed
from pipelines.schema import HBASE, MARKET_PREFERENCES, RANK

_PAIR = [HBASE.name, MARKET_PREFERENCES.name]
_MARKET = "_market"


def rank(rows: pl.LazyFrame) -> pl.LazyFrame:
    """Add `rank`: the zero-based place of `hbase` among the non-empty entries of `marketPreferences`.

    Compared trimmed and in lower case, first match; null where there is none ("unranked"). `hbase`
    leaves in its normal form, lower case, or null where the row has no rank.

    A file holds far fewer pairs of market and preferences than rows, so each pair is ranked once.
    """
    entries = (
        rows.select(_PAIR)
        .unique()
        .with_row_index("pair")
        .with_columns(
            pl.col(HBASE.name).str.to_lowercase().alias(_MARKET),
            entry=pl.col(MARKET_PREFERENCES.name).str.to_lowercase().str.split("|"),
        )
        .explode("entry")
        .with_columns(trimmed(pl.col("entry")))
        .filter(pl.col("entry").is_not_null())
    )
    places = (
        entries.with_columns(_place_within("pair").cast(RANK.dtype).alias(RANK.name))
        .filter(pl.col("entry") == pl.col(_MARKET))
        .unique("pair", keep="first", maintain_order=True)
        .select(*_PAIR, RANK.name, _MARKET)
    )
    return (
        rows.join(places, on=_PAIR, how="left", maintain_order="left")
        .drop(HBASE.name)
        .rename({_MARKET: HBASE.name})
    )


def _place_within(group: str) -> pl.Expr:
    """How many rows of the same group come before a row, where each group's rows stand together."""
    place = pl.int_range(pl.len())
    starts = pl.when(pl.col(group).ne_missing(pl.col(group).shift(1))).then(place)
    return place - starts.forward_fill()
