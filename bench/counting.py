"""How many records of the table's stream are counted a second, with their audit lines.

Batches of 1,000 changes, as the mapping delivers them, through processSavedScores' own code, to a DynamoDB
that takes everything. `python -m bench.counting RECORDS` counts once, wherever the environment says.
"""

import sys
from collections.abc import Callable
from functools import partial
from typing import Annotated, Any

import typer

from bench.measured import report, run
from bench.null_aws import null_aws
from bench.rounds import Way, compared, in_turns
from bench.session import Rounds, Write, session

_BATCH = 1000


def counting(
    records: Annotated[int, typer.Option(min=1, help="Records of the table's stream.")] = 50_000,
    rounds: Rounds = 3,
    write: Write = False,
) -> None:
    """Measure how many stream records are counted a second."""
    with session() as running, running.files.empty_folder() as nothing, null_aws(nothing) as aws:
        way = Way("processSavedScores", records, partial(run, "bench.counting", records, environment=aws))
        in_turns([way], rounds, running.say)
        running.show("counting", compared(f"{records:,} stream records", [way], "records"), write=write)


def change(number: int) -> dict[str, Any]:
    """Make a change in Lambda's form: every other fan is new, the rest change their verdict."""
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
    return {
        "eventName": "MODIFY" if number % 2 else "INSERT",
        "eventSourceARN": "arn:aws:dynamodb:us-east-1:000000000000:table/demand/stream/1",
        "dynamodb": {"Keys": keys, "SequenceNumber": str(number + 1), **images},
    }


def count(records: int) -> Callable[[], int]:
    """Count so many changes of one shard; the audit lines are made, as they cost something."""
    from aws_lambda_powertools.utilities.data_classes import DynamoDBStreamEvent

    from steps.shared import clients
    from steps.streaming.counting.batch import count_batch
    from steps.streaming.counting.ledger import Ledger

    changes = [change(number) for number in range(records)]
    batches = [changes[start : start + _BATCH] for start in range(0, records, _BATCH)]
    work = [DynamoDBStreamEvent({"Records": batch, "shardId": "shard"}) for batch in batches]
    ledger = Ledger(clients.dynamodb(), "demand")
    return lambda: sum(count_batch(event, ledger, "windowed").counted for event in work)


if __name__ == "__main__":
    report(count(int(sys.argv[1])))
