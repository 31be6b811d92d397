"""What goes wrong in the fault suite: calls of the functions to AWS that fail, and services that are down.

What is `refused` did not happen; of a `lost_answer` the work was done.
"""

from collections.abc import Callable
from dataclasses import dataclass

from local.stack.chaos.faults import Rule, lost_answer, refused
from local.stack.fakes import Fakes


@dataclass(frozen=True)
class Case:
    """One kind of fault.

    Attributes:
        name: in the tests' names and in docs/guarantees.md.
        seen: what a person sees of it.
        rules: for microburst.
        operations: the calls that have to have been hit, or the test has tested nothing.
        trouble: what is done to the services outside.
        kind: of the file that the run is for.
    """

    name: str
    seen: str
    rules: tuple[Rule, ...] = ()
    operations: frozenset[str] = frozenset()
    trouble: Callable[[Fakes], None] | None = None
    kind: str = "scrubbed"


def _case(name: str, seen: str, *rules: Rule, kind: str = "scrubbed") -> Case:
    return Case(name, seen, rules, frozenset(rule["operation"] for rule in rules), kind=kind)


_THROTTLED = "ProvisionedThroughputExceededException"

CASES = [
    _case(
        "scoresStream throttled",
        "FanOut takes longer",
        refused("kinesis", "PutRecords", _THROTTLED),
    ),
    _case(
        "PutRecords done, answer lost",
        "records stand on the stream twice; readers merge them",
        lost_answer("kinesis", "PutRecords"),
    ),
    _case(
        "table throttled",
        "the workers' iterator age grows",
        refused("dynamodb", "BatchExecuteStatement", _THROTTLED),
        refused("dynamodb", "BatchGetItem", _THROTTLED),
    ),
    _case(
        "upserts done, answer lost",
        "nothing: the batch is read back and found unchanged",
        lost_answer("dynamodb", "BatchExecuteStatement", 5),
    ),
    _case(
        "counting throttled",
        "the counts come later",
        refused("dynamodb", "TransactWriteItems", "ThrottlingException"),
        refused("dynamodb", "GetItem", "InternalServerError", sequence={"fail": 1, "pass": 2}),
    ),
    _case(
        "counts committed, answer lost",
        "nothing: the position says that they are in",
        lost_answer("dynamodb", "TransactWriteItems"),
    ),
    _case(
        "S3 says SlowDown",
        "steps are tried again",
        refused("s3", "GetObject", "SlowDown", times=6),
        refused("s3", "PutObject", "SlowDown", times=6),
    ),
    _case(
        "download cut off",
        "Prepare reads that part again",
        {"service": "s3", "operation": "GetObject", "times": 4, "response": {"abort_frac": 0.4}},
    ),
    _case(
        "S3 answers late",
        "steps take longer",
        {"service": "s3", "operation": "GetObject", "times": 3, "timeout_ms": 500},
    ),
    _case(
        "queue down",
        "the verdict is asked for later",
        refused("sqs", "SendMessage", "InternalError", times=4),
    ),
    _case(
        "verdict asked for, answer lost",
        "the message stands in the queue twice; Slack hears it once",
        lost_answer("sqs", "SendMessage", 2),
    ),
    _case(
        "fanlist: table throttled",
        "FanOut takes longer",
        refused("dynamodb", "BatchExecuteStatement", _THROTTLED),
        kind="fanlist",
    ),
    _case(
        "fanlist: campaignDataStream throttled",
        "FanOut takes longer",
        refused("kinesis", "PutRecords", _THROTTLED),
        kind="fanlist",
    ),
    _case(
        "replaced: manifest refused, withdrawals done, answer lost",
        "CheckQuality is tried again; the batch is read back and found unchanged",
        refused("s3", "PutObject", "SlowDown", times=6),
        lost_answer("dynamodb", "BatchExecuteStatement", 5),
        kind="replaced",
    ),
    Case("Slack down", "the post comes later", trouble=lambda outside: outside.slack.fail_next(503, times=4)),
    Case(
        "Campaign Service down",
        "entries and names come later",
        trouble=lambda outside: outside.campaigns.fail_next(500, times=2),
    ),
    Case(
        "Entry Service down",
        "entries arrive later",
        trouble=lambda outside: outside.entries.fail_next(503, times=2),
    ),
]

CALM = [Case("none", "nothing"), Case("fanlist: none", "nothing", kind="fanlist")]
CALM += [Case("replaced: none", "nothing", kind="replaced")]
