"""Whether the rows of a file tell fans apart: how many share an identifier or have a placeholder.

Exports write one word (`unknown`) where they know no id; all rows with it would pass for one fan.
"""

from dataclasses import dataclass, field

import polars as pl

from pipelines.dedupe import FIRST_ROWS, ROWS
from pipelines.lines import Lines
from pipelines.noticed import SHOWN
from pipelines.schema import EMAIL, HBASE, IDENTIFIERS, PLACEHOLDERS, ROW_NUMBER

_NAME = "_name"
# An address book has a few of one person; only beyond as many rows are addresses counted.
_MANY = 10
_LONGEST = max(map(len, PLACEHOLDERS))


@dataclass(frozen=True)
class Identifiers:
    """Of the accepted rows of a file.

    Attributes:
        most_rows: that one identifier has.
        most_rows_at: the numbers of the first of them, where they are more than one.
        most_rows_lines: the lines of the file where these begin; so too with the others.
        placeholders: rows whose identifier is a known placeholder (`schema.PLACEHOLDERS`).
        placeholders_at: the numbers of the first of them.
        most_addresses: different ones that one identifier has, where it has more than ten rows.
        most_addresses_at: the numbers of the first of its rows.
        markets: different ones in `hbase`; None where rows have no market.
    """

    most_rows: int = 0
    most_rows_at: list[int] = field(default_factory=list)
    placeholders: int = 0
    placeholders_at: list[int] = field(default_factory=list)
    markets: int | None = None
    most_addresses: int = 0
    most_addresses_at: list[int] = field(default_factory=list)
    most_rows_lines: list[int] = field(default_factory=list)
    placeholders_lines: list[int] = field(default_factory=list)
    most_addresses_lines: list[int] = field(default_factory=list)


class Tally:
    """Counts on the way: rows as they are accepted, and fans as their rows are merged."""

    def __init__(self) -> None:
        self._most_rows = 0
        self._most_rows_at: list[int] = []
        self._most_addresses = 0
        self._most_addresses_at: list[int] = []
        self._placeholders: list[pl.Series] = []
        self._markets: list[pl.Series] = []

    def add_rows(self, accepted: pl.DataFrame) -> None:
        """Take accepted rows."""
        name = pl.coalesce(one.name for one in IDENTIFIERS).alias(_NAME)
        # Few identifiers are as short, and only those are put into lower case.
        short = accepted.lazy().select(ROW_NUMBER, name).filter(pl.col(_NAME).str.len_bytes() <= _LONGEST)
        found = short.filter(pl.col(_NAME).str.to_lowercase().is_in(PLACEHOLDERS)).collect()
        self._placeholders.append(found.get_column(ROW_NUMBER))
        if not accepted.is_empty():
            self._most_rows = max(self._most_rows, 1)
        if HBASE.name in accepted.columns:
            self._markets.append(accepted.get_column(HBASE.name).unique().hash())

    def add_fans(self, fans: pl.DataFrame, addresses: pl.DataFrame) -> None:
        """Take fans with the number of their rows, as `dedupe` leaves them, and `most_addresses` of them."""
        for count, first in addresses.iter_rows():
            if count > self._most_addresses:
                self._most_addresses, self._most_addresses_at = count, sorted(first)
        for rows, first in fans.select(ROWS, FIRST_ROWS).top_k(1, by=ROWS).iter_rows():
            if rows > self._most_rows:
                self._most_rows, self._most_rows_at = rows, sorted(first)

    def identifiers(self, lines: Lines) -> Identifiers:
        """Return what was found, by the lines where the file's rows begin."""
        at = pl.concat([pl.Series(dtype=pl.UInt32()), *(one.cast(pl.UInt32()) for one in self._placeholders)])
        placeholders_at = at.bottom_k(SHOWN).sort().to_list()
        return Identifiers(
            most_rows=self._most_rows,
            most_rows_at=self._most_rows_at,
            most_rows_lines=lines.of(self._most_rows_at),
            placeholders=len(at),
            placeholders_at=placeholders_at,
            placeholders_lines=lines.of(placeholders_at),
            most_addresses=self._most_addresses,
            most_addresses_at=self._most_addresses_at,
            most_addresses_lines=lines.of(self._most_addresses_at),
            markets=pl.concat(self._markets).n_unique() if self._markets else None,
        )


def most_addresses(rows: pl.LazyFrame, fans: pl.DataFrame, identifier: str) -> pl.DataFrame:
    """Return `addresses, first`, one row at most: the fan with most addresses among those with many rows.

    Args:
        rows: to be merged.
        fans: what they became, `dedupe.ROWS` of them.
        identifier: the column that says who the fan is.
    """
    nobody = pl.DataFrame(schema={"addresses": pl.UInt32(), "first": pl.List(pl.UInt32())})
    many = fans.filter(pl.col(ROWS) > _MANY)
    if many.is_empty():
        return nobody
    return (
        rows.select(identifier, EMAIL.name, ROW_NUMBER)
        .filter(pl.col(identifier).is_in(many.get_column(identifier).implode()))
        .group_by(identifier)
        .agg(
            addresses=pl.col(EMAIL.name).str.to_lowercase().drop_nulls().n_unique(),
            first=pl.col(ROW_NUMBER).bottom_k(SHOWN),
            at=pl.col(ROW_NUMBER).min(),
        )
        # Of two with as many, the one that comes first in the file.
        .sort("addresses", "at", descending=[True, False])
        .select("addresses", "first")
        .head(1)
        .collect(engine="in-memory")
    )
