"""Records as JSON text, and the columns that they are declared with."""

import json

import polars as pl

from pipelines import schema
from pipelines.records import to_json_lines
from steps.delivery.kinesis_writer import StreamRecord


def test_json_is_the_record() -> None:
    record = {
        "campaignId": "c",
        "globalUserId": 'u"1\\é\n',
        "memberId": None,
        "email": "a@b.co",
        "firstName": "東京",
        "lastName": "\x01",
        "phoneCountryCode": "1",
        "phoneNumber": None,
        "score": 1e300,
        "isVerified": False,
        "registrationScore": 0.1,
        "accountScore": -3.0,
        "nudetectScore": 5e-324,
        "localFanscore": None,
        "tags": None,
        "hbase": "oslo",
        "rank": 1,
        "events": [None, "oslo"],
        "runId": "r",
        "scoredAt": "2026-01-01T00:00:00.000Z",
    }
    lines = to_json_lines(pl.LazyFrame([record], schema=schema.RECORD_SCHEMA)).collect()
    assert lines.columns == ["partitionKey", "data", "bytes"]
    assert lines.item(0, "partitionKey") == record["globalUserId"]
    assert json.loads(lines.item(0, "data")) == record
    made = StreamRecord.of(lines.item(0, "partitionKey"), lines.item(0, "data").encode())
    assert lines.item(0, "bytes") == made.size


def test_columns_are_declared_once() -> None:
    for columns in (schema.FILE_COLUMNS, schema.RECORD_COLUMNS):
        names = [column.name for column in columns]
        assert len(names) == len(set(names))
        assert all(column.description and column.owner for column in columns)
        assert all(column.unit for column in columns if column.dtype.is_numeric())
    shared = {c.name: c for c in schema.FILE_COLUMNS}
    assert all(shared.get(c.name, c) is c for c in schema.RECORD_COLUMNS)
    personal = {c.name for c in schema.RECORD_COLUMNS if c.personal}
    assert personal == {"email", "firstName", "lastName", "phoneCountryCode", "phoneNumber"}
