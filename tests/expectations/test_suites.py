"""The suites and pipelines/schema.py say the same, in both directions; so do the thresholds everywhere."""

from dataclasses import asdict, fields
from typing import Any

import great_expectations.expectations as gxe
import polars as pl
import pytest

from expectations.gate import GateResult, check_fanlist, check_scrubbed
from expectations.suites import (
    DERIVED,
    FANLIST_DERIVED,
    fanlist_records,
    scrubbed_records,
)
from expectations.thresholds import LastRun, Thresholds
from pipelines.prepare import HANDOVERS
from pipelines.schema import (
    CAMPAIGN_ID,
    FANLIST_RECORD_COLUMNS,
    FANLIST_RECORD_SCHEMA,
    IDENTIFIERS,
    RECORD_COLUMNS,
    RECORD_SCHEMA,
    Column,
)
from steps.shared.settings import CheckQualitySettings
from steps.states.check_quality import thresholds_of

SUITES: dict[str, Any] = {
    "scrubbed": (scrubbed_records, RECORD_COLUMNS, DERIVED),
    "fanlist": (fanlist_records, FANLIST_RECORD_COLUMNS, FANLIST_DERIVED),
}
# What this system itself decides for each record of a scrubbed file.
_OURS = "score pipelines"


def _expectations(kind: str) -> list[Any]:
    suite, _, _ = SUITES[kind]
    return list(suite(Thresholds()).expectations)


def _of_column(kind: str, expectation: Any, column: str) -> list[Any]:
    return [one for one in _expectations(kind) if type(one) is expectation and one.column == column]


def _is_needed(column: Column) -> bool:
    return column.required or column.owner == _OURS or column.name == CAMPAIGN_ID.name


@pytest.mark.parametrize("kind", SUITES)
def test_what_the_schema_requires_is_never_null_and_critical(kind: str) -> None:
    _, columns, _ = SUITES[kind]
    for column in filter(_is_needed, columns):
        (found,) = _of_column(kind, gxe.ExpectColumnValuesToNotBeNull, column.name)
        assert (found.severity.value, found.mostly) == ("critical", 1)


@pytest.mark.parametrize("kind", SUITES)
def test_not_null_is_asked_of_nothing_that_the_schema_lets_be_absent(kind: str) -> None:
    _, columns, derived = SUITES[kind]
    asked = {one.column for one in _expectations(kind) if isinstance(one, gxe.ExpectColumnValuesToNotBeNull)}
    assert asked <= {column.name for column in columns if _is_needed(column)} | set(derived)


@pytest.mark.parametrize("kind", SUITES)
def test_units_are_held_to(kind: str) -> None:
    _, columns, _ = SUITES[kind]
    bounded = [column.name for column in columns if column.unit == "points >= 0"]
    assert bounded == ["score"]
    for name in bounded:
        lowest = [one.min_value for one in _of_column(kind, gxe.ExpectColumnValuesToBeBetween, name)]
        assert 0 in lowest


@pytest.mark.parametrize("kind", SUITES)
def test_the_set_of_columns_is_the_schemas(kind: str) -> None:
    _, columns, derived = SUITES[kind]
    (found,) = (one for one in _expectations(kind) if isinstance(one, gxe.ExpectTableColumnsToMatchSet))
    assert set(found.column_set) == {column.name for column in columns} | set(derived)


@pytest.mark.parametrize("kind", SUITES)
def test_a_fan_is_unique_by_the_schemas_identifier(kind: str) -> None:
    (found,) = (one for one in _expectations(kind) if isinstance(one, gxe.ExpectCompoundColumnsToBeUnique))
    identifier = "globalUserId" if kind == "scrubbed" else "key"
    assert found.column_list == [CAMPAIGN_ID.name, identifier]
    read = set(FANLIST_DERIVED["key"].meta.root_names())
    assert read == {column.name for column in IDENTIFIERS}


def _of_nobody(check: Any, schema: pl.Schema) -> GateResult:
    counts = {"in": 0, "invalid": 0, "duplicate": 0, "valid": 0}
    left = dict.fromkeys(HANDOVERS, 0)
    result: GateResult = check(pl.LazyFrame(schema=schema), counts, left, Thresholds(), LastRun(1, 0.5))
    return result


@pytest.mark.parametrize(
    ("check", "schema"), [(check_scrubbed, RECORD_SCHEMA), (check_fanlist, FANLIST_RECORD_SCHEMA)]
)
def test_every_rule_can_be_answered_on_the_schemas_types(check: Any, schema: pl.Schema) -> None:
    result = _of_nobody(check, schema)
    assert result.verdict == "failed"
    assert "There is at least one record." in {rule.description for rule in result.failed}
    # Each rule says what it is about, and says it alone.
    said = [rule.description for rule in result.rules]
    assert all(said)
    assert len(said) == len(set(said))


@pytest.mark.parametrize("kind", SUITES)
def test_a_suite_begins_with_its_rows(kind: str) -> None:
    first = _expectations(kind)[0]
    assert isinstance(first, gxe.ExpectTableRowCountToBeBetween)
    assert (first.min_value, first.severity.value) == (1, "critical")


def test_thresholds_are_the_same_for_the_function_and_the_laptop() -> None:
    settings = CheckQualitySettings(demand_table="t", **asdict(Thresholds()))
    assert thresholds_of(settings) == Thresholds()
    moved = {field.name: getattr(Thresholds(), field.name) / 2 for field in fields(Thresholds)}
    assert asdict(thresholds_of(settings.model_copy(update=moved))) == moved
