"""Prepare and the plain-Python reference agree on hostile files, field by field.

Cannot see: how either behaves at size, or on S3.
"""

import re

import pytest
from hypothesis import example, given

from pipelines.errors import InvalidFileError
from pipelines.schema import FILE_COLUMNS
from tests.pipelines import reference
from tests.pipelines.files import STAMP, every_column, hostile_files, outcome


def comparable(raw: list[str]) -> list[str]:
    """A row's fields as Prepare keeps them: a bad byte is shown as `\\xff`."""
    return [re.sub("[\udc80-\udcff]", lambda m: f"\\x{ord(m[0]) - 0xDC00:02x}", cell) for cell in raw]


def check(content: bytes) -> None:
    try:
        expected = reference.prepare(content, STAMP.campaign_id, STAMP.run_id, STAMP.scored_at)
    except reference.RefusedError:
        with pytest.raises(InvalidFileError):
            outcome(content)
        return
    prepared, records, rejected = outcome(content)
    assert prepared.unknown_columns == expected.unknown
    assert prepared.rows_in == expected.rows_in
    assert [(row["rowNumber"], row["reasons"]) for row in rejected] == expected.rejected
    assert sorted(records, key=lambda record: record["globalUserId"]) == expected.records
    assert {row["rowNumber"]: row["raw"] for row in rejected} == {
        number: comparable(raw) for number, raw in expected.raw.items()
    }
    assert prepared.duplicate == expected.duplicate
    assert prepared.invalid_by == expected.invalid_by


@example(every_column(FILE_COLUMNS))
@given(hostile_files())
def test_agrees_on_hostile_files(content: bytes) -> None:
    check(content)
