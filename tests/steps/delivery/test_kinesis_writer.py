"""PutRecords' limits and partial failures, against a stream that refuses on demand."""

from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st

from steps.delivery.kinesis_writer import (
    MAX_CALL_BYTES,
    MAX_KEY_LENGTH,
    MAX_RECORD_BYTES,
    MAX_RECORDS,
    KinesisWriter,
    StreamRecord,
    calls_of,
)


class FakeStream:
    """Takes records, but each key in `refusals` only after that many tries."""

    def __init__(self, refusals: dict[str, int] | None = None) -> None:
        self.taken: list[str] = []
        self.calls: list[int] = []
        self._refusals = refusals or {}

    def put_records(self, StreamName: str, Records: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803
        self.calls.append(len(Records))
        outcomes: list[dict[str, str]] = []
        for record in Records:
            key = record["PartitionKey"]
            if self._refusals.get(key, 0) > 0:
                self._refusals[key] -= 1
                outcomes.append({"ErrorCode": "ProvisionedThroughputExceededException"})
            else:
                self.taken.append(key)
                outcomes.append({"SequenceNumber": "1", "ShardId": "s"})
        return {"FailedRecordCount": sum("ErrorCode" in o for o in outcomes), "Records": outcomes}


def _writer(stream: Any, patience: float = 30) -> KinesisWriter:
    return KinesisWriter(stream, "scores", patience=patience)


def _records(count: int, size: int = 10) -> list[StreamRecord]:
    return [StreamRecord.of(f"f{i}", b"x" * size) for i in range(count)]


def test_only_what_was_refused_is_offered_again() -> None:
    stream = FakeStream({"f3": 2, "f7": 1})
    assert _writer(stream).put(_records(10)) == []
    assert sorted(stream.taken) == sorted(f"f{i}" for i in range(10))
    assert stream.calls == [10, 2, 1]


def test_what_is_refused_to_the_end_is_returned_and_the_rest_written() -> None:
    stream = FakeStream({"f3": 10**6})
    failed = _writer(stream, patience=0.3).put(_records(10))
    assert [record.partition_key for record in failed] == ["f3"]
    assert len(stream.taken) == 9


def test_a_record_too_large_for_kinesis_holds_nothing_back() -> None:
    stream = FakeStream()
    large = StreamRecord.of("big", b"x" * MAX_RECORD_BYTES)
    assert _writer(stream).put([large, *_records(3)]) == [large]
    assert sorted(stream.taken) == ["f0", "f1", "f2"]


def test_a_key_too_long_for_kinesis_holds_nothing_back() -> None:
    stream = FakeStream()
    long = StreamRecord.of("k" * (MAX_KEY_LENGTH + 1), b"x")
    assert _writer(stream).put([*_records(2), long, StreamRecord.of("k" * MAX_KEY_LENGTH, b"x")]) == [long]
    assert len(stream.taken) == 3


def test_no_records_no_calls() -> None:
    stream = FakeStream()
    assert _writer(stream).put([]) == []
    assert stream.calls == []


@given(st.lists(st.integers(0, MAX_RECORD_BYTES - 10), max_size=40), st.integers(0, 1200))
def test_calls_keep_order_and_limits(sizes: list[int], small: int) -> None:
    payload = memoryview(b"x" * MAX_RECORD_BYTES)
    large = [StreamRecord.of(str(i), bytes(payload[:size])) for i, size in enumerate(sizes)]
    records = large + _records(small)
    calls = list(calls_of(records))
    assert [record for call in calls for record in call] == records
    for call in calls:
        assert 0 < len(call) <= MAX_RECORDS
        assert sum(record.size for record in call) <= MAX_CALL_BYTES


class ChoosyStream(FakeStream):
    """Refuses a call as a whole for one record among its, with a code of its own."""

    def __init__(self, at_fault: set[str], code: str) -> None:
        super().__init__()
        self._at_fault, self._code = at_fault, code

    def put_records(self, StreamName: str, Records: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803
        if any(record["PartitionKey"] in self._at_fault for record in Records):
            raise ClientError({"Error": {"Code": self._code}}, "PutRecords")
        return super().put_records(StreamName, Records)


@pytest.mark.parametrize("at_fault", [{"f0"}, {"f255"}, {"f7", "f8", "f499"}])
def test_what_a_call_is_refused_for_stands_alone(at_fault: set[str]) -> None:
    stream = ChoosyStream(at_fault, "ValidationException")
    assert {record.partition_key for record in _writer(stream).put(_records(500))} == at_fault
    assert len(stream.taken) == 500 - len(at_fault)


def test_a_stream_that_may_not_be_written_is_no_records_fault() -> None:
    with pytest.raises(ClientError):
        _writer(ChoosyStream({"f3"}, "AccessDeniedException")).put(_records(10))


def test_a_call_ends_at_its_five_megabytes() -> None:
    sized = [StreamRecord("k", b"", 900_000) for _ in range(6)]
    assert [len(call) for call in calls_of(sized)] == [5, 1]
