"""The gates on records and counts: each rule fails when what it speaks of is broken, and only then."""

from typing import Any

import pytest

from expectations.gate import GateError, GateResult, check_fanlist
from expectations.report.verdict import sentence_of
from expectations.suites import REQUIRED_COLUMNS
from expectations.thresholds import LastRun, Thresholds
from pipelines.prepare import HANDOVERS
from pipelines.schema import FANLIST_RECORD_SCHEMA
from tests.expectations.gated import COUNTS, NOTHING_LEFT, check, good_records, of_schema, sentences_of


def test_a_good_file_passes_every_rule() -> None:
    result = check()
    assert result.verdict == "passed"
    assert result.failed == []
    assert len(result.rules) >= 15


@pytest.mark.parametrize("column", REQUIRED_COLUMNS)
def test_a_missing_value_fails(column: str) -> None:
    kept = good_records().collect()[column].to_list()[:-1]
    result = check(good_records(**{column: [*kept, None]}))
    assert result.verdict == "failed"
    assert column in {rule.column for rule in result.failed}


def test_no_records_fail() -> None:
    result = check(good_records().head(0), valid=0, duplicate=0, invalid=12)
    assert result.verdict == "failed"
    assert any("at least one record" in rule.description for rule in result.failed)


def test_a_fan_twice_fails() -> None:
    result = check(good_records(globalUserId=["f0", *(f"f{i}" for i in range(9))]))
    assert [rule.description for rule in result.failed] == ["A fan has one record in a campaign."]


def test_a_score_below_zero_fails_and_one_above_a_hundred_warns() -> None:
    assert check(good_records(score=[-0.5] + [1.0] * 9)).verdict == "failed"
    above = check(good_records(score=[100.5] + [1.0] * 9))
    assert above.verdict == "warned"
    assert [sentence_of(rule) for rule in above.failed] == ["Scores go up to 100. 1 did not."]


def test_a_valid_share_below_the_threshold_fails_and_says_by_how_much() -> None:
    result = check(rows=100, invalid=15, duplicate=75, thresholds=Thresholds(duplicate_share_warning=1))
    assert result.verdict == "failed"
    assert sentences_of(result) == ["At least 90% of the rows are valid. It was 85.00%."]
    assert check(rows=20, invalid=2, duplicate=8).verdict == "warned"


def test_a_valid_share_a_little_below_the_usual_warns() -> None:
    result = check(rows=25, invalid=1, duplicate=14, thresholds=Thresholds(duplicate_share_warning=1))
    assert (result.verdict, sentences_of(result)) == (
        "warned",
        ["At least 98% of the rows should be valid. It was 96.00%."],
    )


def test_many_rows_of_the_same_fans_warn() -> None:
    result = check(rows=25, duplicate=15)
    assert (result.verdict, sentences_of(result)) == (
        "warned",
        ["At most 50% of the rows repeat a fan. It was 60.00%."],
    )


@pytest.mark.parametrize(("flags", "share"), [([True] * 10, "100.00%"), ([False] * 10, "0.00%")])
def test_all_of_one_verdict_warns(flags: list[bool], share: str) -> None:
    result = check(good_records(isVerified=flags))
    assert result.verdict == "warned"
    assert sentences_of(result) == [f"Between 2% and 98% of the records are verified. It was {share}."]


def test_a_best_rank_without_a_market_fails() -> None:
    result = check(good_records(rank=[1] + [0] * 9))
    assert (result.verdict, sentences_of(result)) == (
        "failed",
        ["Every fan has a market at their best rank. 1 did not."],
    )


def test_a_rank_beyond_the_preferences_fails() -> None:
    result = check(good_records(rank=[3, 2] + [0] * 8))
    assert result.verdict == "failed"
    assert "The best rank is one of the fan's preferred markets. 1 did not." in sentences_of(result)


def test_the_last_run_is_compared_and_only_warned_of() -> None:
    assert check(last_run=LastRun(10, 0.8)).verdict == "passed"
    assert check(last_run=LastRun(0, None)).verdict == "passed"
    assert check(last_run=LastRun(19, 0.65)).verdict == "passed"
    fewer = check(last_run=LastRun(25, 0.55))
    assert fewer.verdict == "warned"
    assert sentences_of(fewer) == [
        "The number of records is within 50% of the last run's 25. It differs by 60.00%.",
        "The verified share is within 20 points of the last run's 55.00%. It differs by 25.0 points.",
    ]
    assert check(last_run=LastRun(6, 0.8)).verdict == "warned"


def test_fans_of_the_last_file_who_are_missing_are_warned_of_above_a_share() -> None:
    for known in (LastRun(10, 0.8, gone_share=0.06), LastRun(gone_share=0.06)):
        result = check(last_run=known)
        assert result.verdict == "warned"
        assert sentences_of(result) == [
            "At most 5% of the last file's fans are missing from this one. It was 6.00%."
        ]
        assert check(last_run=known, thresholds=Thresholds(gone_share_warning=0.06)).verdict == "passed"
    assert check(last_run=LastRun(gone_share=0.05)).verdict == "passed"


@pytest.mark.parametrize(
    ("known", "verdict"),
    [
        (LastRun(withdrawn_share=0.5), "passed"),
        (LastRun(withdrawn_share=0.51), "failed"),
        (LastRun(missing_lists=0), "passed"),
        (LastRun(missing_lists=1), "failed"),
    ],
)
def test_a_file_that_replaces_fails_where_too_many_or_unknown_fans_are_out(
    known: LastRun, verdict: str
) -> None:
    assert check(last_run=known).verdict == verdict


def test_thresholds_move_what_is_tolerated() -> None:
    assert check(
        rows=100, invalid=15, duplicate=75, thresholds=Thresholds(valid_share_critical=0.8)
    ).verdict == ("warned")
    assert (
        check(good_records(score=[100.5] + [1.0] * 9), thresholds=Thresholds(highest_score=101)).verdict
        == "passed"
    )
    tolerant = Thresholds(records_change=1, verified_share_change=1)
    assert check(last_run=LastRun(25, 0.55), thresholds=tolerant).verdict == "passed"


def test_records_of_another_shape_get_no_verdict() -> None:
    with pytest.raises(GateError, match="could not be checked"):
        check(good_records().drop("score"))


@pytest.mark.parametrize("handover", HANDOVERS)
@pytest.mark.parametrize("left", [1, -1])
def test_what_is_left_over_at_a_handover_fails(handover: str, left: int) -> None:
    assert [rule.description for rule in check(unaccounted={handover: left}).failed] == [HANDOVERS[handover]]


@pytest.mark.parametrize("counted", [9, 11])
def test_records_that_are_missing_or_too_many_fail(counted: int) -> None:
    said = [rule.description for rule in check(valid=counted).failed]
    assert said == ["The partitions hold exactly the records counted, with none missing."]


def test_no_value_of_a_row_reaches_the_result() -> None:
    result = check(good_records(score=[-777.25] + [1.0] * 9, globalUserId=["secret"] * 10))
    assert result.verdict == "failed"
    assert "secret" not in repr(result)
    assert "777.25" not in repr(result)


def _fanlist(last_run: LastRun | None = None, **changed: Any) -> GateResult:
    columns: dict[str, Any] = {
        "campaignId": ["c"] * 10,
        "globalUserId": ["u", *[None] * 9],
        "memberId": [None, *(f"m{i}" for i in range(8)), None],
        "email": ["a@b.co"] * 10,
        "score": [float(i) for i in range(10)],
    }
    records = of_schema(FANLIST_RECORD_SCHEMA, columns | changed)
    return check_fanlist(records, COUNTS, NOTHING_LEFT, Thresholds(), last_run)


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
    assert [rule for rule in result.failed if said in sentence_of(rule)]
    assert "a@b.co" not in repr(result)


def test_a_fanlist_without_a_record_fails() -> None:
    empty: list[Any] = []
    result = _fanlist(campaignId=empty, globalUserId=empty, memberId=empty, email=empty, score=empty)
    assert result.verdict == "failed"


def test_a_fanlist_is_compared_with_the_last_one() -> None:
    assert _fanlist(LastRun(12)).verdict == "passed"
    assert sentences_of(_fanlist(LastRun(40))) == [
        "The number of records is within 50% of the last run's 40. It differs by 75.00%."
    ]
