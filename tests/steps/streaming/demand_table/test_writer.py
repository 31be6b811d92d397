"""What the merge writer makes of a fan's item, against the embedded AWS."""

import time
from typing import TYPE_CHECKING, Any

import pytest

from steps.shared.attributes import Item, number, text
from steps.streaming.demand_table.upserts import Status
from steps.streaming.demand_table.writer import DemandTable
from tests.steps.records import LATER, LATER_RUN, RUN, SCORED_AT
from tests.steps.streaming.demand_table.writing import Spy, item, upsert, writer

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


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


def test_numbers_come_back_digit_for_digit(dynamodb: "DynamoDBClient", table: str) -> None:
    scores = [0.1, 1 / 3, 9.99e125, 1e-130, 12345678901234567.0, 5e-7, 0.0, 3.0]
    batch = [upsert(str(number), score) for number, score in enumerate(scores)]
    merge = writer(dynamodb, table).merge
    assert merge(batch) == [Status.CREATED] * len(scores)
    assert merge(batch) == [Status.UNCHANGED] * len(scores)
    assert [float(item(dynamodb, table, str(n))["score"]["N"]) for n in range(len(scores))] == scores


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


@pytest.mark.parametrize("races", [False, True])
def test_a_fan_whose_time_was_set_stays_once_none_may_go(
    dynamodb: "DynamoDBClient", table: str, races: bool
) -> None:
    DemandTable(dynamodb, table, fan_days=30).merge([upsert()])
    spy = Spy(dynamodb)
    if races:  # by `update_item`, else by a statement
        spy.before["batch_execute_statement"] = [
            lambda _call, _arguments: {"Responses": [{"Error": {"Code": "ConditionalCheckFailed"}}]}
        ]
    again = upsert(stamp=(SCORED_AT, LATER_RUN))
    assert DemandTable(spy, table).merge([again]) == [Status.UNCHANGED]  # type: ignore[arg-type]
    assert "expires" not in item(dynamodb, table)
    assert item(dynamodb, table)["runId"] == text(LATER_RUN)
