"""The record on the wire: one JSON object a record, made column by column and not row by row."""

from collections.abc import Sequence

import polars as pl

from pipelines.schema import GLOBAL_USER_ID, RECORD_SCHEMA


def to_json_lines(records: pl.LazyFrame, more: Sequence[str] = (), **beside: pl.Expr) -> pl.LazyFrame:
    """Return `partitionKey, data`: the fan's id and the record on `scoresStream` as JSON text (SPEC 2).

    A field without a value is `null`; `events` keeps its nulls. `more` are columns of `records` that the JSON
    has too. Beside them `bytes`, the size of the two, and what else is asked of each record.
    """
    lines = records.select(
        partitionKey=pl.col(GLOBAL_USER_ID.name),
        data=pl.struct(*RECORD_SCHEMA.names(), *more).struct.json_encode(),
        **beside,
    )
    sizes = (pl.col(name).str.len_bytes() for name in ("partitionKey", "data"))
    return lines.with_columns(bytes=pl.sum_horizontal(sizes))
