"""Two writers on one item, each with a stamp of its own, against the embedded AWS."""

from typing import TYPE_CHECKING, Any

import pytest

from steps.shared.attributes import number, text
from steps.streaming.demand_table.upserts import FANLIST_STAMP, Status, Upsert
from tests.steps.records import LATER, LATER_RUN, RUN, SCORED_AT
from tests.steps.streaming.demand_table.writing import Spy, item, upsert, writer

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@pytest.mark.parametrize("fanlist_first", [False, True])
def test_two_writers_with_stamps_of_their_own_share_an_item(
    dynamodb: "DynamoDBClient", table: str, fanlist_first: bool
) -> None:
    scores = upsert(score=0.5, stamp=(LATER, LATER_RUN))
    fanlist = Upsert(
        "fan:1", "campaign:c", {"fanlistScore": number(7)}, ("fanlistTags",), SCORED_AT, RUN, FANLIST_STAMP
    )
    spy = Spy(dynamodb)
    both = [fanlist, scores] if fanlist_first else [scores, fanlist]
    assert [writer(spy, table).merge([one]) for one in both] == [[Status.CREATED], [Status.UPDATED]]
    assert spy.calls == ["batch_get_item", "batch_execute_statement"] * 2
    assert [writer(dynamodb, table).merge([one]) for one in both] == [[Status.UNCHANGED]] * 2
    stored = item(dynamodb, table)
    assert (stored["score"], stored["scoredAt"], stored["runId"]) == (
        {"N": "0.5"},
        text(LATER),
        text(LATER_RUN),
    )
    assert (stored["fanlistScore"], stored["fanlistScoredAt"], stored["fanlistRunId"]) == (
        {"N": "7"},
        text(SCORED_AT),
        text(RUN),
    )


@pytest.mark.parametrize(("rival", "status"), [("scores", Status.UPDATED), ("fanlist", Status.STALE)])
def test_a_race_on_a_shared_item_is_settled_by_ones_own_stamp(
    dynamodb: "DynamoDBClient", table: str, rival: str, status: Status
) -> None:
    def fanlist(score: float, scored_at: str, run_id: str) -> Upsert:
        values = {"fanlistScore": number(score)}
        return Upsert("fan:1", "campaign:c", values, (), scored_at, run_id, FANLIST_STAMP)

    rivals = {"scores": upsert(stamp=(LATER, LATER_RUN)), "fanlist": fanlist(9, LATER, LATER_RUN)}
    spy = Spy(dynamodb)

    def somebody_is_faster(call: Any, arguments: dict[str, Any]) -> Any:
        writer(dynamodb, table).merge([rivals[rival]])
        return call(**arguments)

    spy.before["batch_execute_statement"] = [somebody_is_faster]
    assert writer(spy, table).merge([fanlist(1, SCORED_AT, RUN)]) == [status]
    assert spy.calls[-1] == "update_item"


def test_a_withdrawal_takes_what_is_its_own_from_a_shared_item_and_older_runs_stay_out(
    dynamodb: "DynamoDBClient", table: str
) -> None:
    merge = writer(dynamodb, table).merge
    fanlist = Upsert("fan:1", "campaign:c", {"fanlistScore": number(7)}, (), SCORED_AT, RUN, FANLIST_STAMP)
    assert merge([upsert(score=0.5, stamp=(SCORED_AT, RUN))]) == [Status.CREATED]
    assert merge([fanlist]) == [Status.UPDATED]
    withdrawal = Upsert("fan:1", "campaign:c", {}, ("score", "tags"), LATER, LATER_RUN)
    assert merge([withdrawal, withdrawal]) == [Status.UPDATED, Status.UNCHANGED]
    stored = item(dynamodb, table)
    assert "score" not in stored
    assert (stored["runId"], stored["fanlistScore"], stored["fanlistRunId"]) == (
        text(LATER_RUN), {"N": "7"}, text(RUN),
    )  # fmt: skip
    # Neither the run before it nor one of its own records that comes again brings the fan back.
    assert merge([upsert(score=0.5, stamp=(SCORED_AT, RUN))]) == [Status.STALE]
    assert item(dynamodb, table) == stored


def test_who_was_never_written_is_withdrawn_before_an_older_run_can(
    dynamodb: "DynamoDBClient", table: str
) -> None:
    withdrawal = Upsert("fan:1", "campaign:c", {}, ("score",), LATER, LATER_RUN)
    assert writer(dynamodb, table).merge([withdrawal]) == [Status.CREATED]
    assert writer(dynamodb, table).merge([upsert(score=1, stamp=(SCORED_AT, RUN))]) == [Status.STALE]
