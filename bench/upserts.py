"""The merge writer beside the same merge record by record, and beside puts that merge nothing.

`python -m bench.upserts METHOD RECORDS` is one method as a program, wherever the environment says. Every
method is given the same records in the form that it takes, made before the clock starts.
"""

import sys
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bench.measured import report, run
from bench.null_aws import null_aws
from bench.rounds import Goal, Way, compared, goals, in_turns
from bench.session import Rounds, Write, session

if TYPE_CHECKING:
    from steps.streaming.demand_table.upserts import Upsert

TABLE = "demand"
# What loadScoresToDynamoDB is given at once, and a part of a fanlist's partition.
BATCH = 500
_LABELS = {
    "merge_writer": "merge writer",
    "one_by_one": "one update_item a record",
    "bare_puts": "batch_writer: puts, no merge",
}
# Against whom, by how many times the records a CPU second at least.
_GOALS = {"one_by_one": 8.0, "bare_puts": 0.4}

Work = Callable[[], None]


def upserts(
    records: Annotated[int, typer.Option(min=1, help="Records a run.")] = 10_000,
    rounds: Rounds = 3,
    write: Write = False,
) -> None:
    """Measure the merge writer beside one-by-one writes and boto3's batch_writer."""
    with session() as running, running.files.empty_folder() as nothing:
        parts, wanted = [], []
        for items in ("new", "stored"):
            with null_aws(nothing, items) as aws:
                ways = {
                    name: Way(label, records, _method(name, records, aws)) for name, label in _LABELS.items()
                }
                in_turns(list(ways.values()), rounds, running.say)
            parts.append(compared(f"{records:,} upserts of {items} items", list(ways.values()), "records"))
            mine = ways["merge_writer"].cpu_seconds
            for name, least in _GOALS.items():
                said = f"{items} items: CPU seconds of '{_LABELS[name]}' against the merge writer's"
                wanted.append(Goal(said, ways[name].cpu_seconds / mine, least, at_least=True))
        running.show("upserts", goals(wanted), *parts, write=write)


def _method(name: str, records: int, aws: dict[str, str]) -> Callable[[], Any]:
    return partial(run, "bench.upserts", name, records, environment=aws)


def scores(records: int, run_number: int = 1) -> "list[Upsert]":
    """Make fans of a scrubbed file: the second run has other values and a later stamp than the first."""
    from steps.streaming.scores.record import Score

    return [
        Score.model_validate(
            {
                "campaignId": "bench",
                "globalUserId": f"fan-{number:09}",
                "score": (number % 1000) / 1000 + run_number,
                "isVerified": (number + run_number) % 3 != 0,
                "runId": f"2026021{run_number}T100000000Z-aaaaaaaa",
                "scoredAt": f"2026-02-1{run_number}T10:00:00.000Z",
                "registrationScore": 0.5,
                "accountScore": number % 7 / 8,
                "nudetectScore": 0.125,
                "tags": ["vip", "early"],
                "events": ["london", None, "paris"],
            }
        ).upsert()
        for number in range(records)
    ]


def merge_writer(made: "list[Upsert]") -> Work:
    """Do what loadScoresToDynamoDB and SaveFanlistPartition do, in the worker's batches."""
    from steps.shared import clients
    from steps.streaming.demand_table.writer import DemandTable

    table = DemandTable(clients.dynamodb(), TABLE)

    def work() -> None:
        for start in range(0, len(made), BATCH):
            assert all(status != "failed" for status in table.merge(made[start : start + BATCH]))

    return work


def one_by_one(made: "list[Upsert]") -> Work:
    """Do the same merge under the same condition, one `update_item` a record, by boto3's plain client."""
    import boto3

    from steps.shared.clock import now_iso
    from steps.streaming.demand_table import statements
    from steps.streaming.demand_table.attributes import text
    from steps.streaming.demand_table.upserts import UPDATED

    client = boto3.client("dynamodb")

    def work() -> None:
        for upsert in made:
            client.update_item(
                TableName=TABLE, **statements.update_arguments(upsert, {UPDATED: text(now_iso())})
            )

    return work


def bare_puts(made: "list[Upsert]") -> Work:
    """Replace whole items by boto3's batch_writer: no condition, no merge, no statuses."""
    import boto3
    from boto3.dynamodb.types import TypeDeserializer

    from steps.shared.clock import now_iso

    read: Callable[[Any], Any] = TypeDeserializer().deserialize
    now = now_iso()
    items: list[dict[str, Any]] = [
        {name: read(value) for name, value in {**one.key, **one.stamped}.items()} | {"updated": now}
        for one in made
    ]
    table: Any = boto3.resource("dynamodb").Table(TABLE)

    def work() -> None:
        with table.batch_writer() as writer:
            for item in items:
                writer.put_item(Item=item)

    return work


METHODS = {"merge_writer": merge_writer, "one_by_one": one_by_one, "bare_puts": bare_puts}

if __name__ == "__main__":
    report(METHODS[sys.argv[1]](scores(int(sys.argv[2]))))
