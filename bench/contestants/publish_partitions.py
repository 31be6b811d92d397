"""The step of FanOut's children, partition by partition: Parquet from S3, JSON, PutRecords, result to S3.

`python -m bench.contestants.publish_partitions PARTITIONS`; AWS is wherever the environment says.
"""

import sys
import time

from bench.contestants.common import CAMPAIGN_ID, RUN_ID, SCORED_AT, Measured, peak_bytes
from steps.kinesis_writer import KinesisWriter
from steps.publish_partition import publish
from steps.shared import clients
from steps.shared.payloads import FileRef, PartitionItem, Run
from steps.shared.storage import RunFolder

BUCKET = "pipeline"
STREAM = "scoresStream"
RUN = Run(
    run_id=RUN_ID,
    campaign_id=CAMPAIGN_ID,
    campaign_name="bench",
    source="scrubbed",
    file=FileRef(bucket=BUCKET, key="scrubbed/bench.csv"),
    scored_at=SCORED_AT,
    started_at=SCORED_AT,
)


def key_of(partition: int) -> str:
    """Where a partition of the run is in the bucket."""
    return f"{RunFolder.of(RUN).records}/part-{partition:05d}.parquet"


def main(partitions: int) -> None:
    """Publishes the partitions one after the other and prints what it took."""
    s3 = clients.s3()
    writer = KinesisWriter(clients.kinesis(), STREAM)
    started, used = time.perf_counter(), time.process_time()
    for partition in range(partitions):
        item = PartitionItem(partition=partition, key=key_of(partition), records=0)
        result = publish(s3, writer, RUN, item)
        if result.failed:
            raise SystemExit(f"The null endpoint refused {result.failed} records.")
    seconds, cpu_seconds = time.perf_counter() - started, time.process_time() - used
    print(Measured(seconds, cpu_seconds, peak_bytes(), None).to_json())


if __name__ == "__main__":
    main(int(sys.argv[1]))
