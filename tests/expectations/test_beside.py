"""A run beside the last one: what is measured of one file is what the next is judged by."""

from collections.abc import Callable
from typing import Any

import polars as pl

from expectations.data_docs import render_data_docs
from expectations.gate import GateResult, check_fanlist, check_scrubbed
from expectations.report.facts import measure
from expectations.report.verdict import sentence_of
from expectations.thresholds import LastRun, Thresholds
from pipelines.prepare import HANDOVERS
from pipelines.schema import FANLIST_RECORD_SCHEMA, RECORD_SCHEMA

ROWS = 100
MARKETS = ["bergen", "oslo"]


def _records(**changed: Callable[[int], Any]) -> pl.LazyFrame:
    """Records that hold all other rules; `changed` gives a column's value by the number of the row."""
    usual: dict[str, Callable[[int], Any]] = {
        "campaignId": lambda n: "c",
        "globalUserId": lambda n: f"{n:036}",
        "score": lambda n: n / 2,
        "isVerified": lambda n: n % 2 == 0,
        "hbase": lambda n: MARKETS[n % 2],
        "rank": lambda n: 0,
        "events": lambda n: ["m"],
        "runId": lambda n: "r",
        "scoredAt": lambda n: "2026",
    }
    columns = {name: [value(n) for n in range(ROWS)] for name, value in (usual | changed).items()}
    absent = [pl.lit(None, dtype).alias(name) for name, dtype in RECORD_SCHEMA.items() if name not in columns]
    given = [pl.Series(name, values, RECORD_SCHEMA[name]) for name, values in columns.items()]
    return pl.LazyFrame(given).with_columns(absent).select(RECORD_SCHEMA.names())


def _last(records: pl.LazyFrame | None = None) -> LastRun:
    return LastRun(ROWS, 0.5, measure(_records() if records is None else records, "scrubbed").profile)


def _beside(last: LastRun, records: pl.LazyFrame) -> GateResult:
    counts = {"in": ROWS, "invalid": 0, "duplicate": 0, "valid": ROWS}
    return check_scrubbed(records, counts, dict.fromkeys(HANDOVERS, 0), Thresholds(), last)


def _said(last: LastRun, records: pl.LazyFrame) -> list[str]:
    result = _beside(last, records)
    assert result.verdict == ("warned" if result.failed else "passed")
    return [sentence_of(rule) for rule in result.failed]


def _moved_by(step: float) -> Callable[[int], float]:
    return lambda n: max(n / 2 + step, 0)


def _asked(last: LastRun) -> set[str | None]:
    return {rule.column for rule in _beside(last, _records()).rules}


def test_the_same_again_passes_all_that_is_compared() -> None:
    assert _said(_last(), _records()) == []
    assert {"newMarkets", "vanishedMarkets", "scoresChange", "globalUserId"} <= _asked(_last())


def test_a_market_that_is_new_or_has_vanished_is_named() -> None:
    found = _said(_last(), _records(hbase=lambda n: ["oslo", "troms\u00f8"][n % 2]))
    assert found == [
        "No market is new since the last run. New: troms\u00f8.",
        "No market of the last run has vanished. Vanished: bergen.",
    ]


def test_of_many_markets_the_first_are_named() -> None:
    (said,) = _said(_last(), _records(hbase=lambda n: MARKETS[n] if n < 2 else f"m{n % 7}"))
    assert said == "No market is new since the last run. New: m0, m1, m2, m3, m4 and 2 more."


def test_a_market_that_looks_like_a_person_is_not_named() -> None:
    odd = _records(hbase=lambda n: "ada@example.com" if n == 5 else MARKETS[n % 2])
    assert _said(_last(), odd) == ["No market is new since the last run. New: (not a market's name)."]
    profile = _last(odd).profile
    assert profile is not None
    assert profile.markets == ["(not a market's name)", *MARKETS]


def test_a_name_is_cut_and_told_on_one_line() -> None:
    odd = _records(hbase=lambda n: "x\n" * 300 if n == 5 else MARKETS[n % 2])
    (said,) = _said(_last(), odd)
    assert "\n" not in said
    assert len(said) < 120
    kept = _last(odd).profile
    assert kept is not None
    assert max(map(len, kept.markets or [])) == 80
    assert _said(_last(odd), odd) == []


def test_a_file_of_too_many_markets_leaves_none_to_compare() -> None:
    many = pl.concat([_records()] * 3).with_columns(hbase=pl.format("m{}", pl.int_range(pl.len())))
    for rows, kept in ((200, 200), (201, None)):
        profile = measure(many.head(rows), "scrubbed").profile
        assert profile is not None
        assert (None if profile.markets is None else len(profile.markets)) == kept
    assert not {"newMarkets", "vanishedMarkets"} & _asked(LastRun(ROWS, 0.5, profile))


def test_no_market_stands_in_data_docs() -> None:
    result = _beside(_last(), _records(hbase=lambda n: "troms\u00f8"))
    assert result.verdict == "warned"
    pages = [render_data_docs(outcome) for outcome in result.outcomes]
    assert len(pages) == 2
    assert not any(market in page for page in pages for market in ("troms\u00f8", "bergen"))


def test_scores_that_moved_by_more_than_20_points_are_warned_of() -> None:
    # Of 0 to 49.5 half are above the median, 24.75; ten more points bring it to 70%, ten and a half to 71%.
    assert _said(_last(), _records(score=_moved_by(10))) == []
    said = "The share of fans with a score above 24.75 is within 20 points of the last run's 50.00%."
    for step, points in ((10.5, 21), (-10.5, 21)):
        found = _said(_last(), _records(score=_moved_by(step)))
        assert found == [f"{said} It differs by {points}.0 points."]


def test_many_of_the_same_score_are_no_change() -> None:
    third = _records(score=lambda n: 1 / 3 if n < 90 else 50.0)
    last = _last(third)
    assert last.profile is not None
    assert last.profile.above == 0.1
    assert _said(last, third) == []


def test_scores_of_few_records_are_not_compared() -> None:
    assert "scoresChange" not in _asked(LastRun(99, 0.5, _last().profile))


def test_identifiers_of_another_length_are_warned_of() -> None:
    said = "At least 90% of the identifiers have 18 to 72 characters; the last run's had 36."
    for length, holds in ((18, True), (17, False), (72, True), (73, False)):
        found = _said(_last(), _records(globalUserId=f"{{:0{length}}}".format))
        assert found == ([] if holds else [f"{said} 100 did not."])


def test_one_identifier_in_ten_may_have_another_length() -> None:
    def with_short(count: int) -> pl.LazyFrame:
        return _records(globalUserId=lambda n: str(n) if n < count else f"{n:036}")

    assert _said(_last(), with_short(10)) == []
    assert _said(_last(), with_short(11))[0].endswith(" 11 did not.")
    # Nor does a single odd one widen what is expected of the next run.
    assert _said(_last(with_short(1)), with_short(11))[0].endswith(" 11 did not.")


def test_a_fanlist_is_compared_by_its_scores_and_identifiers() -> None:
    def fanlist(score: Callable[[int], float], id_length: int | None) -> pl.LazyFrame:
        ids = [None if id_length is None else f"{n:0{id_length}}" for n in range(ROWS)]
        given = {"campaignId": ["c"] * ROWS, "globalUserId": ids, "memberId": [f"m{n}" for n in range(ROWS)]}
        frame = pl.LazyFrame(given | {"score": [score(n) for n in range(ROWS)]})
        absent = [
            pl.lit(None, dtype).alias(name)
            for name, dtype in FANLIST_RECORD_SCHEMA.items()
            if name not in {*given, "score"}
        ]
        return (
            frame.cast({"globalUserId": pl.String}).with_columns(absent).select(FANLIST_RECORD_SCHEMA.names())
        )

    def columns(last: pl.LazyFrame, now: pl.LazyFrame) -> list[str | None]:
        counts = {"in": ROWS, "invalid": 0, "duplicate": 0, "valid": ROWS}
        last_run = LastRun(ROWS, None, measure(last, "fanlist").profile)
        result = check_fanlist(now, counts, dict.fromkeys(HANDOVERS, 0), Thresholds(), last_run)
        return [rule.column for rule in result.failed]

    usual, without_ids = fanlist(float, 36), fanlist(float, None)
    assert columns(usual, usual) == []
    assert columns(usual, without_ids) == columns(without_ids, usual) == []
    assert columns(usual, fanlist(lambda n: 99.0, 8)) == ["globalUserId", "scoresChange"]
