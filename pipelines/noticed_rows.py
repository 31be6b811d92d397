"""Rows and what was recognised in them: a bit a kind (`noticed`), set, asked for and counted."""

from collections.abc import Iterable

import polars as pl

from pipelines.noticed import BITS, KINDS, LAST_LINE, NOTICED, SHOWN, Kind, Recognised, Seen
from pipelines.schema import LINE_NUMBER


def bit(kind: Kind, applies: pl.Expr) -> pl.Expr:
    """Return the kind's bit where something applies, else 0."""
    return pl.when(applies).then(pl.lit(BITS[kind], pl.UInt32())).otherwise(pl.lit(0, pl.UInt32()))


def has(kind: Kind) -> pl.Expr:
    """Whether a row has a kind's bit."""
    return (pl.col(NOTICED) & BITS[kind]) != 0


def count(rows: Iterable[pl.DataFrame]) -> Recognised:
    """Count the kinds of rows, `lineNumber, _noticed` and where they have one `_lastLine`."""
    found = pl.concat(
        [
            frame.lazy()
            .filter(pl.col(NOTICED) != 0)
            .select(
                pl.col(LINE_NUMBER).cast(pl.UInt32()),
                NOTICED,
                (pl.col(LAST_LINE) if LAST_LINE in frame.columns else pl.col(LINE_NUMBER))
                .cast(pl.UInt32())
                .alias(LAST_LINE),
            )
            for frame in rows
        ]
    ).collect()
    if found.is_empty():
        return {}
    return {kind.name: _seen(found.filter(has(kind))) for kind in KINDS if _is_any(kind, found)}


def _is_any(kind: Kind, rows: pl.DataFrame) -> bool:
    return bool(rows.select(has(kind).any()).item())


def _seen(rows: pl.DataFrame) -> Seen:
    first = rows.bottom_k(SHOWN, by=LINE_NUMBER).sort(LINE_NUMBER)
    return Seen(
        rows=rows.height,
        lines=int(rows.select((pl.col(LAST_LINE) - pl.col(LINE_NUMBER)).sum()).item()),
        first=first.get_column(LINE_NUMBER).to_list(),
        last=first.get_column(LAST_LINE).to_list(),
    )
