"""Chaos in a job on the laptop: what it asks of the embedded AWS, and when it is over."""

from local.laptop import Laptop
from local.redelivery import VARIABLE, Chaos, Redelivered, read_redelivered


def environment_of(chaos: Chaos | None) -> dict[str, str]:
    """Variables for the embedded AWS."""
    return {} if chaos is None else {VARIABLE: chaos.value}


def redelivered(system: Laptop) -> list[Redelivered]:
    """What was delivered twice so far, by batch."""
    return read_redelivered(system.aws.log_path.read_text(errors="replace"))


def all_came_twice(system: Laptop, streamed: int, counted: int) -> bool:
    """Whether every record has come to every function that takes it a second time, too.

    Args:
        system: a laptop with redelivery switched on.
        streamed: records on scoresStream.
        counted: changes of fans on the table's stream.
    """
    expected = {
        "loadScoresToDynamoDB": streamed,
        "saveEntryScoring": streamed,
        "processSavedScores": counted,
    }
    done = dict.fromkeys(expected, 0)
    for one in redelivered(system):
        worker = one.function.rpartition("-")[2]
        if worker in done:
            done[worker] += one.records
    return all(done[worker] >= expected[worker] for worker in expected) and queue_is_empty(system)


def queue_is_empty(system: Laptop) -> bool:
    """Whether the verdicts' queue is: a message leaves it after its second delivery."""
    attributes = system.aws.client("sqs").get_queue_attributes(
        QueueUrl=system.stack.verdict_queue_url, AttributeNames=["All"]
    )["Attributes"]
    kinds = ("", "NotVisible", "Delayed")
    return all(int(attributes[f"ApproximateNumberOfMessages{kind}"]) == 0 for kind in kinds)
