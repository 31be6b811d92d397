"""Where a row's market stands among the markets that the fan prefers (SPEC 2, "Rank")."""

import re

import polars as pl

from pipelines.csv.header import WHITE_SPACE
from pipelines.schema import HBASE, MARKET_PREFERENCES, RANK

_PAIR = [HBASE.name, MARKET_PREFERENCES.name]
_MARKET = "_market"
_ENTRIES = "_entries"
# A bar with what stands for nothing beside it: white space, and bars with nothing between them.
_SPACE = re.escape(WHITE_SPACE)
_BARS = rf"[{_SPACE}]+\|[{_SPACE}|]*|\|[{_SPACE}|]+"


def rank(rows: pl.LazyFrame) -> pl.LazyFrame:
    """Add `rank`: the zero-based place of `hbase` among the non-empty entries of `marketPreferences`.

    Compared trimmed and in lower case, first match; null where there is none ("unranked"). `hbase`
    leaves in its normal form, lower case, or null where the row has no rank.

    A file holds far fewer pairs of market and preferences than rows, so each pair is ranked once. The entries
    stay one text, `|a|b|c|`: the place is the number of bars before the market with its own bars.
    """
    bar = pl.lit("|")
    entries = (
        pl.col(MARKET_PREFERENCES.name).str.to_lowercase().str.replace_all(_BARS, "|").str.strip_chars("|")
    )
    start = pl.col(_ENTRIES).str.find(bar + pl.col(_MARKET) + bar, literal=True)  # in bytes
    before = pl.col(_ENTRIES).cast(pl.Binary()).bin.head(start).cast(pl.String())
    places = (
        rows.select(_PAIR)
        .unique()
        .with_columns(
            pl.col(HBASE.name).str.to_lowercase().alias(_MARKET), (bar + entries + bar).alias(_ENTRIES)
        )
        # A market with a bar is no single entry.
        .filter(~pl.col(_MARKET).str.contains("|", literal=True))
        .with_columns(before.str.count_matches("|", literal=True).cast(RANK.dtype).alias(RANK.name))
        .drop_nulls(RANK.name)
        .select(*_PAIR, RANK.name, _MARKET)
    )
    return (
        rows.join(places, on=_PAIR, how="left", maintain_order="left")
        .drop(HBASE.name)
        .rename({_MARKET: HBASE.name})
    )
