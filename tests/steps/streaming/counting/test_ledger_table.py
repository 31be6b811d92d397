"""The fake that the histories run on, held against the embedded AWS: the same calls, the same answers.

The calls are the ledger's own, in generated histories of its deliveries, and some that only a rival or a
worker with an old position makes.
"""

import itertools
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from steps.shared.attributes import Item
from steps.streaming.counting.changes import Change, change_of
from steps.streaming.counting.ledger import NOWHERE, Ledger, UnsettledError
from tests.steps.records import image, stream_record
from tests.steps.streaming.counting.ledger_table import LedgerTable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_NUMBERS = itertools.count()


class Both:
    """Makes every call on both and compares what comes back; `calls` counts them by what they came to."""

    def __init__(self, embedded: "DynamoDBClient", fake: LedgerTable) -> None:
        self._embedded: Any = embedded
        self._fake = fake
        self.calls: dict[str, int] = {}

    def __getattr__(self, name: str) -> Any:
        def call(**arguments: Any) -> Any:
            answers = [_answer(getattr(client, name), arguments) for client in (self._embedded, self._fake)]
            (theirs, error), (ours, _) = answers
            assert ours == theirs, f"{name} {arguments}"
            self.calls[f"{name} {theirs[0]}"] = self.calls.get(f"{name} {theirs[0]}", 0) + 1
            if error is not None:
                raise error
            return theirs[1]

        return call


def _answer(call: Any, arguments: dict[str, Any]) -> tuple[tuple[str, Any], ClientError | None]:
    """What a call came to, without what differs by nature: request ids and messages."""
    try:
        answer = call(**arguments)
    except ClientError as error:
        response: Any = error.response
        reasons = [reason.get("Code", "None") for reason in response.get("CancellationReasons", [])]
        return (response["Error"]["Code"], reasons), error
    return ("done", {"Item": answer["Item"]} if "Item" in answer else {}), None


_IMAGES = st.one_of(
    st.none(),
    st.builds(image, st.booleans(), st.sampled_from(["r1", "r2"]), st.sampled_from([None, "selected"])),
)
# A delivery: where it begins and ends, in which shard, and whether by a worker that saw no position yet.
_DELIVERIES = st.lists(
    st.tuples(st.integers(0, 9), st.integers(1, 10), st.sampled_from("xy"), st.booleans()), max_size=6
)


def _changes(images: list[Item | None], shard: str) -> list[Change]:
    """One fan's life in a shard; the two shards' fans are of two campaigns."""
    states = [None, *images]
    found = [
        change_of(stream_record(number, old, new, f"campaign-{shard}"))
        for number, (old, new) in enumerate(itertools.pairwise(states), 1)
        if old != new
    ]
    return [one for one in found if one is not None]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(images=st.lists(_IMAGES, min_size=1, max_size=10), deliveries=_DELIVERIES)
def test_both_answer_alike(
    dynamodb: "DynamoDBClient",
    table: str,
    images: list[Item | None],
    deliveries: list[tuple[int, int, str, bool]],
) -> None:
    name = f"{table}-{next(_NUMBERS)}"
    _create(dynamodb, name)
    both: Any = Both(dynamodb, LedgerTable())
    ledger = Ledger(both, name, attempts=2, longest_wait=0)
    for start, end, shard, is_late in deliveries:
        part = _changes(images, shard)[start:end]
        if not part:
            continue
        if is_late:
            try:
                ledger._commit(shard, NOWHERE, part)
            except UnsettledError:
                continue
        else:
            ledger.settle(shard, part)
    for shard in "xy":
        for sort_key in ("meta:counts", "meta:run:r1", "meta:run:r2"):
            key = {"PK": {"S": f"campaign:campaign-{shard}"}, "SK": {"S": sort_key}}
            both.get_item(TableName=name, Key=key, ConsistentRead=True)
    dynamodb.delete_table(TableName=name)


def test_both_call_off_a_late_commit_for_the_same_reasons(dynamodb: "DynamoDBClient", table: str) -> None:
    both: Any = Both(dynamodb, LedgerTable())
    ledger = Ledger(both, table, attempts=2, longest_wait=0)
    changes = _changes([image(True), image(False), None], "x")
    ledger.settle("x", changes[:2])
    for late in (NOWHERE, "1".zfill(40)):
        try:
            ledger._commit("x", late, changes[2:])
        except UnsettledError:
            continue
        raise AssertionError("a commit went through on a position that has moved")
    ledger.settle("x", changes)
    assert both.calls == {
        "get_item done": 4,
        "transact_write_items done": 2,
        "transact_write_items TransactionCanceledException": 2,
    }


def _create(dynamodb: "DynamoDBClient", name: str) -> None:
    dynamodb.create_table(
        TableName=name,
        KeySchema=[
            {"AttributeName": "PK", "KeyType": "HASH"},
            {"AttributeName": "SK", "KeyType": "RANGE"},
        ],
        AttributeDefinitions=[
            {"AttributeName": "PK", "AttributeType": "S"},
            {"AttributeName": "SK", "AttributeType": "S"},
        ],
        BillingMode="PAY_PER_REQUEST",
    )
