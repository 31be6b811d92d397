"""Who stands after each of a campaign's files, beside the contract's words in plain Python."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.identify import key
from pipelines.schema import FANLIST_RECORD_SCHEMA, RECORD_SCHEMA
from pipelines.standing import (
    FAN,
    FIRST_CHOICE,
    MISSED,
    STANDING_SCHEMA,
    WITHDRAWAL_SCHEMAS,
    Since,
    of_file,
    since,
    standing,
    withdrawals,
)  # fmt: skip

# Each with whether it replaces the one before it.
FILES = st.lists(st.tuples(st.sets(st.integers(0, 6), max_size=5), st.booleans()), min_size=1, max_size=5)


def _scrubbed(fans: set[int]) -> pl.LazyFrame:
    named = {"globalUserId": [f"u{fan}" for fan in sorted(fans)]}
    return pl.LazyFrame(named, schema={"globalUserId": pl.String()}).select(
        pl.col(name) if name in named else pl.lit(None, dtype).alias(name)
        for name, dtype in RECORD_SCHEMA.items()
    )


@settings(max_examples=60, deadline=None)
@given(FILES)
def test_a_fan_stands_until_withdrawn_however_many_files_leave_them_out(
    files: list[tuple[set[int], bool]],
) -> None:
    last, missed = None, dict[str, int]()
    for number, (fans, replaces) in enumerate(files):
        stood = len(missed)
        now = standing(_scrubbed(fans), "scrubbed", last).collect(engine="streaming")
        assert now.schema == STANDING_SCHEMA
        missed = {fan: files_missed + 1 for fan, files_missed in missed.items()}
        missed |= {f"fan:u{fan}": 0 for fan in fans}
        assert dict(now.select(FAN, MISSED).iter_rows()) == missed
        if last is not None:
            before = files[number - 1][0]
            found, others = since(now.lazy(), last), sum(files_missed > 0 for files_missed in missed.values())
            assert found == Since(len(fans - before), len(before - fans), len(before), others, stood)
        if replaces:
            gone = withdrawals(now.lazy(), "scrubbed", "c", "r", "now").collect()
            assert {f"fan:{fan}" for fan in gone["globalUserId"]} == {fan for fan, n in missed.items() if n}
            missed = {fan: n for fan, n in missed.items() if not n}
            now = of_file(now.lazy()).collect()
            assert set(now[FAN]) == missed.keys()
        last = now.lazy()


def test_a_withdrawal_says_who_and_their_first_choice() -> None:
    stands = pl.LazyFrame(
        [("fan:a:b", "m", "oslo", 7.5, 2), ("fan:c", None, None, 1.0, 1), ("fan:d", None, None, 1.0, 0)],
        schema=STANDING_SCHEMA, orient="row",
    )  # fmt: skip
    found = withdrawals(stands, "scrubbed", "c1", "r1", "now").collect()
    assert found.schema == WITHDRAWAL_SCHEMAS["scrubbed"]
    assert found.rows() == [
        ("c1", "a:b", "m", 7.5, ["oslo"], True, "r1", "now"),
        ("c1", "c", None, 1.0, None, True, "r1", "now"),
    ]


def test_a_withdrawal_of_a_fanlist_is_known_by_its_kind_of_identifier() -> None:
    stands = pl.LazyFrame(
        [(fan, None, None, 1.0, 1) for fan in ("fan:u", "sid:sid:1", "email:a@b.c")],
        schema=STANDING_SCHEMA, orient="row",
    )  # fmt: skip
    found = withdrawals(stands, "fanlist", "c1", "r1", "now").collect()
    assert found.schema == WITHDRAWAL_SCHEMAS["fanlist"]
    assert found.rows() == [
        ("c1", "u", None, None, True), ("c1", None, "sid:1", None, True), ("c1", None, None, "a@b.c", True),
    ]  # fmt: skip
    assert found.select(key()).to_series().to_list() == stands.collect()[FAN].to_list()


def test_a_scrubbed_fan_is_kept_with_what_a_withdrawal_takes_and_no_more() -> None:
    records = _scrubbed({1, 2}).with_columns(
        memberId=pl.lit("m"),
        email=pl.lit("ada@example.com"),
        score=pl.lit(7.5),
        events=pl.Series([["oslo", None], [None, "rome"]]),
    )
    assert standing(records, "scrubbed", None).collect().rows() == [
        ("fan:u1", "m", "oslo", 7.5, 0),
        ("fan:u2", "m", None, 7.5, 0),
    ]


def test_a_first_choice_that_was_told_is_kept_until_there_is_another() -> None:
    """The Entry Service was told of it, and has to be told of the withdrawal, whichever file says so."""
    last = pl.LazyFrame(
        [("fan:u1", "m", "oslo", 1.0, 0), ("fan:u2", "m", "oslo", 1.0, 1), ("fan:u3", "m", None, 1.0, 0)],
        schema=STANDING_SCHEMA, orient="row",
    )  # fmt: skip
    records = _scrubbed({1, 2, 3}).with_columns(events=pl.Series([[None, "rome"], ["bergen"], [None]]))
    kept = standing(records, "scrubbed", last).collect().sort(FAN)
    assert kept[FIRST_CHOICE].to_list() == ["oslo", "bergen", None]


def test_a_fan_of_a_fanlist_is_known_by_the_first_identifier_only() -> None:
    rows = {"globalUserId": ["u", None, None], "memberId": ["m", "n", None], "email": ["a@b.c"] * 3}
    records = pl.LazyFrame(rows).select(
        pl.col(name) if name in rows else pl.lit(None, dtype).alias(name)
        for name, dtype in FANLIST_RECORD_SCHEMA.items()
    )
    kept = standing(records, "fanlist", None).collect()
    assert kept[FAN].to_list() == ["fan:u", "sid:n", "email:a@b.c"]
    assert kept["memberId"].null_count() == kept[FIRST_CHOICE].null_count() == 3


@pytest.mark.parametrize(("gone", "last", "share"), [(1, 20, 0.05), (0, 0, 0.0)])
def test_the_share_gone_is_of_the_last_file(gone: int, last: int, share: float) -> None:
    assert Since(0, gone, last).gone_share == share
    assert Since(0, 0, 0, gone, last).others_share == share
