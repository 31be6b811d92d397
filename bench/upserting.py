"""One way to write fans into a table, as a program: `python -m bench.upserting METHOD KIND RECORDS RUN`.

Every method is given the same records in the form that it takes, made before the clock starts. AWS is
wherever the environment says. Prints a line of `bench.contestants.common.Measured`.
"""

import gc
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import boto3
from boto3.dynamodb.types import TypeDeserializer
from botocore.config import Config

from bench.contestants.common import Measured, peak_bytes
from steps.shared import clients
from steps.shared.clock import now_iso
from steps.shared.payloads import Run
from steps.streaming import statements
from steps.streaming.demand_table import DemandTable
from steps.streaming.fanlist_scores import FanlistScore
from steps.streaming.scores import Score

if TYPE_CHECKING:
    from steps.streaming.upserts import Upsert

TABLE = "demand"
# What loadScoresToDynamoDB is given at once, and a part of a fanlist's partition.
BATCH = 500
_THREADS = 16

Work = Callable[[], None]


def scores(records: int, run: int) -> "list[Upsert]":
    """Fans of a scrubbed file: the second run has other values and a later stamp than the first."""
    return [
        Score.model_validate(
            {
                "campaignId": "bench",
                "globalUserId": f"fan-{number:09}",
                "score": (number % 1000) / 1000 + run,
                "isVerified": (number + run) % 3 != 0,
                "runId": f"2026021{run}T100000000Z-aaaaaaaa",
                "scoredAt": f"2026-02-1{run}T10:00:00.000Z",
                "registrationScore": 0.5,
                "accountScore": number % 7 / 8,
                "nudetectScore": 0.125,
                "tags": ["vip", "early"],
                "events": ["london", None, "paris"],
            }
        ).upsert()
        for number in range(records)
    ]


def fanlist(records: int, run: int) -> "list[Upsert]":
    """Fans of a fanlist, every third of them known by an address."""
    of = Run.model_validate(
        {
            "runId": f"2026021{run}T100000000Z-aaaaaaaa",
            "source": "fanlist",
            "campaignId": "bench",
            "campaignName": "bench",
            "file": {
                "bucket": "bench",
                "key": "fanlist/scored/bench/2026-02-13T10:00:00.csv",
                "version": "1",
            },
            "scoredAt": f"2026-02-1{run}T10:00:00.000Z",
            "startedAt": f"2026-02-1{run}T10:00:00.000Z",
        }
    )
    return [
        FanlistScore(
            {
                "globalUserId": None if number % 3 == 0 else f"fan-{number:09}",
                "memberId": None,
                "email": f"fan-{number:09}@example.com",
                "score": (number % 1000) / 1000 + run,
                "tags": ["vip", "early"],
            },
            of,
        ).upsert()
        for number in range(records)
    ]


def merge_writer(upserts: "list[Upsert]") -> Work:
    """What loadScoresToDynamoDB and SaveFanlistPartition do, in the worker's batches."""
    table = DemandTable(clients.dynamodb(), TABLE)

    def work() -> None:
        for start in range(0, len(upserts), BATCH):
            if any(status == "failed" for status in table.merge(upserts[start : start + BATCH])):
                raise SystemExit("records were not written")

    return work


def one_by_one(upserts: "list[Upsert]") -> Work:
    """The same merge under the same condition, one `update_item` a record, by boto3's plain client."""
    client = boto3.client("dynamodb")

    def work() -> None:
        for upsert in upserts:
            client.update_item(TableName=TABLE, **statements.update_arguments(upsert, now_iso()))

    return work


def threads(upserts: "list[Upsert]") -> Work:
    """Sixteen threads of it."""
    client = boto3.client("dynamodb", config=Config(max_pool_connections=_THREADS))

    def write(upsert: "Upsert") -> None:
        client.update_item(TableName=TABLE, **statements.update_arguments(upsert, now_iso()))

    def work() -> None:
        with ThreadPoolExecutor(max_workers=_THREADS) as pool:
            for _ in pool.map(write, upserts):
                pass

    return work


def bare_puts(upserts: "list[Upsert]") -> Work:
    """boto3's batch_writer: whole items replaced, no condition, no merge, no statuses."""
    read: Callable[[Any], Any] = TypeDeserializer().deserialize
    now = now_iso()
    items: list[dict[str, Any]] = [
        {name: read(value) for name, value in {**one.key, **one.stamped}.items()} | {"updated": now}
        for one in upserts
    ]
    table: Any = boto3.resource("dynamodb").Table(TABLE)

    def work() -> None:
        with table.batch_writer() as writer:
            for item in items:
                writer.put_item(Item=item)

    return work


METHODS: dict[str, Callable[["list[Upsert]"], Work]] = {
    "merge_writer": merge_writer,
    "one_by_one": one_by_one,
    "threads": threads,
    "bare_puts": bare_puts,
}
KINDS: dict[str, Callable[[int, int], "list[Upsert]"]] = {"scrubbed": scores, "fanlist": fanlist}


def main(method: str, kind: str, records: int, run: int) -> None:
    """Writes the records and prints what it took; imports and making the records are not in it."""
    upserts = KINDS[kind](records, run)
    for upsert in upserts:
        _ = upsert.stamped  # made once a record, whoever asks first
    work = METHODS[method](upserts)
    # What was imported so far is no method's doing: a collection of it would fall on one of them by chance.
    gc.collect()
    gc.freeze()
    started, used = time.perf_counter(), time.process_time()
    work()
    seconds, cpu_seconds = time.perf_counter() - started, time.process_time() - used
    print(Measured(seconds, cpu_seconds, peak_bytes(), None).to_json())


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
