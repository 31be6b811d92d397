"""What publishing cannot beat: the same records, ready-made as PutRecords calls before the clock starts.

The same client and concurrency as the step's, one pool for all calls, no look at the answers.
`python -m bench.contestants.put_ready PARTITIONS`; AWS is wherever the environment says.
"""

import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import polars as pl

from bench.contestants.common import Measured, peak_bytes
from bench.contestants.publish_partitions import BUCKET, STREAM, key_of
from pipelines.records import to_json_lines
from steps.kinesis_writer import KinesisWriter, StreamRecord, calls_of
from steps.shared import clients
from steps.shared.polars_storage import storage_options

if TYPE_CHECKING:
    from mypy_boto3_kinesis.type_defs import PutRecordsRequestEntryTypeDef


def main(partitions: int) -> None:
    """Makes the calls, sends them, prints what the sending took."""
    client = clients.kinesis()
    calls = [call for partition in range(partitions) for call in _ready_calls(partition)]

    def send(call: "list[PutRecordsRequestEntryTypeDef]") -> None:
        client.put_records(StreamName=STREAM, Records=call)

    started, used = time.perf_counter(), time.process_time()
    with ThreadPoolExecutor(KinesisWriter.concurrency) as pool:
        for _ in pool.map(send, calls):
            pass
    seconds, cpu_seconds = time.perf_counter() - started, time.process_time() - used
    print(Measured(seconds, cpu_seconds, peak_bytes(), None).to_json())


def _ready_calls(partition: int) -> "list[list[PutRecordsRequestEntryTypeDef]]":
    stored = pl.scan_parquet(f"s3://{BUCKET}/{key_of(partition)}", storage_options=storage_options())
    lines = to_json_lines(stored).collect()
    records = [
        StreamRecord.of(key, data.encode())
        for key, data in zip(lines["partitionKey"], lines["data"], strict=True)
    ]
    return [
        [{"Data": record.data, "PartitionKey": record.partition_key} for record in call]
        for call in calls_of(records)
    ]


if __name__ == "__main__":
    main(int(sys.argv[1]))
