"""The gate called on ten good records, with what a test changes of them and of the counts."""

from typing import Any

import polars as pl

from expectations.gate import GateResult, check_scrubbed
from expectations.report.verdict import sentence_of
from expectations.suites import REQUIRED_COLUMNS
from expectations.thresholds import LastRun, Thresholds
from pipelines.identifiers import Identifiers
from pipelines.prepare import HANDOVERS
from pipelines.schema import RECORD_SCHEMA

COUNTS = {"in": 12, "invalid": 0, "duplicate": 2, "valid": 10}
NOTHING_LEFT = dict.fromkeys(HANDOVERS, 0)


def of_schema(schema: pl.Schema, columns: dict[str, Any]) -> pl.LazyFrame:
    """Records with the schema's columns, null where nothing is given."""
    absent = [pl.lit(None, dtype=dtype).alias(name) for name, dtype in schema.items() if name not in columns]
    given = [pl.Series(name, values, dtype=schema[name]) for name, values in columns.items()]
    return pl.LazyFrame(given).with_columns(absent).select(schema.names())


def good_records(**changed: Any) -> pl.LazyFrame:
    columns: dict[str, Any] = {
        "campaignId": ["c"] * 10,
        "globalUserId": [f"f{i}" for i in range(10)],
        "score": [float(i) for i in range(10)],
        "isVerified": [True] * 8 + [False] * 2,
        "hbase": ["chicago"] * 10,
        "rank": [0] * 10,
        "events": [["chicago", None, "boston"]] * 10,
        "runId": ["r"] * 10,
        "scoredAt": ["2026"] * 10,
    }
    assert set(columns) == set(REQUIRED_COLUMNS)
    return of_schema(RECORD_SCHEMA, columns | changed)


def check(
    records: pl.LazyFrame | None = None,
    rows: int = 12,
    last_run: LastRun | None = None,
    thresholds: Thresholds | None = None,
    unaccounted: dict[str, int] | None = None,
    identifiers: Identifiers | None = None,
    **counts: int,
) -> GateResult:
    given = COUNTS | counts | {"in": rows}
    looked_at = good_records() if records is None else records
    left = NOTHING_LEFT | (unaccounted or {})
    return check_scrubbed(looked_at, given, left, thresholds or Thresholds(), last_run, identifiers)


def sentences_of(result: GateResult) -> list[str]:
    return [sentence_of(rule) for rule in result.failed]
