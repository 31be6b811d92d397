from pathlib import Path
from typing import Any

import polars as pl
import pytest

from expectations.report.facts import measure, measure_rejects
from expectations.report.model import Group, RecordFacts
from pipelines.schema import FANLIST_RECORD_SCHEMA, RECORD_SCHEMA, REJECTED_SCHEMA


def _records(*rows: dict[str, Any]) -> pl.LazyFrame:
    usual = {"isVerified": True, "hbase": "oslo", "rank": 0, "score": 50.0, "email": "ada@example.com"}
    return pl.LazyFrame([usual | row for row in rows], schema=RECORD_SCHEMA)


def test_what_is_measured_is_what_a_loop_counts(tmp_path: Path) -> None:
    markets = ["oslo", "rome", "paris"]
    rows: list[dict[str, Any]] = [
        {"hbase": markets[n % 7 % 3], "isVerified": n % 3 > 0, "score": n * 0.37 % 100, "rank": n % 2}
        for n in range(1_000)
    ]
    for part in range(3):  # as partitions, which is how they come
        _records(*rows[part::3]).sink_parquet(tmp_path / f"{part}.parquet")
    found = measure(pl.scan_parquet(tmp_path / "*.parquet"), "scrubbed")
    assert found.verified == sum(row["isVerified"] for row in rows)
    for market in markets:
        own = [row["isVerified"] for row in rows if row["hbase"] == market]
        assert Group(name=market, records=len(own), verified=sum(own)) in found.groups
    assert [one.records for one in found.groups] == sorted(
        (one.records for one in found.groups), reverse=True
    )
    assert [(one.name, one.records) for one in found.choices] == [("0", 500), ("1", 500)]
    scores = found.scores
    assert scores is not None
    assert len(scores.bins) == 20
    for one in scores.bins:
        assert one.high is not None
        own = [row["isVerified"] for row in rows if one.low <= row["score"] < one.high]
        assert (one.records, one.verified) == (len(own), sum(own))
    assert (scores.lowest, scores.highest) == (0.0, max(row["score"] for row in rows))
    flagged = {flag: [row["score"] for row in rows if row["isVerified"] is flag] for flag in (True, False)}
    assert (scores.lowest_verified, scores.highest_rejected) == (min(flagged[True]), max(flagged[False]))
    assert scores.most_verified is not None
    assert scores.most_rejected is not None
    share = sum(score >= scores.most_verified for score in flagged[True]) / len(flagged[True])
    assert 0.99 <= share < 1 or scores.most_verified == min(flagged[True])
    share = sum(score <= scores.most_rejected for score in flagged[False]) / len(flagged[False])
    assert 0.99 <= share < 1 or scores.most_rejected == max(flagged[False])
    assert scores.mean == pytest.approx(sum(row["score"] for row in rows) / 1_000, abs=1e-6)


def test_the_highest_score_is_in_the_last_bin_and_what_is_beyond_has_its_own() -> None:
    scores = measure(_records(*({"score": score} for score in (0.0, 100.0, 100.5, 9e9))), "scrubbed").scores
    assert scores is not None
    assert [(one.low, one.high, one.records) for one in (scores.bins[0], *scores.bins[-2:])] == [
        (0.0, 5.0, 1),
        (95.0, 100.0, 1),
        (100.0, None, 2),
    ]


def test_scores_that_are_shares_get_bins_of_shares() -> None:
    scores = measure(_records({"score": 0.26}, {"score": 1.0}), "scrubbed").scores
    assert scores is not None
    assert [(one.low, one.high, one.records) for one in scores.bins if one.records] == [
        (0.25, 0.3, 1),
        (0.95, 1.0, 1),
    ]


def test_the_smallest_markets_are_added_up() -> None:
    rows = [{"hbase": f"m{n:03}", "isVerified": n % 2 == 0} for n in range(60) for _ in range(60 - n)]
    groups = measure(_records(*rows), "scrubbed").groups
    assert [one.name for one in groups[:2]] == ["m000", "m001"]
    assert groups[-1].name == "35 smaller markets"
    assert sum(one.records for one in groups) == len(rows)
    assert sum(one.verified or 0 for one in groups) == sum(row["isVerified"] is True for row in rows)


@pytest.mark.parametrize("name", ["ada@example.com", "+1 (555) 010-0199", "0123456789"])
def test_a_market_that_looks_like_an_address_or_a_number_is_not_named(name: str) -> None:
    (group,) = measure(_records({"hbase": name}), "scrubbed").groups
    assert group == Group(name="(not a market's name)", records=1, verified=1)


def test_no_records_are_no_error() -> None:
    assert measure(pl.LazyFrame(schema=RECORD_SCHEMA), "scrubbed") == RecordFacts(verified=0)
    assert measure(pl.LazyFrame(schema=FANLIST_RECORD_SCHEMA), "fanlist") == RecordFacts()


def test_fans_of_a_fanlist_are_counted_by_their_first_identifier() -> None:
    rows = [
        {"globalUserId": "g", "memberId": "m", "email": "e", "score": 1.5},
        {"memberId": "m", "email": "e", "score": 2.5},
        {"email": "e", "score": 3.5},
        {"email": "f", "score": 4.5},
    ]
    found = measure(pl.LazyFrame(rows, schema=FANLIST_RECORD_SCHEMA), "fanlist")
    assert [(one.name, one.records, one.verified) for one in found.groups] == [
        ("globalUserId", 1, None),
        ("memberId", 1, None),
        ("email", 2, None),
    ]
    assert found.verified is None
    assert found.scores is not None
    assert {one.verified for one in found.scores.bins} == {None}
    assert (found.scores.lowest_verified, found.scores.highest_rejected) == (None, None)


def test_rejects_by_reason_with_the_first_rows() -> None:
    both, one = ["bad_score", "bad_email"], ["bad_email"]
    rows = [(n, n + 1, both if n % 2 else one, ["ada"]) for n in range(20, 0, -1)]
    rejected = pl.LazyFrame(rows, schema=REJECTED_SCHEMA, orient="row")
    found = measure_rejects(rejected, {"bad_score": 10, "bad_email": 10})
    assert [one.model_dump() for one in found] == [
        {
            "reason": "bad_score",
            "rows": 10,
            "applies": 10,
            "examples": [1, 3, 5, 7, 9],
            "lines": [2, 4, 6, 8, 10],
        },
        {
            "reason": "bad_email",
            "rows": 10,
            "applies": 20,
            "examples": [1, 2, 3, 4, 5],
            "lines": [2, 3, 4, 5, 6],
        },
    ]
    assert measure_rejects(pl.LazyFrame(schema=REJECTED_SCHEMA), {}) == []
