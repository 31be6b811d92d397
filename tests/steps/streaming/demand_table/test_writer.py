"""The merge writer against the embedded AWS. It cannot see AWS's own throttling; fakes below play that."""

import copy
import time
from typing import TYPE_CHECKING, Any, cast

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from steps.streaming.demand_table.attributes import Item, number, text
from steps.streaming.demand_table.upserts import Status, Upsert
from steps.streaming.demand_table.writer import DemandTable
from tests.steps.records import LATER, LATER_RUN, RUN, SCORED_AT
from tests.steps.trouble import Choosy

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


def upsert(
    fan: str = "1",
    score: float = 0.5,
    stamp: tuple[str, str] = (SCORED_AT, RUN),
    values: dict[str, Any] | None = None,
    absent: tuple[str, ...] = (),
) -> Upsert:
    return Upsert(f"fan:{fan}", "campaign:c", {"score": number(score), **(values or {})}, absent, *stamp)


def item(client: "DynamoDBClient", table: str, fan: str = "1") -> Item:
    answer = client.get_item(TableName=table, Key={"PK": text(f"fan:{fan}"), "SK": text("campaign:c")})
    return cast("Item", answer.get("Item", {}))


class Spy:
    """The real client with its calls counted, and with answers of a test's own in between."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.calls: list[str] = []
        self.before: dict[str, list[Any]] = {}

    def __getattr__(self, name: str) -> Any:
        def call(**arguments: Any) -> Any:
            self.calls.append(name)
            queue = self.before.get(name, [])
            planned = queue.pop(0) if queue else None
            if planned is not None:
                return planned(getattr(self._client, name), arguments)
            return getattr(self._client, name)(**arguments)

        return call


def writer(client: Any, table: str) -> DemandTable:
    return DemandTable(client, table, attempts=4, longest_wait=0.001)


def test_created_then_unchanged_then_updated_then_stale(dynamodb: "DynamoDBClient", table: str) -> None:
    merge = writer(dynamodb, table).merge
    assert merge([upsert()]) == [Status.CREATED]
    first = item(dynamodb, table)
    assert merge([upsert()]) == [Status.UNCHANGED]
    assert item(dynamodb, table) == first
    assert merge([upsert(score=0.25)]) == [Status.UPDATED]
    assert merge([upsert(score=1, stamp=(LATER, LATER_RUN))]) == [Status.UPDATED]
    newest = item(dynamodb, table)
    assert merge([upsert(score=0.5)]) == [Status.STALE]
    assert item(dynamodb, table) == newest
    assert (newest["score"], newest["scoredAt"], newest["runId"]) == (
        {"N": "1"},
        text(LATER),
        text(LATER_RUN),
    )


def test_same_values_of_a_new_run_are_unchanged_but_stamped(dynamodb: "DynamoDBClient", table: str) -> None:
    merge = writer(dynamodb, table).merge
    merge([upsert()])
    assert merge([upsert(stamp=(SCORED_AT, LATER_RUN))]) == [Status.UNCHANGED]
    assert item(dynamodb, table)["runId"] == text(LATER_RUN)
    assert merge([upsert(stamp=(SCORED_AT, RUN))]) == [Status.STALE]


def test_others_attributes_stay_and_absent_ones_go(dynamodb: "DynamoDBClient", table: str) -> None:
    theirs: Item = {
        "verdict": text("selected"),
        "selectedEvents": {"SS": ["london"]},
        "fanlistScore": number(3),
    }
    key = {"PK": text("fan:1"), "SK": text("campaign:c")}
    dynamodb.put_item(TableName=table, Item={**key, **theirs})
    merge = writer(dynamodb, table).merge
    assert merge([upsert(values={"accountScore": number(2)}, absent=("tags",))]) == [Status.UPDATED]
    assert merge([upsert(absent=("accountScore", "tags"), stamp=(LATER, LATER_RUN))]) == [Status.UPDATED]
    stored = item(dynamodb, table)
    assert {name: stored[name] for name in theirs} == theirs
    assert "accountScore" not in stored
    assert stored.keys() == key.keys() | theirs.keys() | {"score", "scoredAt", "runId", "updated"}


def test_a_fan_twice_in_a_batch_ends_as_the_later_record_says(dynamodb: "DynamoDBClient", table: str) -> None:
    batch = [upsert("1", 1), upsert("2", 5), upsert("1", 2), upsert("1", 3)]
    statuses = writer(dynamodb, table).merge(batch)
    assert statuses == [Status.CREATED, Status.CREATED, Status.UPDATED, Status.UPDATED]
    assert item(dynamodb, table, "1")["score"] == {"N": "3"}


def test_a_hundred_records_take_five_calls(dynamodb: "DynamoDBClient", table: str) -> None:
    spy = Spy(dynamodb)
    batch = [upsert(str(fan), fan) for fan in range(100)]
    assert writer(spy, table).merge(batch) == [Status.CREATED] * 100
    assert spy.calls == ["batch_get_item"] + ["batch_execute_statement"] * 4
    assert item(dynamodb, table, "77")["score"] == {"N": "77"}
    batch = [upsert(str(fan), fan + 0.5, (LATER, LATER_RUN)) for fan in range(130)]
    expected = [Status.UPDATED] * 100 + [Status.CREATED] * 30
    assert writer(dynamodb, table).merge(batch) == expected


@pytest.mark.parametrize("there_before", [False, True])
@pytest.mark.parametrize(
    ("rival", "status", "left"),
    [
        ((LATER, LATER_RUN), Status.STALE, "9"),
        ((SCORED_AT, RUN), Status.UPDATED, "1"),
        ((SCORED_AT, "0"), Status.UPDATED, "1"),
    ],
)
def test_a_lost_race_is_settled_by_the_stamps(
    dynamodb: "DynamoDBClient",
    table: str,
    there_before: bool,
    rival: tuple[str, str],
    status: Status,
    left: str,
) -> None:
    if there_before:
        writer(dynamodb, table).merge([upsert(score=0.1, stamp=("2026-01-01T00:00:00.000Z", "0"))])
    spy = Spy(dynamodb)

    def somebody_is_faster(call: Any, arguments: dict[str, Any]) -> Any:
        writer(dynamodb, table).merge([upsert(score=9, stamp=rival)])
        return call(**arguments)

    spy.before["batch_execute_statement"] = [somebody_is_faster]
    assert writer(spy, table).merge([upsert(score=1)]) == [status]
    assert item(dynamodb, table)["score"] == {"N": left}
    assert spy.calls[-1] == "update_item"


def test_throttled_parts_are_sent_again(dynamodb: "DynamoDBClient", table: str) -> None:
    spy = Spy(dynamodb)

    def half_read(call: Any, arguments: dict[str, Any]) -> Any:
        request = copy.deepcopy(arguments["RequestItems"])
        keys = request[table]["Keys"]
        rest = {table: {**request[table], "Keys": keys[10:]}}
        request[table]["Keys"] = keys[:10]
        return {**call(RequestItems=request), "UnprocessedKeys": rest}

    def every_other_throttled(call: Any, arguments: dict[str, Any]) -> Any:
        statements = arguments["Statements"]
        done = iter(call(Statements=statements[::2])["Responses"])
        throttled = {"Error": {"Code": "ThrottlingError", "Message": "slow down"}}
        return {"Responses": [throttled if n % 2 else next(done) for n in range(len(statements))]}

    spy.before = {"batch_get_item": [half_read], "batch_execute_statement": [every_other_throttled] * 2}
    batch = [upsert(str(fan), fan) for fan in range(20)]
    assert writer(spy, table).merge(batch) == [Status.CREATED] * 20
    assert spy.calls == ["batch_get_item"] * 2 + ["batch_execute_statement"] * 3
    assert writer(dynamodb, table).merge(batch) == [Status.UNCHANGED] * 20


def _refuse(code: str) -> Any:
    def answer(_call: Any, arguments: dict[str, Any]) -> Any:
        return {"Responses": [{"Error": {"Code": code}} for _ in arguments["Statements"]]}

    return answer


def _raise(error: Exception) -> Any:
    def answer(_call: Any, _arguments: dict[str, Any]) -> Any:
        raise error

    return answer


@pytest.mark.parametrize(
    "plan",
    [
        [_refuse("ThrottlingError")] * 4,
        [_refuse("AccessDenied")],
        [_raise(ClientError({"Error": {"Code": "AccessDeniedException"}}, "BatchExecuteStatement"))] * 49,
        [_raise(ReadTimeoutError(endpoint_url="http://127.0.0.1"))],
    ],
)
def test_what_fails_holds_nothing_else_back(dynamodb: "DynamoDBClient", table: str, plan: list[Any]) -> None:
    spy = Spy(dynamodb)
    spy.before["batch_execute_statement"] = plan
    batch = [upsert(str(fan), fan) for fan in range(30)]
    assert writer(spy, table).merge(batch) == [Status.FAILED] * 25 + [Status.CREATED] * 5
    again = writer(dynamodb, table).merge(batch)
    assert again == [Status.CREATED] * 25 + [Status.UNCHANGED] * 5


def test_an_unread_part_fails_alone(dynamodb: "DynamoDBClient", table: str) -> None:
    spy = Spy(dynamodb)
    error = ClientError({"Error": {"Code": "ProvisionedThroughputExceededException"}}, "BatchGetItem")
    spy.before["batch_get_item"] = [_raise(error)]
    batch = [upsert(str(fan), fan) for fan in range(101)]
    assert writer(spy, table).merge(batch) == [Status.FAILED] * 100 + [Status.CREATED]


def test_numbers_come_back_digit_for_digit(dynamodb: "DynamoDBClient", table: str) -> None:
    scores = [0.1, 1 / 3, 9.99e125, 1e-130, 12345678901234567.0, 5e-7, 0.0, 3.0]
    batch = [upsert(str(number), score) for number, score in enumerate(scores)]
    merge = writer(dynamodb, table).merge
    assert merge(batch) == [Status.CREATED] * len(scores)
    assert merge(batch) == [Status.UNCHANGED] * len(scores)
    assert [float(item(dynamodb, table, str(n))["score"]["N"]) for n in range(len(scores))] == scores


@pytest.mark.parametrize("code", ["AccessDeniedException", "ValidationException", "SomethingNewException"])
@pytest.mark.parametrize("operation", ["batch_get_item", "batch_execute_statement"])
@pytest.mark.parametrize("at_fault", [{"0"}, {"13"}, {"7", "8", "99"}])
def test_what_a_call_is_refused_for_stands_alone(
    dynamodb: "DynamoDBClient", table: str, operation: str, code: str, at_fault: set[str]
) -> None:
    client = Choosy(dynamodb, operation, code, at_fault)
    batch = [upsert(str(fan), fan) for fan in range(100)]
    merging = writer(client, table)
    expected = [Status.REFUSED if str(fan) in at_fault else Status.CREATED for fan in range(100)]
    assert merging.merge(batch) == expected
    assert merging.refusals == {(f"fan:{fan}", "campaign:c"): code for fan in at_fault}
    assert client.calls < 60
    assert not any(item(dynamodb, table, fan) for fan in at_fault)


@pytest.mark.parametrize("operation", ["batch_get_item", "batch_execute_statement"])
@pytest.mark.parametrize(
    ("code", "fans"),
    [
        ("AccessDeniedException", None),
        ("ResourceNotFoundException", None),
        ("ThrottlingException", {"3"}),
        ("InternalServerError", {"3"}),
    ],
)
def test_what_is_not_for_the_record_is_worth_another_delivery(
    dynamodb: "DynamoDBClient", table: str, operation: str, code: str, fans: set[str] | None
) -> None:
    client = Choosy(dynamodb, operation, code, fans)
    merging = writer(client, table)
    assert merging.merge([upsert(str(fan), fan) for fan in range(25)]) == [Status.FAILED] * 25
    assert merging.refusals == {}


def test_one_alone_is_refused_only_where_another_key_would_be_read(
    dynamodb: "DynamoDBClient", table: str
) -> None:
    """A batch that was halved down to the one record tells no less than a full one."""
    alone = writer(Choosy(dynamodb, "batch_get_item", "AccessDeniedException", {"x"}), table)
    assert alone.merge([upsert("x")]) == [Status.REFUSED]
    nobody = writer(Choosy(dynamodb, "batch_get_item", "AccessDeniedException", None), table)
    assert nobody.merge([upsert("x")]) == [Status.FAILED]


def test_a_statement_that_is_refused_alone_is_for_good(dynamodb: "DynamoDBClient", table: str) -> None:
    spy = Spy(dynamodb)

    def one_of_them(call: Any, arguments: dict[str, Any]) -> Any:
        first, *rest = arguments["Statements"]
        del first
        return {"Responses": [{"Error": {"Code": "AccessDenied"}}, *call(Statements=rest)["Responses"]]}

    spy.before["batch_execute_statement"] = [one_of_them, _refuse("ValidationError")]
    assert writer(spy, table).merge([upsert("1"), upsert("2")]) == [Status.REFUSED, Status.CREATED]
    assert writer(spy, table).merge([upsert("3")]) == [Status.REFUSED]


def test_what_cannot_be_written_in_time_has_failed_and_the_rest_is_done(
    dynamodb: "DynamoDBClient", table: str
) -> None:
    """A function that runs out of time in a wait would say nothing of what it has done."""
    spy = Spy(dynamodb)
    left = iter([60.0] * 2)  # asked before the read and before the first statements
    merge = DemandTable(spy, table, time_left=lambda: next(left, 14.0)).merge  # type: ignore[arg-type]
    statuses = merge([upsert(str(n)) for n in range(60)])
    assert spy.calls == ["batch_get_item", "batch_execute_statement"]
    assert statuses == [Status.CREATED] * 25 + [Status.FAILED] * 35
    assert merge([upsert("new")]) == [Status.FAILED]
    assert len(spy.calls) == 2


def test_a_wait_that_would_end_too_late_is_not_begun(dynamodb: "DynamoDBClient", table: str) -> None:
    spy = Spy(dynamodb)
    throttled = {"Responses": {}, "UnprocessedKeys": {table: {"Keys": [upsert().key]}}}
    spy.before["batch_get_item"] = [lambda _call, _arguments: throttled] * 9
    merge = DemandTable(spy, table, longest_wait=1e-9, time_left=lambda: 15.0).merge  # type: ignore[arg-type]
    assert merge([upsert()]) == [Status.FAILED]
    assert spy.calls == ["batch_get_item"]


def test_a_fan_may_go_some_days_after_its_last_change(dynamodb: "DynamoDBClient", table: str) -> None:
    DemandTable(dynamodb, table).merge([upsert()])
    assert "expires" not in item(dynamodb, table)
    for score in (0.25, 0.75):  # by a statement; then one that loses a race, by `update_item`
        spy = Spy(dynamodb)
        if score == 0.75:
            spy.before["batch_execute_statement"] = [
                lambda _call, _arguments: {"Responses": [{"Error": {"Code": "ConditionalCheckFailed"}}]}
            ]
        before = time.time()
        DemandTable(spy, table, fan_days=30).merge([upsert(score=score)])  # type: ignore[arg-type]
        expires = int(item(dynamodb, table)["expires"]["N"])
        assert before - 1 <= expires - 30 * 86_400 <= time.time()
        assert item(dynamodb, table)["score"] == number(score)
