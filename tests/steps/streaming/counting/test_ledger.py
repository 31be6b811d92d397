"""Exactness: whatever Lambda delivers again, and whatever happens to a commit, counts stay right."""

from typing import TYPE_CHECKING, Any, cast

import pytest
from botocore.exceptions import ClientError

from steps.shared.attributes import Item, read_int
from steps.streaming.counting.changes import Change, Tally, change_of
from steps.streaming.counting.ledger import NOWHERE, Ledger, UnsettledError
from tests.steps.records import LATER_RUN, RUN, image, stream_record
from tests.steps.streaming.counting.ledger_table import (
    LedgerTable,
    cancelled,
    conflict,
    lost_answer,
    lost_request,
)

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

SHARD = "shardId-1"


def changes(*ones: tuple[int, Item | None, Item | None], campaign: str = "c") -> list[Change]:
    found = [change_of(stream_record(number, old, new, campaign)) for number, old, new in ones]
    return [one for one in found if one is not None]


def arrivals(first: int, last: int) -> list[Change]:
    return changes(*((number, None, image(number % 4 != 0)) for number in range(first, last + 1)))


def ledger(client: Any, table: str = "demand") -> Ledger:
    return Ledger(client, table, attempts=5, longest_wait=0.001)


def tally(client: Any, table: str = "demand", campaign: str = "c") -> tuple[Tally, int]:
    def get(sort_key: str) -> Item:
        key = {"PK": {"S": f"campaign:{campaign}"}, "SK": {"S": sort_key}}
        return cast("Item", client.get_item(TableName=table, Key=key).get("Item", {}))

    counts = get("meta:counts")
    figures = Tally(*(read_int(counts, name) for name in ("verified", "rejected", "selected")))
    return figures, read_int(get(f"meta:run:{RUN}"), "counted")


@pytest.fixture(params=["fake", "embedded"])
def place(request: pytest.FixtureRequest) -> tuple[Any, str]:
    """The fake and the embedded AWS: what holds of the one has to hold of the other."""
    if request.param == "fake":
        return LedgerTable(), "demand"
    return request.getfixturevalue("dynamodb"), request.getfixturevalue("table")


def test_a_batch_delivered_twice_counts_once(place: tuple[Any, str]) -> None:
    client, table = place
    assert ledger(client, table).settle(SHARD, arrivals(1, 8)) == NOWHERE
    assert ledger(client, table).settle(SHARD, arrivals(1, 8)) == "8".zfill(40)
    assert tally(client, table) == (Tally(6, 2, 0), 8)


def test_a_batch_cut_differently_counts_once(place: tuple[Any, str]) -> None:
    client, table = place
    for first, last in [(1, 4), (3, 6), (1, 2), (1, 8), (7, 8), (5, 5)]:
        ledger(client, table).settle(SHARD, arrivals(first, last))
    assert tally(client, table) == (Tally(6, 2, 0), 8)


def test_shards_count_apart_and_campaigns_too(place: tuple[Any, str]) -> None:
    client, table = place
    ledger(client, table).settle("shard-a", changes((5, None, image(True))))
    ledger(client, table).settle("shard-b", changes((3, None, image(False)), (4, None, image(True))))
    ledger(client, table).settle("shard-a", changes((6, None, image(True)), campaign="other"))
    assert tally(client, table) == (Tally(2, 1, 0), 3)
    assert tally(client, table, "other") == (Tally(1, 0, 0), 1)


def test_flips_verdicts_and_removals(place: tuple[Any, str]) -> None:
    client, table = place
    history = changes(
        (1, None, image(True)),
        (2, image(True), image(False, LATER_RUN)),
        (3, image(False, LATER_RUN), image(False, LATER_RUN, "selected")),
        (4, None, image(True)),
        (5, image(True), None),
    )
    ledger(client, table).settle(SHARD, history)
    assert tally(client, table) == (Tally(0, 1, 1), 2)


def test_a_rival_that_moves_the_position_first_is_respected(place: tuple[Any, str]) -> None:
    client, table = place

    class Overtaken:
        """Lets another worker count the same records between our reading and our commit."""

        done = False

        def __getattr__(self, name: str) -> Any:
            if name == "transact_write_items" and not self.done:
                self.done = True
                ledger(client, table).settle(SHARD, arrivals(1, 5))
            return getattr(client, name)

    ledger(Overtaken(), table).settle(SHARD, arrivals(1, 8))
    assert tally(client, table) == (Tally(6, 2, 0), 8)


@pytest.mark.parametrize("fault", [lost_request, lost_answer, conflict])
def test_a_commit_that_goes_wrong_is_settled_by_the_position(fault: Any) -> None:
    table = LedgerTable()
    table.faults = [fault, None, fault]
    ledger(table).settle(SHARD, arrivals(1, 8))
    ledger(table).settle(SHARD, arrivals(1, 12))
    assert tally(table) == (Tally(9, 3, 0), 12)
    assert table.transactions == 2


def test_more_than_a_transaction_holds_is_cut_in_order() -> None:
    table = LedgerTable()
    many = [
        one
        for number in range(250)
        for one in changes((number + 1, None, image(True)), campaign=f"c{number % 125}")
    ]
    table.faults = [None, lost_answer, conflict, lost_request]
    ledger(table).settle(SHARD, many)
    assert table.transactions == 6
    assert all(tally(table, campaign=f"c{number}") == (Tally(2, 0, 0), 2) for number in range(125))


def test_a_thousand_changes_of_one_campaign_are_one_transaction() -> None:
    table = LedgerTable()
    ledger(table).settle(SHARD, arrivals(1, 1000))
    assert (table.transactions, tally(table)) == (1, (Tally(750, 250, 0), 1000))


def test_counts_are_written_only_where_they_change() -> None:
    table = LedgerTable()
    ledger(table).settle(SHARD, changes((1, image(True), image(True)), (2, image(True), image(True))))
    assert set(table.items) == {("stream:demand", f"meta:position:{SHARD}")}
    ledger(table).settle(SHARD, [])
    assert table.transactions == 1


def test_what_does_not_pass_is_raised() -> None:
    table = LedgerTable()
    table.faults = [conflict] * 5
    with pytest.raises(UnsettledError):
        ledger(table).settle(SHARD, arrivals(1, 2))

    def invalid(_table: LedgerTable, _actions: list[Any]) -> None:
        raise cancelled("None", "ValidationError")

    table.faults = [invalid]
    with pytest.raises(ClientError):
        ledger(table).settle(SHARD, arrivals(1, 2))
    assert tally(table) == (Tally(), 0)


def test_the_embedded_aws_calls_off_a_transaction_as_the_fake_does(
    dynamodb: "DynamoDBClient", table: str
) -> None:
    fake = LedgerTable()
    answers = []
    for client, name in ((cast("Any", dynamodb), table), (cast("Any", fake), "demand")):
        book = ledger(client, name)
        book.settle(SHARD, arrivals(1, 2))
        with pytest.raises(UnsettledError) as raised:
            book._commit(SHARD, NOWHERE, arrivals(3, 4))
        cause = cast("Any", raised.value.__cause__)
        answers.append([reason.get("Code") for reason in cause.response["CancellationReasons"]])
    assert answers[0] == answers[1] == ["ConditionalCheckFailed", "None", "None"]
