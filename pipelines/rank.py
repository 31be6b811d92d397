"""Where a row's market stands among the markets that the fan prefers (SPEC 2, "Rank")."""

import re
from collections.abc import Iterable

import polars as pl

from pipelines import lists, noticed
from pipelines.csv.header import WHITE_SPACE
from pipelines.csv.scan import trimmed
from pipelines.noticed_rows import bit
from pipelines.schema import HBASE, MARKET_PREFERENCES, RANK

_PAIR = [HBASE.name, MARKET_PREFERENCES.name]
_MARKET = "_market"
_NOTICED = "_noticedMarkets"
_ENTRIES = "_entries"
# A bar with what stands for nothing beside it: white space, and bars with nothing between them.
_SPACE = re.escape(WHITE_SPACE)
_BARS = rf"[{_SPACE}]+\|[{_SPACE}|]*|\|[{_SPACE}|]+"


def rank(rows: pl.LazyFrame) -> pl.LazyFrame:
    """Add `rank`: the zero-based place of `hbase` among the non-empty entries of `marketPreferences`.

    Compared trimmed and in lower case, first match; null where there is none ("unranked"). `hbase`
    leaves in its normal form, lower case, or null where the row has no rank.

    A file holds far fewer pairs of market and preferences than rows: each is cleaned and ranked once. The
    entries stay one text, `|a|b|c|`: the place is the number of bars before the market with its own bars.
    """
    bar = pl.lit("|")
    entries = (
        pl.col(_ENTRIES).str.to_lowercase().str.replace_all(_BARS, "|").str.strip_chars("|" + WHITE_SPACE)
    )
    start = pl.col(_ENTRIES).str.find(bar + pl.col(_MARKET) + bar, literal=True)  # in bytes
    before = pl.col(_ENTRIES).cast(pl.Binary()).bin.head(start).cast(pl.String())
    has_others = pl.col(MARKET_PREFERENCES.name).str.contains(lists.OTHER_SEPARATORS)
    places = (
        _cleaned(rows.select(_PAIR).unique())
        .with_columns(trimmed(pl.col(_MARKET).str.to_lowercase()), (bar + entries + bar).alias(_ENTRIES))
        .with_columns(before.str.count_matches("|", literal=True).cast(RANK.dtype).alias(RANK.name))
        # A market with a bar is no single entry.
        .with_columns(
            pl.when(~pl.col(_MARKET).str.contains("|", literal=True)).then(pl.col(_MARKET, RANK.name))
        )
        .with_columns(pl.when(pl.col(RANK.name).is_not_null()).then(pl.col(_MARKET)))
        .with_columns(
            pl.col(_NOTICED) | bit(noticed.LIST_SEPARATORS, pl.col(RANK.name).is_null() & has_others)
        )
        .select(*_PAIR, RANK.name, _MARKET, _NOTICED)
    )
    return (
        rows.join(places, on=_PAIR, how="left", maintain_order="left")
        .with_columns(pl.col(noticed.NOTICED) | pl.col(_NOTICED).fill_null(0))
        .drop(HBASE.name, _NOTICED)
        .rename({_MARKET: HBASE.name})
    )


def _cleaned(pairs: pl.LazyFrame) -> pl.LazyFrame:
    """Add market and entries without what a spreadsheet put around them, and what was noticed of that."""
    market, preferences = map(pl.col, _PAIR)
    nothing = pl.lit(0, pl.UInt32())
    pairs = pairs.with_columns(market.alias(_MARKET), preferences.alias(_ENTRIES), nothing.alias(_NOTICED))
    texts = [pl.col(_MARKET), pl.col(_ENTRIES)]
    unmarked = [lists.without_marks(text) for text in texts]
    cleaned = [lists.without_words(text) for text in unmarked]
    found = bit(noticed.TEXT_MARKS, _differ(texts, unmarked)) | bit(
        noticed.NULL_WORDS, _differ(unmarked, cleaned)
    )
    may_change = pl.any_horizontal(text.str.contains(lists.MAY_CHANGE) for text in texts)
    is_odd = may_change.fill_null(value=False)
    odd = pairs.filter(is_odd).with_columns(*cleaned, found.alias(_NOTICED))
    return pl.concat([pairs.filter(~is_odd), odd])


def _differ(some: Iterable[pl.Expr], others: Iterable[pl.Expr]) -> pl.Expr:
    return pl.any_horizontal(one.ne_missing(other) for one, other in zip(some, others, strict=True))
