"""Measures a prepared file with Polars, lazily: aggregates and names of markets, no other value."""

import polars as pl

from expectations.report.model import Bin, Group, Profile, RecordFacts, RejectReason, Scores
from expectations.report.reasons import REASONS
from expectations.report.wording import shown
from pipelines.keys import Kind
from pipelines.schema import (
    GLOBAL_USER_ID,
    HBASE,
    IDENTIFIERS,
    IS_VERIFIED,
    LINE_NUMBER,
    RANK,
    ROW_NUMBER,
    SCORE,
)

_EXAMPLES = 5
_MOST_GROUPS = 25
_BINS = 20
# Of more markets a run keeps no names: such a file has hardly markets in that column.
_MOST_MARKETS, _LONGEST_MARKET = 200, 80
# Scores go up to 100; a campaign whose scores are shares gets bins for them.
_FULL, _SHARES = 100.0, 1.0
_DECIMALS = 6
# Of the verified and of the rejected fans, so that one outlier does not say where they overlap.
_MOST = 0.99
# A market's name comes from the file. Whatever looks like an address or a telephone number is not said.
_PERSONAL = r"@|(\d[ ()./-]*){7}"
_WITHHELD = "(not a market's name)"


def measure(records: pl.LazyFrame, source: Kind) -> RecordFacts:
    """Measures the records.

    Args:
        records: one row a record, columns as on the wire.
        source: what kind of file they are of.
    """
    score = pl.col(SCORE.name)
    scrubbed = source == "scrubbed"
    verified = pl.col(IS_VERIFIED.name).sum() if scrubbed else pl.lit(None, pl.UInt32())
    sums = (pl.len().alias("records"), verified.alias("verified"))
    flags = pl.col(IS_VERIFIED.name).fill_null(False) if scrubbed else pl.lit(False)
    unverified = ~flags if scrubbed else pl.lit(False)
    whole = records.select(
        *sums,
        mean=score.mean(),
        median=score.median(),
        lowest=score.min(),
        highest=score.max(),
        lowest_verified=score.filter(flags).min(),
        highest_rejected=score.filter(unverified).max(),
        most_verified=score.filter(flags).quantile(1 - _MOST, "lower"),
        most_rejected=score.filter(unverified).quantile(_MOST, "higher"),
        above=above(score.median().round(_DECIMALS)),
        shortest=_length(0.01),
        longest=_length(0.99),
    )
    spread = [
        records.select(bin=_bin(score, top), flag=flags)
        .group_by("bin")
        .agg(records=pl.len(), verified=pl.col("flag").sum())
        for top in (_FULL, _SHARES)
    ]
    group = market() if scrubbed else _identifier()
    groups = records.with_columns(name=group).group_by("name").agg(*sums).sort("records", descending=True)
    choices = (
        records.group_by(name=pl.col(RANK.name).cast(pl.String())).agg(*sums) if scrubbed else groups.head(0)
    )
    total, full, shares, named, ranked = pl.collect_all([whole, *spread, groups, choices])
    figures = total.row(0, named=True)
    if not figures["records"]:
        return RecordFacts(verified=0 if scrubbed else None)
    by_top = (_SHARES, shares) if figures["highest"] <= _SHARES else (_FULL, full)
    # The last digits depend on the order in which scores were summed.
    rounded = ("lowest", "highest", "mean", "median", "above")
    figures |= {name: round(figures[name], _DECIMALS) for name in rounded}
    return RecordFacts(
        verified=figures["verified"],
        groups=_markets(named) if scrubbed else _identifiers(named),
        choices=_choices(ranked),
        scores=Scores.model_validate({**figures, "bins": _bins(*by_top, scrubbed)}),
        profile=Profile.model_validate({**figures, "markets": _bounded(named) if scrubbed else None}),
    )


def measure_rejects(rejected: pl.LazyFrame, invalid_by: dict[str, int]) -> list[RejectReason]:
    """Return what is known of each reason, those with most rows first, then in the contract's order.

    Args:
        rejected: rejected rows; only their numbers, lines and reasons are read.
        invalid_by: rows by their first reason.
    """
    all_reasons = rejected.select(reason=pl.col("reasons").explode())
    counted = (
        all_reasons.group_by("reason").len("applies").sort("applies", "reason", descending=[True, False])
    )
    found = counted.collect(engine="streaming").rows()
    # A query a reason: a list of all the rows of each would be as long as the file.
    first = pl.collect_all(
        [
            rejected.filter(pl.col("reasons").list.contains(reason))
            .select(ROW_NUMBER, LINE_NUMBER)
            .bottom_k(_EXAMPLES, by=ROW_NUMBER)
            .sort(ROW_NUMBER)
            for reason, _ in found
        ],
        engine="streaming",
    )
    reasons = [
        RejectReason(
            reason=reason,
            rows=invalid_by.get(reason, 0),
            applies=applies,
            examples=rows[ROW_NUMBER].to_list(),
            lines=rows[LINE_NUMBER].to_list(),
        )
        for (reason, applies), rows in zip(found, first, strict=True)
    ]
    places = {reason: place for place, reason in enumerate(REASONS)}
    return sorted(reasons, key=lambda one: (-one.rows, places.get(one.reason, len(places))))


def above(median: pl.Expr) -> pl.Expr:
    """Return the share of the records with a score above a median, which is rounded, as the scores are."""
    return (pl.col(SCORE.name).round(_DECIMALS) > median).mean()


def _length(share: float) -> pl.Expr:
    """Return the length that a share of the identifiers are at most."""
    return pl.col(GLOBAL_USER_ID.name).str.len_chars().quantile(share, "nearest").cast(pl.UInt32())


def market_names(records: pl.LazyFrame) -> pl.LazyFrame:
    """Return the records' markets, one a row in `name`, as a run keeps them: none personal, none too long."""
    # Few rows have another market than those before them, and only the different ones are looked at.
    different = records.select(HBASE.name).unique().select(name=market())
    return different.drop_nulls().select(pl.col("name").str.slice(0, _LONGEST_MARKET)).unique().sort("name")


def _bounded(named: pl.DataFrame) -> list[str] | None:
    names = market_names(named.lazy().rename({"name": HBASE.name})).collect().get_column("name")
    return names.to_list() if len(names) <= _MOST_MARKETS else None


def _bin(score: pl.Expr, top: float) -> pl.Expr:
    """Return the number of a score's bin: `_BINS` of one width up to `top`, which is in the last."""
    place = (score * (_BINS / top)).floor().clip(0, _BINS - 1)
    return pl.when(score > top).then(_BINS).otherwise(place).cast(pl.UInt8)


def _bins(top: float, counted: pl.DataFrame, flagged: bool) -> list[Bin]:
    by_bin = {row["bin"]: row for row in counted.iter_rows(named=True)}
    width = top / _BINS
    beyond = 1 if _BINS in by_bin else 0
    nothing = {"records": 0, "verified": 0}
    return [
        Bin(
            low=round(place * width, 6),
            high=round((place + 1) * width, 6) if place < _BINS else None,
            records=by_bin.get(place, nothing)["records"],
            verified=by_bin.get(place, nothing)["verified"] if flagged else None,
        )
        for place in range(_BINS + beyond)
    ]


def market() -> pl.Expr:
    """Return the name of a record's market as it may be shown."""
    name = pl.col(HBASE.name)
    return pl.when(name.str.contains(_PERSONAL)).then(pl.lit(_WITHHELD)).otherwise(name)


def _markets(found: pl.DataFrame) -> list[Group]:
    """Return the largest markets, by size and name, and all others as one: a file may have one a row."""
    ordered = found.sort("records", "name", descending=[True, False])
    rows = ordered.head(_MOST_GROUPS).iter_rows(named=True)
    named = [Group(**row | {"name": shown(row["name"])}) for row in rows]
    rest = ordered.slice(_MOST_GROUPS)
    if rest.height:
        sums = rest.select(pl.col("records", "verified").sum()).row(0, named=True)
        named.append(Group(name=f"{rest.height:,} smaller markets", **sums))
    return named


def _identifier() -> pl.Expr:
    """Return the name of the column that a fan is known by: the first that is present (SPEC 1)."""
    return pl.coalesce(pl.when(pl.col(one.name).is_not_null()).then(pl.lit(one.name)) for one in IDENTIFIERS)


def _identifiers(found: pl.DataFrame) -> list[Group]:
    """By which identifier fans are known, in the order in which identifiers count."""
    records = dict(found.select("name", "records").iter_rows())
    return [Group(name=one.name, records=records.get(one.name, 0)) for one in IDENTIFIERS]


def _choices(found: pl.DataFrame) -> list[Group]:
    """Return the first choices; of further ones the report says only that there are some."""
    first = found.sort(pl.col("name").cast(pl.UInt32)).head(_MOST_GROUPS)
    return [Group(**row) for row in first.iter_rows(named=True)]
