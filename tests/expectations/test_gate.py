"""The gates: each rule fails when what it speaks of is broken, and only then."""

from typing import Any

import polars as pl
import pytest

from expectations.gate import GateError, GateResult, check_fanlist, check_scrubbed
from expectations.suites import REQUIRED_COLUMNS
from expectations.thresholds import LastRun, Thresholds
from pipelines.identifiers import Identifiers
from pipelines.noticed import Seen
from pipelines.prepare import HANDOVERS
from pipelines.schema import FANLIST_RECORD_SCHEMA, RECORD_SCHEMA

COUNTS = {"in": 12, "invalid": 0, "duplicate": 2, "valid": 10}
NOTHING_LEFT = dict.fromkeys(HANDOVERS, 0)


def _of_schema(schema: pl.Schema, columns: dict[str, Any]) -> pl.LazyFrame:
    """Records with the schema's columns, null where nothing is given."""
    absent = [pl.lit(None, dtype=dtype).alias(name) for name, dtype in schema.items() if name not in columns]
    given = [pl.Series(name, values, dtype=schema[name]) for name, values in columns.items()]
    return pl.LazyFrame(given).with_columns(absent).select(schema.names())


def _records(**changed: Any) -> pl.LazyFrame:
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
    return _of_schema(RECORD_SCHEMA, columns | changed)


def _check(
    records: pl.LazyFrame | None = None,
    rows: int = 12,
    last_run: LastRun | None = None,
    thresholds: Thresholds | None = None,
    unaccounted: dict[str, int] | None = None,
    identifiers: Identifiers | None = None,
    **counts: int,
) -> GateResult:
    given = COUNTS | counts | {"in": rows}
    looked_at = _records() if records is None else records
    left = NOTHING_LEFT | (unaccounted or {})
    return check_scrubbed(looked_at, given, left, thresholds or Thresholds(), last_run, identifiers)


def _said(result: GateResult) -> list[str]:
    return [rule.sentence() for rule in result.failed]


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
    result = _check(_records().head(0), valid=0, duplicate=0, invalid=12)
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
    result = _check(rows=100, invalid=15, duplicate=75, thresholds=Thresholds(duplicate_share_warning=1))
    assert result.verdict == "failed"
    assert _said(result) == ["At least 90% of the rows are valid. It was 85.00%."]
    assert _check(rows=20, invalid=2, duplicate=8).verdict == "warned"


def test_a_valid_share_a_little_below_the_usual_warns() -> None:
    result = _check(rows=25, invalid=1, duplicate=14, thresholds=Thresholds(duplicate_share_warning=1))
    assert (result.verdict, _said(result)) == (
        "warned",
        ["At least 98% of the rows should be valid. It was 96.00%."],
    )


def test_many_rows_of_the_same_fans_warn() -> None:
    result = _check(rows=25, duplicate=15)
    assert (result.verdict, _said(result)) == (
        "warned",
        ["At most 50% of the rows repeat a fan. It was 60.00%."],
    )


@pytest.mark.parametrize(("flags", "share"), [([True] * 10, "100.00%"), ([False] * 10, "0.00%")])
def test_all_of_one_verdict_warns(flags: list[bool], share: str) -> None:
    result = _check(_records(isVerified=flags))
    assert result.verdict == "warned"
    assert _said(result) == [f"Between 2% and 98% of the records are verified. It was {share}."]


def test_a_best_rank_without_a_market_fails() -> None:
    result = _check(_records(rank=[1] + [0] * 9))
    assert (result.verdict, _said(result)) == (
        "failed",
        ["Every fan has a market at their best rank. 1 did not."],
    )


def test_a_rank_beyond_the_preferences_fails() -> None:
    result = _check(_records(rank=[3, 2] + [0] * 8))
    assert result.verdict == "failed"
    assert "The best rank is one of the fan's preferred markets. 1 did not." in _said(result)


def test_the_last_run_is_compared_and_only_warned_of() -> None:
    assert _check(last_run=LastRun(10, 0.8)).verdict == "passed"
    assert _check(last_run=LastRun(0, None)).verdict == "passed"
    assert _check(last_run=LastRun(19, 0.65)).verdict == "passed"
    fewer = _check(last_run=LastRun(25, 0.55))
    assert fewer.verdict == "warned"
    assert _said(fewer) == [
        "The number of records is within 50% of the last run's 25. It differs by 60.00%.",
        "The verified share is within 20 points of the last run's 55.00%. It differs by 25.0 points.",
    ]
    assert _check(last_run=LastRun(6, 0.8)).verdict == "warned"


def test_fans_of_the_last_file_who_are_missing_are_warned_of_above_a_share() -> None:
    for known in (LastRun(10, 0.8, gone_share=0.06), LastRun(gone_share=0.06)):
        result = _check(last_run=known)
        assert result.verdict == "warned"
        assert _said(result) == [
            "At most 5% of the last file's fans are missing from this one. It was 6.00%."
        ]
        assert _check(last_run=known, thresholds=Thresholds(gone_share_warning=0.06)).verdict == "passed"
    assert _check(last_run=LastRun(gone_share=0.05)).verdict == "passed"


def test_thresholds_move_what_is_tolerated() -> None:
    assert _check(
        rows=100, invalid=15, duplicate=75, thresholds=Thresholds(valid_share_critical=0.8)
    ).verdict == ("warned")
    assert (
        _check(_records(score=[100.5] + [1.0] * 9), thresholds=Thresholds(highest_score=101)).verdict
        == "passed"
    )
    tolerant = Thresholds(records_change=1, verified_share_change=1)
    assert _check(last_run=LastRun(25, 0.55), thresholds=tolerant).verdict == "passed"


def test_records_of_another_shape_get_no_verdict() -> None:
    with pytest.raises(GateError, match="could not be checked"):
        _check(_records().drop("score"))


@pytest.mark.parametrize("handover", HANDOVERS)
@pytest.mark.parametrize("left", [1, -1])
def test_what_is_left_over_at_a_handover_fails(handover: str, left: int) -> None:
    assert [rule.description for rule in _check(unaccounted={handover: left}).failed] == [HANDOVERS[handover]]


@pytest.mark.parametrize("counted", [9, 11])
def test_records_that_are_missing_or_too_many_fail(counted: int) -> None:
    said = [rule.description for rule in _check(valid=counted).failed]
    assert said == ["The partitions hold exactly the records counted, with none missing."]


def test_no_value_of_a_row_reaches_the_result() -> None:
    result = _check(_records(score=[-777.25] + [1.0] * 9, globalUserId=["secret"] * 10))
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
    records = _of_schema(FANLIST_RECORD_SCHEMA, columns | changed)
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
    assert [rule for rule in result.failed if said in rule.sentence()]
    assert "a@b.co" not in repr(result)


def test_a_fanlist_without_a_record_fails() -> None:
    empty: list[Any] = []
    result = _fanlist(campaignId=empty, globalUserId=empty, memberId=empty, email=empty, score=empty)
    assert result.verdict == "failed"


def test_a_fanlist_is_compared_with_the_last_one() -> None:
    assert _fanlist(LastRun(12)).verdict == "passed"
    assert _said(_fanlist(LastRun(40))) == [
        "The number of records is within 50% of the last run's 40. It differs by 75.00%."
    ]


@pytest.mark.parametrize(
    ("most", "markets", "verdict"),
    [
        *((12, 12, "passed"), (13, 12, "warned"), (120, 12, "warned"), (121, 12, "failed")),
        # Ten times three markets, but not a hundred rows.
        *((99, 3, "warned"), (100, 3, "failed")),
        # A fanlist has no markets.
        *((10, None, "passed"), (11, None, "warned"), (100, None, "warned"), (101, None, "failed")),
    ],
)
def test_the_rows_of_one_identifier(most: int, markets: int | None, verdict: str) -> None:
    assert _check(identifiers=Identifiers(most, markets=markets)).verdict == verdict


def test_too_many_rows_of_one_identifier_say_where_once() -> None:
    result = _check(identifiers=Identifiers(1_200, [3, 4, 9], markets=2))
    assert _said(result) == ["No identifier has more than 99 rows. It was 1,200. Look at rows 3, 4, 9."]


def test_placeholders_warn_and_say_where() -> None:
    found = Identifiers(1, placeholders=3, placeholders_at=[2, 5, 8], markets=1)
    result = _check(identifiers=found)
    assert result.verdict == "warned"
    (said,) = _said(result)
    assert said.startswith("At most 0% of the accepted rows have a placeholder, such as 'unknown'")
    assert said.endswith(" It was 25.00%. Look at rows 2, 5, 8.")
    assert (
        _check(identifiers=found, thresholds=Thresholds(placeholder_share_warning=0.25)).verdict == "passed"
    )


def test_thresholds_of_rows_per_fan_are_times_the_markets() -> None:
    thresholds = Thresholds(rows_per_fan_warning=2, rows_per_fan_critical=60)
    verdicts = [
        _check(identifiers=Identifiers(most, markets=2), thresholds=thresholds).verdict
        for most in (4, 5, 120, 121)
    ]
    assert verdicts == ["passed", "warned", "warned", "failed"]


@pytest.mark.parametrize(
    ("rows", "lines", "verdict"), [(20_000, 10, "warned"), (20_000, 11, "failed"), (2_000, 3, "failed")]
)
def test_swallowed_lines_are_warned_of_and_refused_above_a_few(rows: int, lines: int, verdict: str) -> None:
    seen = {"swallowedLines": Seen(1, lines, [4], [4 + lines])}
    counts = {"in": rows, "invalid": 0, "duplicate": rows - 10, "valid": 10}
    tolerant = Thresholds(duplicate_share_critical=1, duplicate_share_warning=1)
    result = check_scrubbed(_records(), counts, NOTHING_LEFT, tolerant, recognised=seen)
    assert result.verdict == verdict
    assert f"lines 4 to {4 + lines}" in " ".join(_said(result))


@pytest.mark.parametrize(
    ("seen", "verdict"),
    [
        ({"lostDigits": Seen(10, 0, [4], [4])}, "passed"),
        ({"lostDigits": Seen(11, 0, [4], [4])}, "failed"),
        ({"floatIdentifiers": Seen(900, 0, [4], [4])}, "passed"),
        ({"floatIdentifiers": Seen(901, 0, [4], [4])}, "warned"),
        # One row, which takes no more lines than it has.
        ({"textMarks": Seen(1, 0, [4], [4])}, "warned"),
        ({"nearNames": Seen(1, 0, [1], [1], "'e-mail': did you mean email?")}, "warned"),
        ({"decimalCommas": Seen(1_000, 0, [4], [4])}, "passed"),
    ],
)
def test_what_is_recognised_is_judged_by_its_share_of_the_rows(seen: dict[str, Seen], verdict: str) -> None:
    counts = {"in": 1_000, "invalid": 0, "duplicate": 990, "valid": 10}
    tolerant = Thresholds(duplicate_share_critical=1, duplicate_share_warning=1)
    result = check_scrubbed(_records(), counts, NOTHING_LEFT, tolerant, recognised=seen)
    assert (result.verdict, len(result.failed)) == (verdict, verdict != "passed")


def test_a_near_name_is_said_with_what_is_meant() -> None:
    counts = {"in": 10, "invalid": 0, "duplicate": 0, "valid": 10}
    seen = {"nearNames": Seen(1, 0, [1], [1], "'e-mail': did you mean email?")}
    said = _said(check_scrubbed(_records(), counts, NOTHING_LEFT, Thresholds(), recognised=seen))
    assert "for line 1 ('e-mail': did you mean email?)." in " ".join(said)
