"""Reading scoresStream's records."""

import json
from typing import Any

import pytest

from pipelines.schema import OPTIONAL_NUMBERS, RECORD_SCHEMA
from steps.streaming.scores.record import Received, Score, Unreadable, Withdrawal, receive
from tests.steps.records import kinesis_records, score


def read(data: dict[str, Any] | bytes | str) -> Received | Unreadable:
    return receive(kinesis_records(data)[0])


def reason(data: dict[str, Any] | bytes | str) -> str:
    found = read(data)
    assert isinstance(found, Unreadable), found
    return found.reason


def test_a_full_record_becomes_the_attributes_of_the_contract() -> None:
    found = read(score(accountScore=-2, nudetectScore=0, localFanscore=1e-7))
    assert isinstance(found, Received)
    upsert = found.score.upsert()
    assert upsert.place == ("fan:fan-1", "campaign:campaign-1")
    assert upsert.values == {
        "score": {"N": "0.75"},
        "isVerified": {"BOOL": True},
        "registrationScore": {"N": "1.0"},
        "accountScore": {"N": "-2.0"},
        "nudetectScore": {"N": "0.0"},
        "localFanscore": {"N": "1e-07"},
        "tags": {"L": [{"S": "vip"}]},
        "events": {"L": [{"S": "london"}, {"NULL": True}, {"S": "paris"}]},
    }
    assert upsert.absent == ()


def test_every_column_of_the_record_is_read() -> None:
    """What `Score` does not know, it ignores: a new column would be lost here without a word."""
    read_by_nobody = {"hbase", "rank"}
    of_the_file = {field.alias for field in Score.model_fields.values()} - {"schemaVersion", "withdrawn"}
    assert of_the_file | read_by_nobody == set(RECORD_SCHEMA), (
        "give Score a field for each column of RECORD_COLUMNS, or name the column here"
    )


def test_every_number_of_the_record_is_stored() -> None:
    found = read(score())
    assert isinstance(found, Received)
    upsert = found.score.upsert()
    assert set(OPTIONAL_NUMBERS) <= {*upsert.values, *upsert.absent}, "_OWNED leaves a number out"


def test_a_withdrawal_removes_what_a_score_sets_and_no_more() -> None:
    full = read(score(accountScore=-2, nudetectScore=0, localFanscore=1e-7))
    assert isinstance(full, Received)
    ours = full.score
    told = {"campaignId": ours.campaign_id, "globalUserId": ours.global_user_id, "withdrawn": True}
    told |= {"runId": ours.run_id, "scoredAt": ours.scored_at, "events": ["london"], "score": 0.75}
    found = read(told)
    assert isinstance(found, Received)
    assert isinstance(found.score, Withdrawal)
    upsert = found.score.upsert()
    assert upsert.values == {}
    assert set(upsert.absent) == set(full.score.upsert().values)
    assert (upsert.place, upsert.stamped) == (full.score.upsert().place, {
        "scoredAt": {"S": ours.scored_at}, "runId": {"S": ours.run_id},
    })  # fmt: skip
    assert found.score.best_market == "london"
    # Whoever says both is not believed to be scored.
    both = read({**score(), "withdrawn": True})
    assert isinstance(both, Received)
    assert isinstance(both.score, Withdrawal)
    told.pop("withdrawn")
    assert reason(told) == "isVerified: Field required"


def test_absent_and_null_are_alike() -> None:
    absent = score(tags=None, events=None, registrationScore=None)
    null = {**absent, "tags": None, "events": None, "registrationScore": None, "memberId": None}
    one, other = read(absent), read(null)
    assert isinstance(one, Received)
    assert isinstance(other, Received)
    assert one.score.upsert() == other.score.upsert()
    names = ("registrationScore", "accountScore", "nudetectScore", "localFanscore", "tags", "events")
    assert one.score.upsert().absent == names


@pytest.mark.parametrize("name", ["campaignId", "globalUserId", "score", "isVerified", "runId", "scoredAt"])
def test_a_required_field_is_named_when_missing_or_null(name: str) -> None:
    left_out = {field: value for field, value in score().items() if field != name}
    assert reason(left_out).startswith(f"{name}: ")
    assert reason({**score(), name: None}).startswith(f"{name}: ")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("score", -0.1),
        ("score", "0.5"),
        ("score", True),
        ("score", float("nan")),
        ("score", float("inf")),
        ("score", 10**400),
        ("score", 1e126),
        ("score", 1e-131),
        ("accountScore", -1e126),
        ("isVerified", "true"),
        ("isVerified", 1),
        ("globalUserId", ""),
        ("globalUserId", "x" * 2045),
        ("campaignId", "a/b"),
        ("campaignId", "a\n"),
        ("campaignId", ""),
        ("scoredAt", "2026-02-13T10:00:00Z"),
        ("scoredAt", "tomorrow"),
        ("runId", ""),
        ("tags", "vip"),
        ("tags", [None]),
        ("events", [1]),
    ],
)
def test_a_value_that_does_not_fit_is_named_and_not_shown(field: str, value: Any) -> None:
    found = reason({**score(), field: value})
    assert found.startswith(field)
    assert "example.test" not in found
    assert repr(value) not in found or len(repr(value)) < 3


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", "not JSON"),
        (b"ada@example.test", "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (b'{"campaignId": "c", "globalUserId": "\\ud800"}', "not JSON"),
        (b"[" * 5000, "not JSON"),
        (b"[]", "record: "),
        (b"null", "record: "),
        ("not base64!", "not base64"),
    ],
)
def test_what_is_no_record_is_unreadable(data: bytes | str, expected: str) -> None:
    found = reason(data)
    assert found.startswith(expected)
    assert "ada" not in found


def test_a_record_too_large_for_an_item_is_unreadable() -> None:
    assert "larger than" in reason(score(tags=["x" * 1000] * 400))


def test_an_unreadable_record_still_tells_its_campaign() -> None:
    found = read(score(score=-1))
    assert isinstance(found, Unreadable)
    assert found.campaign_id == "campaign-1"
    found = read(json.dumps({"campaignId": "../other"}).encode())
    assert isinstance(found, Unreadable)
    assert found.campaign_id is None
