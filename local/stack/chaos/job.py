"""Chaos in a job on the laptop: what it asks of the embedded AWS, and when it is over."""

from collections import Counter

from local.stack.chaos.faults import Faults, Rule, lost_answer, refused
from local.stack.chaos.redelivery import Redelivered, read_redelivered
from local.stack.laptop import Laptop

# Every tenth call twice where AWS throttles in earnest; and some whose work is done and whose answer is lost.
_RULES: tuple[Rule, ...] = (
    refused("kinesis", "PutRecords", "ProvisionedThroughputExceededException"),
    refused("dynamodb", "BatchExecuteStatement", "ProvisionedThroughputExceededException"),
    refused("dynamodb", "TransactWriteItems", "ThrottlingException"),
    refused("s3", "GetObject", "SlowDown", times=4),
    refused("sqs", "SendMessage", "InternalError", times=2),
    lost_answer("kinesis", "PutRecords", times=2),
    lost_answer("dynamodb", "BatchExecuteStatement", times=2),
    lost_answer("dynamodb", "TransactWriteItems", times=2),
)
_REFUSALS = 2


def make_trouble(faults: Faults, system: Laptop) -> None:
    """From here on AWS throttles and loses answers, and the services outside refuse their first calls."""
    faults.set(_RULES)
    outside = system.fakes
    for service in (outside.slack, outside.campaigns, outside.entries):
        service.fail_next(503, times=_REFUSALS)


def redelivered(system: Laptop) -> list[Redelivered]:
    """Give what was delivered twice so far, by batch."""
    return read_redelivered(system.aws.log_path.read_text(errors="replace"))


def all_came_twice(system: Laptop, streamed: int, counted: int) -> bool:
    """Whether every record on scoresStream, and every counted change of a fan, has come a second time."""
    expected = {"loadScoresToDynamoDB": streamed, "saveEntryScoring": streamed, "processSavedScores": counted}
    done = Counter[str]()
    for one in redelivered(system):
        done[one.function.rpartition("-")[2]] += one.records
    return all(done[worker] >= size for worker, size in expected.items()) and queue_is_empty(system)


def queue_is_empty(system: Laptop) -> bool:
    """Whether the verdicts' queue is: a message leaves it after its second delivery."""
    attributes = system.aws.client("sqs").get_queue_attributes(
        QueueUrl=system.stack.verdict_queue_url, AttributeNames=["All"]
    )["Attributes"]
    kinds = ("", "NotVisible", "Delayed")
    return all(int(attributes[f"ApproximateNumberOfMessages{kind}"]) == 0 for kind in kinds)
