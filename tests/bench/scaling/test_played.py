"""The two parts that are played by chance: writers before a full stream, shards before one item of counts."""

import pytest

from bench.scaling import ours
from bench.scaling.conflicts import contention
from bench.scaling.ours import Patience
from bench.scaling.throttling import throttled
from steps.kinesis_writer import KinesisWriter

PATIENCE = Patience(attempts=10, first=0.05, longest=3.0)


def test_a_single_shard_never_meets_a_conflict() -> None:
    alone = contention(1, 1.0, 0.1, 0.02, PATIENCE)
    assert (alone.attempts, alone.given_up) == (1, 0)
    assert alone.commits == pytest.approx(1, rel=0.05)


def test_no_item_takes_more_transactions_than_fit_one_after_the_other() -> None:
    for shards in (2, 20, 200):
        assert contention(shards, 10.0, 0.1, 0.02, PATIENCE).commits <= 1 / 0.02


def test_more_shards_conflict_more() -> None:
    attempts = [contention(shards, 1.0, 0.1, 0.02, PATIENCE).attempts for shards in (1, 10, 40, 160)]
    assert attempts == sorted(attempts)
    assert contention(160, 1.0, 0.1, 0.02, PATIENCE).given_up > 0.1


def test_without_time_at_the_item_every_batch_is_committed_when_it_comes() -> None:
    free = contention(40, 1.0, 0.1, 0.0, PATIENCE)
    assert free.commits == pytest.approx(40, rel=0.05)
    assert free.attempts == 1


def test_writers_fill_a_full_stream_and_lose_nothing_while_they_are_few() -> None:
    few = throttled(20, 4, 1000.0, 0.05)
    assert few.used == pytest.approx(1, abs=0.02)
    assert few.given_up == 0


def test_too_many_writers_give_records_up() -> None:
    assert throttled(300, 4, 1000.0, 0.05).given_up > 0.05
    # Twice the shards have patience with twice the writers.
    assert throttled(300, 16, 1000.0, 0.05).given_up < 0.001


def test_a_wide_stream_refuses_nobody() -> None:
    free = throttled(1, 1000, 1000.0, 0.05)
    assert free.given_up == 0
    assert free.used < 0.05


def test_the_waits_are_those_of_the_code() -> None:
    writer = KinesisWriter(None, "")  # type: ignore[arg-type]
    assert ours.writer().patience == writer.patience
    waits = ours.writer_waits()
    assert [waits.most(attempt) for attempt in (1, 2, 3, 20)] == [0.1, 0.2, 0.4, 10]
    assert ours.ledger_patience() == PATIENCE
    assert ours.table_patience().usual == pytest.approx(5.65)
