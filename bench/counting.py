"""How many records of the table's stream are counted per second.

Batches of 1,000 changes, as the mapping delivers them, through processSavedScores' own code, against a
DynamoDB that takes everything (what it costs) and against the embedded AWS. As a program,
`python -m bench.counting RECORDS SHARD`, it counts once, wherever the environment says, and prints a line of
`bench.contestants.common.Measured` to stderr.
"""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bench.contestants.common import Measured, peak_bytes
from bench.endpoints import Endpoint, embedded_table, null_table
from bench.rounds import ROOT, ContestantError

BATCH = 1000


@dataclass(frozen=True)
class Counting:
    """All rounds at one endpoint."""

    endpoint: str
    records: int
    runs: list[Measured]

    @property
    def seconds(self) -> float:
        """Median wall-clock seconds."""
        return statistics.median(run.seconds for run in self.runs)

    @property
    def cpu_seconds(self) -> float:
        """Median CPU seconds of the counting process, for 100,000 records."""
        return statistics.median(run.cpu_seconds for run in self.runs) / self.records * 100_000

    def wire(self) -> dict[str, Any]:
        """The figures for `--json`."""
        return {
            "endpoint": self.endpoint,
            "records": self.records,
            "rounds": len(self.runs),
            "recordsPerSecond": round(self.records / self.seconds),
            "cpuSecondsPer100000": round(self.cpu_seconds, 2),
        }


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


def count(records: int, shard: str) -> None:
    """Counts and prints what it took, in seconds; the audit lines go nowhere but are made."""
    from aws_lambda_powertools.utilities.data_classes import DynamoDBStreamEvent

    from steps.shared import clients
    from steps.streaming.count_batch import count_batch
    from steps.streaming.ledger import Ledger

    work = [DynamoDBStreamEvent({"Records": batch, "shardId": shard}) for batch in batches(records)]
    ledger = Ledger(clients.dynamodb(), "demand")
    counted = 0
    started, used = time.perf_counter(), time.process_time()
    for event in work:
        counted += count_batch(event, ledger, "windowed").counted
    seconds, cpu_seconds = time.perf_counter() - started, time.process_time() - used
    if counted != records:
        raise SystemExit(f"{counted} of {records} records were counted")
    sys.stderr.write(Measured(seconds, cpu_seconds, peak_bytes(), None).to_json() + "\n")


def counting(records: int, rounds: int, say: Callable[[str], None]) -> list[Counting]:
    """Counts in processes of their own, `rounds` times at each endpoint.

    Raises:
        ContestantError: counting failed.
    """
    results = []
    with null_table("new") as nothing, embedded_table() as embedded:
        for endpoint in (nothing, embedded):
            runs = []
            for number in range(rounds):
                say(f"Round {number + 1} of {rounds}: counting, {endpoint.name}")
                # A shard that was counted by the round before would not be counted again.
                runs.append(_measure(endpoint, records, f"shard-{number}"))
            results.append(Counting(endpoint.name, records, runs))
    return results


def _measure(endpoint: Endpoint, records: int, shard: str) -> Measured:
    done = subprocess.run(
        [sys.executable, "-m", "bench.counting", str(records), shard],
        cwd=ROOT,
        env=os.environ | endpoint.environment,
        # The audit's lines are made and thrown away, as they cost something and are not to be read.
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode:
        raise ContestantError(f"Counting failed: {done.stderr.strip()[-1000:]}")
    return Measured.from_json(done.stderr.splitlines()[-1])


if __name__ == "__main__":
    count(int(sys.argv[1]), sys.argv[2])
