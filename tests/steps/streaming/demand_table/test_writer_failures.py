"""What the merge writer makes of calls that fail, against the embedded AWS. Throttling is played."""

import copy
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from steps.streaming.demand_table.upserts import Status
from steps.streaming.demand_table.writer import DemandTable
from tests.steps.streaming.demand_table.writing import Spy, item, upsert, writer
from tests.steps.trouble import Choosy

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


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
