"""A fan's weights are what the project's own code makes, counted as AWS counts."""

import pytest

from bench.scaling.sample import item_bytes, lines_of, stream_record, weights
from steps.kinesis_writer import MAX_RECORD_BYTES
from steps.streaming.attributes import flag, number, text, texts
from steps.streaming.scores import Received, receive


def test_weights_are_of_this_code() -> None:
    found = weights(2_000)
    lines = lines_of(2_000)
    received = receive(stream_record(lines[0]))
    assert isinstance(received, Received)
    # A record's key is on the wire beside it.
    keys = len(received.score.global_user_id)
    assert found.wire == pytest.approx(
        sum(len(line.encode()) + keys for line in lines) / len(lines), rel=0.01
    )
    assert found.wire < MAX_RECORD_BYTES
    assert 0 < found.item <= found.largest_item
    assert 1 < found.rows < 1.1
    assert 0 < found.top_ranked < 1
    assert found.audit_line > 100


def test_the_same_file_weighs_the_same() -> None:
    first = weights(1_000)
    weights.cache_clear()
    assert weights(1_000) == first


@pytest.mark.parametrize(
    ("item", "size"),
    [
        ({"PK": text("fan:1")}, 2 + 5),
        ({"é": text("é")}, 2 + 2),
        ({"n": number(74.16)}, 1 + 3),
        ({"n": number(100.0)}, 1 + 2),
        ({"b": flag(True)}, 1 + 1),
        ({"l": texts(["ab", None])}, 1 + 3 + (1 + 2) + (1 + 1)),
    ],
)
def test_an_items_size_is_counted_by_names_and_values(item: dict[str, dict[str, object]], size: int) -> None:
    assert item_bytes(item) == size
