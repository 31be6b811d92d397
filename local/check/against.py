"""A file compared with an older one of its campaign: which fans are new, gone or changed."""

import polars as pl

from expectations.report.facts import market
from expectations.report.wording import shown
from local.check.reading import Rows
from local.check.result import Against, MarketChanges
from pipelines.identify import key
from pipelines.keys import Kind
from pipelines.lines import Lines
from pipelines.schema import GLOBAL_USER_ID, IS_VERIFIED, SCORE
from pipelines.standing import FAN

CHANGE, MARKET, BEFORE = "change", "market", "Before"
CHANGED = ("fansNew", "fansGone", "turnedVerified", "turnedRejected", "scoreOnly")
NEW, GONE, VERIFIED, REJECTED, SCORED = CHANGED
_MOST_MARKETS = 25


def differing(new: pl.LazyFrame, old: pl.LazyFrame, kind: Kind) -> pl.DataFrame:
    """Return the fans who are not the same in both files' records: `FAN, CHANGE, MARKET`, ordered by id."""
    now, then = pl.col(IS_VERIFIED.name), pl.col(IS_VERIFIED.name + BEFORE)
    score, scored = pl.col(SCORE.name), pl.col(SCORE.name + BEFORE)
    change = (
        pl.when(scored.is_null())
        .then(pl.lit(NEW))
        .when(score.is_null())
        .then(pl.lit(GONE))
        .when(now & ~then)
        .then(pl.lit(VERIFIED))
        .when(~now & then)
        .then(pl.lit(REJECTED))
        .when(score != scored)
        .then(pl.lit(SCORED))
    )
    both = _fans(new, kind).join(_fans(old, kind), on=FAN, how="full", coalesce=True, suffix=BEFORE)
    named = both.select(FAN, change.alias(CHANGE), pl.coalesce(MARKET, MARKET + BEFORE).alias(MARKET))
    return named.filter(pl.col(CHANGE).is_not_null()).sort(FAN).collect(engine="streaming")


def against(differing: pl.DataFrame, file: str, fans: int) -> Against:
    """Count what differs, in all and by market: those with most changes, the others as one.

    `file` is the older file's name, `fans` are those in it.
    """
    counts = [(pl.col(CHANGE) == change).sum().alias(change) for change in CHANGED]
    in_all = differing.select(counts).row(0, named=True)
    by_market = differing.drop_nulls(MARKET).group_by(MARKET).agg(*counts, all=pl.len())
    ordered = by_market.sort("all", MARKET, descending=[True, False])
    named = ordered.head(_MOST_MARKETS).iter_rows(named=True)
    markets = [
        MarketChanges(name=shown(row[MARKET]), **{name: row[name] for name in CHANGED}) for row in named
    ]
    if (rest := ordered.slice(_MOST_MARKETS)).height:
        sums = rest.select(pl.col(CHANGED).sum()).row(0, named=True)
        markets.append(MarketChanges(name=f"{rest.height:,} smaller markets", **sums))
    return Against(file=file, fans=fans, markets=markets, **in_all)


def listed(differing: pl.DataFrame, new: tuple[Rows, Lines], old: tuple[Rows, Lines]) -> pl.LazyFrame:
    """Return a line for each fan who differs: what, in which market, in which rows and lines of either file.

    No identifier is in it, so that it can be sent to whoever corrects the file.
    """
    fans = differing.get_column(FAN)
    rows = differing.lazy()
    for (whose, lines), when in ((new, ""), (old, BEFORE)):
        rows = rows.join(whose.of(fans, when, lines), on=FAN, how="left")
    return rows.sort(CHANGE, FAN).drop(FAN)


def _fans(records: pl.LazyFrame, kind: Kind) -> pl.LazyFrame:
    """Return what is compared of each record."""
    if kind == "scrubbed":
        return records.select(
            pl.col(GLOBAL_USER_ID.name).alias(FAN), IS_VERIFIED.name, SCORE.name, market().alias(MARKET)
        )
    nothing = [pl.lit(None, pl.Boolean).alias(IS_VERIFIED.name), pl.lit(None, pl.String).alias(MARKET)]
    return records.select(key().alias(FAN), SCORE.name, *nothing)
