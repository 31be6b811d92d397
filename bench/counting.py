"""How many records of the table's stream are counted per second: `python -m bench.counting [--records N]`.

Batches of 1,000 changes, as the mapping delivers them, through processSavedScores' own code, against a
DynamoDB that takes everything (what it costs) and against the embedded AWS.
"""

import json
import os
import subprocess
import sys
import time
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from bench.endpoints import Endpoint, embedded_table, null_table
from bench.machine import Machine
from bench.rounds import ROOT

BATCH = 1000
_CHILD = "import sys; from bench.counting import count; count(int(sys.argv[1]))"


def batches(records: int) -> list[list[dict[str, Any]]]:
    """Changes of one campaign's fans, in Lambda's form: every other one is new, the rest change a verdict."""
    made = []
    for number in range(records):
        fan = number // 2
        keys = {"PK": {"S": f"fan:{fan:09}"}, "SK": {"S": "campaign:bench"}}
        first, second = (
            {
                **keys,
                "score": {"N": f"0.{fan}"},
                "isVerified": {"BOOL": verified},
                "runId": {"S": f"run-{run}"},
                "scoredAt": {"S": f"2026-02-1{run}T10:00:00.000Z"},
                "events": {"L": [{"S": "london"}]},
            }
            for run, verified in ((1, fan % 3 == 0), (2, fan % 2 == 0))
        )
        images = {"NewImage": first} if number % 2 == 0 else {"OldImage": first, "NewImage": second}
        made.append(
            {
                "eventName": "MODIFY" if number % 2 else "INSERT",
                "eventSourceARN": "arn:aws:dynamodb:us-east-1:000000000000:table/demand/stream/1",
                "dynamodb": {"Keys": keys, "SequenceNumber": str(number + 1), **images},
            }
        )
    return [made[start : start + BATCH] for start in range(0, records, BATCH)]


def count(records: int) -> None:
    """Counts and prints what it took, in seconds; the audit lines go nowhere but are made."""
    from aws_lambda_powertools.utilities.data_classes import DynamoDBStreamEvent

    from steps.shared import clients
    from steps.streaming.counting import count_batch
    from steps.streaming.ledger import Ledger

    work = [DynamoDBStreamEvent({"Records": batch, "shardId": "shard"}) for batch in batches(records)]
    ledger = Ledger(clients.dynamodb(), "demand")
    counted = 0
    started, used = time.perf_counter(), time.process_time()
    for event in work:
        counted += count_batch(event, ledger, "windowed").counted
    seconds, cpu_seconds = time.perf_counter() - started, time.process_time() - used
    if counted != records:
        raise SystemExit(f"{counted} of {records} records were counted")
    sys.stderr.write(json.dumps({"records": records, "seconds": seconds, "cpu_seconds": cpu_seconds}) + "\n")


def _measure(endpoint: Endpoint, records: int) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, "-c", _CHILD, str(records)],
        cwd=ROOT,
        env=os.environ | endpoint.environment,
        # The audit's lines are made and thrown away, as they cost something and are not to be read.
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=True,
    )
    found: dict[str, float] = json.loads(done.stderr.splitlines()[-1])
    return found


def main(
    records: Annotated[int, typer.Option(min=1, help="Records of the stream.")] = 50_000,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    """Stream records counted per second, with their audit lines."""
    machine = Machine.look()
    with null_table("new") as nothing, embedded_table() as embedded:
        found = {one.name: _measure(one, records) for one in (nothing, embedded)}
    if as_json:
        sys.stdout.write(json.dumps({"machine": machine.wire(), "counting": found}) + "\n")
        return
    table = Table("endpoint", "records/s", "records per CPU-s", "CPU-s per 100,000", title="Counting")
    for name, took in found.items():
        table.add_row(
            name,
            f"{records / took['seconds']:,.0f}",
            f"{records / took['cpu_seconds']:,.0f}",
            f"{took['cpu_seconds'] / records * 100_000:.1f}",
        )
    console = Console(width=150)
    console.print(machine.line(), style="dim")
    console.print(table)


if __name__ == "__main__":
    typer.run(main)
