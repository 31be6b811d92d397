"""PutRecords within its limits: full calls, several at a time, and only failed records again.

Limits (AWS): 500 records and 5 MB a call, 1 MB a record with its partition key, 256 characters a
partition key; a shard takes 1,000 records or 1 MB a second, and what it refuses comes back record by record.
A record beyond a limit of its own would have the whole call refused, so it is never offered.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import NamedTuple, Self

from botocore.exceptions import ClientError
from tenacity import stop_after_delay, wait_random_exponential

from steps.shared.aws_types import KinesisClient
from steps.shared.bulk_calls import code_of, narrowed, until_done
from steps.shared.observability import logger

MAX_RECORDS = 500
MAX_CALL_BYTES = 5_000_000
MAX_RECORD_BYTES = 1_000_000
MAX_KEY_LENGTH = 256
# What Kinesis says of a call for what stands in it; rights to a stream know no single records.
_OF_THE_RECORDS = {"InvalidArgumentException", "SerializationException", "ValidationException"}
NOT_TAKEN = "the stream did not take it after all retries"
# Seconds. Full jitter keeps children that were throttled together from coming back together.
WAITS = wait_random_exponential(multiplier=0.1, max=10)


class StreamRecord(NamedTuple):
    """One record for a stream: the key that decides its shard, its bytes, and its size as Kinesis counts it.

    The size, of key and bytes together, is given: for a partition's records it is known before they are
    Python objects. `of` counts it.
    """

    partition_key: str
    data: bytes
    size: int

    @classmethod
    def of(cls, partition_key: str, data: bytes) -> Self:
        """Make a record with its size."""
        return cls(partition_key, data, len(data) + len(partition_key.encode()))

    @property
    def misfit(self) -> str | None:
        """Why Kinesis takes no such record at all; None where it does."""
        if not 0 < len(self.partition_key) <= MAX_KEY_LENGTH:
            return f"its partition key has more than {MAX_KEY_LENGTH} characters"
        return None if self.size <= MAX_RECORD_BYTES else f"larger than {MAX_RECORD_BYTES} bytes"

    def kept(self, reason: str) -> dict[str, str]:
        """Return the record as a partition's document keeps it, with the reason in words."""
        return {"reason": reason, "partitionKey": self.partition_key, "data": self.data.decode()}


@dataclass(frozen=True)
class KinesisWriter:
    """Writes records to one stream.

    Args:
        concurrency: calls under way at once.
        patience: seconds that refused records are offered again.
    """

    client: KinesisClient
    stream: str
    concurrency: int = 4
    patience: float = 120

    def put(self, records: Sequence[StreamRecord]) -> list[StreamRecord]:
        """Put all records and return those the stream did not take, too large ones included.

        Order is not kept: PutRecords itself does not keep it.
        """
        oversized = [record for record in records if record.misfit]
        fitting = [record for record in records if not record.misfit] if oversized else records
        with ThreadPoolExecutor(self.concurrency) as pool:
            left = pool.map(self._put_call, calls_of(fitting))
            return oversized + [record for refused in left for record in refused]

    def _put_call(self, records: list[StreamRecord]) -> list[StreamRecord]:
        """Put one call's records; one that is refused as a whole is narrowed until a record is alone.

        Raises:
            ClientError: the stream takes nothing whatever the records: no right, no stream, no answer.
        """
        left: list[StreamRecord] = []

        def attempt(part: list[StreamRecord]) -> ClientError | None:
            try:
                left.extend(until_done(self._offer, part, stop=stop_after_delay(self.patience), wait=WAITS))
            except ClientError as error:
                if code_of(error) not in _OF_THE_RECORDS:
                    raise
                return error
            return None

        refused = narrowed(records, attempt)
        for _, error in refused:
            logger.error("a record was refused", extra={"code": code_of(error)})
        return left + [record for (record,), _ in refused]

    def _offer(self, records: list[StreamRecord]) -> list[StreamRecord]:
        answer = self.client.put_records(
            StreamName=self.stream,
            Records=[{"Data": record.data, "PartitionKey": record.partition_key} for record in records],
        )
        if not answer["FailedRecordCount"]:
            return []
        return [
            record
            for record, outcome in zip(records, answer["Records"], strict=True)
            if outcome.get("ErrorCode")
        ]


def calls_of(records: Sequence[StreamRecord]) -> Iterator[list[StreamRecord]]:
    """Cut records, in order, into calls within PutRecords' limits."""
    call: list[StreamRecord] = []
    size = 0
    for record in records:
        if call and (len(call) == MAX_RECORDS or size + record.size > MAX_CALL_BYTES):
            yield call
            call, size = [], 0
        call.append(record)
        size += record.size
    if call:
        yield call
