"""The gates: each rule fails when what it speaks of is broken, and only then."""

from typing import Any

import polars as pl
import pytest

from expectations.gate import GateResult, check_fanlist, check_scrubbed
from expectations.suites import REQUIRED_COLUMNS, Thresholds

COUNTS = {"in": 12, "invalid": 1, "duplicate": 1, "valid": 10}


def _records(**changed: Any) -> pl.LazyFrame:
    columns: dict[str, Any] = {
        "campaignId": ["c"] * 10,
        "globalUserId": [f"f{i}" for i in range(10)],
        "score": [float(i) for i in range(10)],
        "isVerified": [True] * 10,
        "hbase": ["chicago"] * 10,
        "rank": [0] * 10,
        "runId": ["r"] * 10,
        "scoredAt": ["2026"] * 10,
    }
    assert set(columns) == set(REQUIRED_COLUMNS)
    return pl.LazyFrame(columns | changed)


def _check(records: pl.LazyFrame | None = None, rows: int = 12, **counts: int) -> GateResult:
    given = COUNTS | counts | {"in": rows}
    return check_scrubbed(_records() if records is None else records, given, Thresholds())


def test_a_good_file_passes_every_rule() -> None:
    result = _check()
    assert result.verdict == "passed"
    assert result.failed == []
    assert len(result.rules) >= 15


@pytest.mark.parametrize("column", REQUIRED_COLUMNS)
def test_a_missing_value_fails(column: str) -> None:
    kept = _records().collect()[column].to_list()[:-1]
    result = _check(_records(**{column: [*kept, None]}))
    assert result.verdict == "failed"
    assert column in {rule.column for rule in result.failed}


def test_no_records_fail() -> None:
    result = _check(_records().head(0), valid=0, invalid=11)
    assert result.verdict == "failed"
    assert any("at least one record" in rule.description for rule in result.failed)


def test_a_fan_twice_fails() -> None:
    result = _check(_records(globalUserId=["f0", *(f"f{i}" for i in range(9))]))
    assert [rule.description for rule in result.failed] == ["A fan has one record in a campaign."]


def test_a_score_below_zero_fails_and_one_above_a_hundred_warns() -> None:
    assert _check(_records(score=[-0.5] + [1.0] * 9)).verdict == "failed"
    above = _check(_records(score=[100.5] + [1.0] * 9))
    assert above.verdict == "warned"
    assert [rule.sentence() for rule in above.failed] == ["Scores go up to 100. 1 did not."]


def test_a_valid_share_below_the_threshold_fails_and_says_by_how_much() -> None:
    result = _check(rows=100, invalid=15, duplicate=75)
    assert [rule.sentence() for rule in result.failed] == [
        "At least 90% of the rows are valid. It was 85.00%."
    ]
    assert _check(rows=100, invalid=10, duplicate=80).verdict == "passed"


def test_counts_that_do_not_add_up_fail() -> None:
    assert _check(duplicate=0).verdict == "failed"
    assert _check(valid=9, duplicate=2).verdict == "failed"


def test_no_value_of_a_row_reaches_the_result() -> None:
    result = _check(_records(score=[-777.25] + [1.0] * 9, globalUserId=["secret"] * 10))
    assert result.verdict == "failed"
    assert "secret" not in repr(result)
    assert "777.25" not in repr(result)


def _fanlist(**changed: Any) -> GateResult:
    columns: dict[str, Any] = {
        "campaignId": ["c"] * 10,
        "globalUserId": ["u", *[None] * 9],
        "memberId": [None, *(f"m{i}" for i in range(8)), None],
        "email": ["a@b.co"] * 10,
        "score": [float(i) for i in range(10)],
    }
    return check_fanlist(pl.LazyFrame(columns | changed), COUNTS, Thresholds())


def test_a_good_fanlist_passes() -> None:
    assert _fanlist().verdict == "passed"
    assert _fanlist(score=[100.5] + [1.0] * 9).verdict == "warned"


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"email": ["a@b.co"] * 9 + [None]}, "Every record has an identifier. 1 did not."),
        ({"memberId": [None, "m0", "m0", *(f"m{i}" for i in range(6)), None]}, "A fan has one record"),
        ({"score": [None] + [1.0] * 9}, "Every record has score. 1 did not."),
        ({"score": [-1.0] + [1.0] * 9}, "No score is below 0. 1 did not."),
        ({"campaignId": ["c"] * 9 + [None]}, "Every record has campaignId. 1 did not."),
    ],
)
def test_a_fanlist_that_breaks_a_rule_fails(changed: dict[str, Any], said: str) -> None:
    result = _fanlist(**changed)
    assert result.verdict == "failed"
    assert [rule for rule in result.failed if said in rule.sentence()]
    assert "a@b.co" not in repr(result)


def test_a_fanlist_without_a_record_fails() -> None:
    empty = dict.fromkeys(["campaignId", "globalUserId", "memberId", "email"], pl.Series([], dtype=pl.String))
    assert _fanlist(**empty, score=pl.Series([], dtype=pl.Float64)).verdict == "failed"
