"""Rows of one fan become one record; the highest score wins (SPEC 2, "Dedupe").

Every step names its order, so that the outcome depends on the rows alone and not on how threads ran.
"""

from collections.abc import Sequence

import polars as pl

from pipelines.csv.scan import trimmed
from pipelines.noticed import SHOWN
from pipelines.schema import EVENTS, HBASE, RANK, ROW_NUMBER, SCORE, TAGS

FAN = "_fan"
# How many rows a fan has, and the numbers of the first of them.
ROWS = "_rows"
FIRST_ROWS = "_firstRows"
_LIST = "_list"
_DIGESTS = ("_digest0", "_digest1")


def cells(columns: Sequence[str]) -> pl.Expr:
    """How much a row is to merge, in values: its columns, its tags at their most, its nulls in `events`."""
    tags = pl.col(TAGS.name).str.len_bytes().fill_null(0) // 2
    rank = pl.col(RANK.name) if RANK.name in columns else pl.lit(0)
    return (len(columns) + tags + rank).cast(pl.UInt32())


def best_first(rows: pl.LazyFrame, identifier: str, *, tie_breakers: tuple[str, ...]) -> pl.LazyFrame:
    """Sort by fan, each one's best row first: highest score, then the tie breakers, then the earliest row.

    Adds `_fan`, which counts the fans from 0. Fans stand in the order of two 64-bit hashes of their
    identifier: numbers sort in half the time of texts, and no two identifiers share 128 bits.
    """
    digests = [pl.col(identifier).hash(seed).alias(name) for seed, name in enumerate(_DIGESTS)]
    order = [*_DIGESTS, SCORE.name, *tie_breakers, ROW_NUMBER]
    return (
        rows.with_columns(digests)
        .sort(order, descending=[name == SCORE.name for name in order])
        .with_columns((_differs(_DIGESTS[0]) | _differs(_DIGESTS[1])).cum_sum().alias(FAN).set_sorted())
        .drop(_DIGESTS)
    )


def winners(ordered: pl.LazyFrame) -> pl.LazyFrame:
    """Keep each fan's best row, which gives the record every scalar field."""
    return ordered.filter(_differs(FAN))


def sizes(ordered: pl.LazyFrame) -> pl.LazyFrame:
    """Return `_rows, _firstRows`, one row a fan: how many rows it has, and the lowest of their numbers."""
    return (
        ordered.select(FAN, ROW_NUMBER)
        .group_by(FAN, maintain_order=True)
        .agg(pl.len().alias(ROWS), pl.col(ROW_NUMBER).bottom_k(SHOWN).alias(FIRST_ROWS))
        .drop(FAN)
    )


def split_tags(rows: pl.LazyFrame) -> pl.LazyFrame:
    """Turn `tags` into a list: trimmed, each once, in their order; null where there are none."""
    split = pl.col(TAGS.name).str.split("|").list.agg(_each_once(pl.element()))
    # Far fewer texts than rows: each is split once.
    lists = (
        rows.select(TAGS.name).unique().with_columns(pl.when(split.list.len() > 0).then(split).alias(_LIST))
    )
    joined = rows.join(lists, on=TAGS.name, how="left", maintain_order="left")
    return joined.drop(TAGS.name).rename({_LIST: TAGS.name})


def union_of_tags(ordered: pl.LazyFrame) -> pl.LazyFrame:
    """Return `_fan, tags` of fans that have any: each once, the winner's first, then from best to worst."""
    tags = pl.col(TAGS.name)
    return (
        ordered.select(FAN, TAGS.name)
        .drop_nulls()
        # A fan's rows mostly say the same: each text is split once.
        .unique(maintain_order=True, keep="first")
        .with_columns(tags.str.split("|"))
        .explode(TAGS.name)
        .with_columns(pl.col(FAN).set_sorted())
        .group_by(FAN, maintain_order=True)
        .agg(_each_once(tags))
        .filter(tags.list.len() > 0)
    )


def _each_once(tags: pl.Expr) -> pl.Expr:
    return trimmed(tags).drop_nulls().unique(maintain_order=True)


def markets_by_rank(ordered: pl.LazyFrame) -> pl.LazyFrame:
    """Return `rank, events`, one row a fan: the best rank, and the fan's market at each rank, else null.

    Of two rows at one rank the better row's market stands. The list ends with the highest rank.
    """
    rank = pl.col(RANK.name).cast(pl.Int64())
    missing = pl.when(_differs(FAN)).then(rank).otherwise(rank - rank.shift(1) - 1)
    return (
        ordered.select(FAN, RANK.name, HBASE.name)
        # A stable sort: of the rows at one rank the best still comes first.
        .sort(FAN, RANK.name, maintain_order=True)
        .filter(_differs(FAN) | _differs(RANK.name))
        .with_columns(_after_nulls(missing))
        .with_columns(pl.col(FAN).set_sorted())
        .group_by(FAN, maintain_order=True)
        .agg(pl.col(RANK.name).first(), pl.col(EVENTS.name).explode())
        .drop(FAN)
    )


def only_market(rows: pl.LazyFrame) -> pl.LazyFrame:
    """Add `events` to rows that are their fans' only ones: the market at its rank, null before it."""
    place = [RANK.name, HBASE.name]
    # Far fewer places than rows: each list is made once.
    lists = rows.select(place).unique().with_columns(_after_nulls(pl.col(RANK.name)))
    return rows.join(lists, on=place, how="left", maintain_order="left")


def _after_nulls(missing: pl.Expr) -> pl.Expr:
    """Return a list of so many nulls and then the market."""
    return pl.concat_list(pl.lit(None, pl.String()).repeat_by(missing), HBASE.name).alias(EVENTS.name)


def dedupe(rows: pl.LazyFrame, identifier: str) -> pl.LazyFrame:
    """Merge the rows of each fan into one, in an order that depends on the identifiers alone.

    Each row is one accepted row with a `rank`; each row returned is one fan, with `events`, the union of
    the `tags` as a list (null where there are none), the best `rank`, the winner's other fields, and how
    many rows it is made of (`sizes`).
    """
    ordered = best_first(rows, identifier, tie_breakers=(RANK.name,))
    best = winners(ordered).drop(TAGS.name, RANK.name, ROW_NUMBER)
    fans = pl.concat([best, sizes(ordered), markets_by_rank(ordered)], how="horizontal")
    return fans.pipe(_with_tags, ordered)


def dedupe_unranked(rows: pl.LazyFrame, identifier: str) -> pl.LazyFrame:
    """Merge the rows of each fan into one, as `dedupe` does, where rows have neither rank nor market."""
    ordered = best_first(rows, identifier, tie_breakers=())
    best = winners(ordered).drop(TAGS.name, ROW_NUMBER)
    return pl.concat([best, sizes(ordered)], how="horizontal").pipe(_with_tags, ordered)


def _with_tags(fans: pl.LazyFrame, ordered: pl.LazyFrame) -> pl.LazyFrame:
    return fans.join(union_of_tags(ordered), on=FAN, how="left", maintain_order="left").drop(FAN)


def _differs(name: str) -> pl.Expr:
    """Whether a row's value is not the row's before; true in the first row."""
    return pl.col(name).ne_missing(pl.col(name).shift(1)) | (pl.int_range(pl.len()) == 0)
