"""The normal form of a field (SPEC 2, "Normal form").

Others reach it earlier, where they are compared: numbers and flags are read since `rules`, `hbase` is lower
case since `rank`, and `tags` are split since `dedupe`.
"""

import polars as pl


def lower_case(rows: pl.LazyFrame, *names: str) -> pl.LazyFrame:
    """Put text into lower case."""
    return rows.with_columns(pl.col(name).str.to_lowercase() for name in names)


def digits_only(rows: pl.LazyFrame, *names: str) -> pl.LazyFrame:
    """Keep the digits 0 to 9 of text; null where none is left."""
    digits = (pl.col(name).str.replace_all("[^0-9]+", "") for name in names)
    return rows.with_columns(pl.when(text != "").then(text) for text in digits)
