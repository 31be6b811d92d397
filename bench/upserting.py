"""One way to write scores into a table, as a program: `python -m bench.upserting METHOD RECORDS RUN`.

Every method is given the same records in the form that it takes, made before the clock starts. AWS is
wherever the environment says. Prints one line of JSON.
"""

import json
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import boto3
from boto3.dynamodb.types import TypeDeserializer
from botocore.config import Config

from steps.shared import clients
from steps.shared.clock import now_iso
from steps.streaming import statements
from steps.streaming.demand_table import DemandTable
from steps.streaming.scores import Score

if TYPE_CHECKING:
    from steps.streaming.upserts import Upsert

TABLE = "demand"
BATCH = 500
_THREADS = 16

Work = Callable[[], None]


def scores(records: int, run: int) -> list[Score]:
    """Records as scoresStream has them: the second run has other values and a later stamp than the first."""
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
        )
        for number in range(records)
    ]


def merge_writer(upserts: "list[Upsert]") -> Work:
    """What loadScoresToDynamoDB does, in Lambda's batches."""
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
    assert isinstance(items[0]["score"], Decimal)
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


def main(method: str, records: int, run: int) -> None:
    """Writes the records and prints what it took, in seconds; connections and imports are not in it."""
    upserts = [score.upsert() for score in scores(records, run)]
    for upsert in upserts:
        _ = upsert.stamped  # made once a record, whoever asks first
    work = METHODS[method](upserts)
    started, used = time.perf_counter(), time.process_time()
    work()
    seconds, cpu_seconds = time.perf_counter() - started, time.process_time() - used
    print(json.dumps({"records": records, "seconds": seconds, "cpu_seconds": cpu_seconds}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
