"""saveEntryScoring's batch against HTTP fakes and the embedded AWS's S3."""

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from local.stack.fakes import Fakes
from local.stack.fakes.server import Answer, Fake, Request
from steps.shared.services import CampaignService, EntryService
from steps.streaming import entries as entries_module
from steps.streaming.dead_letters import DeadLetters
from steps.streaming.entries import EntrySender
from tests.steps.records import kinesis_records, score
from tests.steps.trouble import Scripted, in_trouble

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


@pytest.fixture
def fakes() -> Iterator[Fakes]:
    with Fakes(markets=None) as running:
        running.campaigns.register("campaign-1", "One", ["London", "Paris"])
        running.campaigns.register("campaign-2", "Two", ["London"])
        yield running


class Kept:
    """What a sender leaves in a bucket of the embedded AWS."""

    def __init__(self, bucket: tuple["S3Client", str], fakes: Fakes) -> None:
        self.s3, self.bucket = bucket
        self.fakes = fakes

    def send(self, *scores: dict[str, Any] | bytes | str, patience: float = 70) -> dict[str, int]:
        campaigns = CampaignService(self.fakes.campaigns.url, attempts=1)
        service = EntryService(self.fakes.entries.url, attempts=1)
        dead_letters = DeadLetters(self.s3, self.bucket, "save-entry-scoring")
        sender = EntrySender(campaigns, service, dead_letters, patience)
        return sender.send_batch(kinesis_records(*scores))

    def documents(self) -> dict[str, Any]:
        keys = [one["Key"] for one in self.s3.list_objects_v2(Bucket=self.bucket).get("Contents", [])]
        return {
            key: json.loads(self.s3.get_object(Bucket=self.bucket, Key=key)["Body"].read()) for key in keys
        }


@pytest.fixture
def kept(bucket: tuple["S3Client", str], fakes: Fakes) -> Kept:
    return Kept(bucket, fakes)


def replayed(document: dict[str, Any]) -> list[str]:
    """What was kept is an event of its own: its records, given to the worker again, arrive."""
    return [one["kinesis"]["data"] for one in document["Records"]]


NOTHING = {
    "input": 0,
    "scoring": 0,
    "entries": 0,
    "inserted": 0,
    "updated": 0,
    "found": 0,
    "records": 0,
    "invalid": 0,
    "unknownMarket": 0,
    "deadLetters": 0,
}


def test_scenario_3(kept: Kept, fakes: Fakes) -> None:
    fakes.campaigns.register("campaign-789", "Scenario 3", ["London"])
    fans = [
        score(
            f"fan-{number}",
            campaignId="campaign-789",
            events=["london"] if number < 5_000 else [None, "oslo"],
        )
        for number in range(20_000)
    ]
    kept.send(*fans[:200])
    assert kept.send(*fans) == {
        **NOTHING,
        "records": 20_000,
        "input": 1,
        "scoring": 1,
        "entries": 5_000,
        "inserted": 4_800,
        "updated": 200,
        "found": 200,
    }
    assert fakes.entries.refused == []
    assert kept.documents() == {}


def test_an_entry_has_exactly_the_contracts_fields(kept: Kept, fakes: Fakes) -> None:
    kept.send(score(isVerified=False, memberId="m", lastName="Lovelace", phoneCountryCode="44"))
    (found,) = fakes.entries.received["campaign-1"]
    assert found.model_dump(by_alias=True) == {
        "memberId": "m",
        "globalUserId": "fan-1",
        "phoneCountryCode": "44",
        "phoneNumber": "5550001",
        "email": "fan-1@example.test",
        "firstName": "Ada",
        "lastName": "Lovelace",
        "verdict": False,
        "score": 0.75,
        "registrationScore": 1.0,
        "accountScore": None,
        "nudetectScore": None,
        "marketId": "market-london",
    }


@pytest.mark.parametrize("events", [None, [], [None, "paris"]])
def test_a_fan_without_a_market_at_rank_0_is_not_sent(kept: Kept, events: Any) -> None:
    assert kept.send(score(events=events)) == {**NOTHING, "records": 1}


def test_an_unknown_market_and_an_unreadable_record_are_dead_letters(kept: Kept) -> None:
    found = kept.send(score("a"), score("b", events=["oslo"]), b"{", score("c", events=["oslo"]))
    counts = {"input": 1, "scoring": 1, "entries": 1, "inserted": 1}
    assert found == {**NOTHING, **counts, "records": 4, "invalid": 1, "unknownMarket": 2, "deadLetters": 3}
    documents = kept.documents()
    reasons = {key.split("/")[2]: (one["reason"], len(one["Records"])) for key, one in documents.items()}
    assert reasons == {"campaign-1": ("unknown market", 2), "unknown": ("not JSON", 1)}


@pytest.mark.parametrize("status", [500, 429, 400])
def test_a_failing_entry_service_costs_its_call_only(kept: Kept, fakes: Fakes, status: int) -> None:
    fakes.entries.fail_next(status, headers={"Retry-After": "0"})
    batch = [score("a"), score("b", campaignId="campaign-2")]
    found = kept.send(*batch)
    assert (found["entries"], found["deadLetters"], found["records"]) == (1, 1, 2)
    ((key, document),) = kept.documents().items()
    assert document["reason"] == f"The Entry Service answered {status}."
    assert key.startswith(f"dead-letters/save-entry-scoring/{document['campaignId']}/shardId-000000000000-0")
    assert kept.send(*replayed(document))["inserted"] == 1
    assert {*fakes.entries.received} == {"campaign-1", "campaign-2"}


def test_a_campaign_that_cannot_be_had_costs_itself_only(kept: Kept, fakes: Fakes) -> None:
    found = kept.send(score("a", campaignId="nobody-knows"), score("b"))
    assert (found["entries"], found["deadLetters"]) == (1, 1)
    (document,) = kept.documents().values()
    assert document["reason"] == "The Campaign Service answered 404."


@pytest.mark.parametrize("trouble", ["down", "slow", "wrong", "cut off"])
@pytest.mark.parametrize("which", ["Campaign Service", "Entry Service"])
def test_a_service_in_trouble_loses_nothing(
    kept: Kept, fakes: Fakes, monkeypatch: pytest.MonkeyPatch, which: str, trouble: str
) -> None:
    fake = fakes.campaigns if which == "Campaign Service" else fakes.entries
    batch = [score("a"), score("b", events=["paris"])]
    with in_trouble(fake, trouble, monkeypatch):
        found = kept.send(*batch)
    assert found == {**NOTHING, "records": 2, "deadLetters": 2}
    ((_, document),) = kept.documents().items()
    assert document["reason"].startswith(f"The {which}")
    assert "example.test" not in document["reason"]
    monkeypatch.undo()
    assert kept.send(*replayed(document))["entries"] == 2
    assert {one.global_user_id for one in fakes.entries.received["campaign-1"]} == {"a", "b"}


def test_a_call_of_which_some_entries_were_left_out_is_a_dead_letter_whole(
    kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = [score(f"fan-{number}") for number in range(5)]
    with Scripted(200, '{"input": 1, "scoring": 1, "entries": 3, "inserted": 2, "updated": 1}') as partial:
        monkeypatch.setattr(type(kept.fakes.entries), "url", property(lambda _: partial.url))
        found = kept.send(*batch)
    assert (found["entries"], found["inserted"], found["deadLetters"]) == (3, 2, 5)
    (document,) = kept.documents().values()
    assert document["reason"] == "The Entry Service took 3 of 5 entries."
    monkeypatch.undo()
    assert kept.send(*replayed(document))["inserted"] == 5


def test_calls_are_bounded_and_a_dead_service_is_not_asked_again(
    kept: Kept, fakes: Fakes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(entries_module, "ENTRIES_A_CALL", 2)
    batch = [score(f"fan-{number}") for number in range(5)]
    assert kept.send(*batch)["input"] == 3
    fakes.entries.fail_next(503)
    found = kept.send(*batch)
    assert (found["input"], found["deadLetters"]) == (0, 5)
    assert fakes.entries.calls == 4
    # A call that is refused, but for no entry of it, says nothing about the next.
    fakes.entries.fail_next(403)
    found = kept.send(*batch)
    assert (found["input"], found["deadLetters"]) == (2, 2)


class Choosy(Fake):
    """An Entry Service that refuses a list for a fan in it, or for its length."""

    name = "Choosy"

    def __init__(self, status: int, longest: int = 10_000) -> None:
        super().__init__()
        self._status, self._longest = status, longest
        self.taken: list[str] = []

    def answer(self, request: Request) -> Answer:
        fans = [entry["globalUserId"] for entry in json.loads(request.body)]
        if len(fans) > self._longest or any(fan.startswith("bad") for fan in fans):
            return Answer(self._status)
        self.taken += fans
        return Answer(200, {"input": 1, "scoring": 1, "entries": len(fans), "inserted": len(fans)})


@pytest.mark.parametrize("status", [400, 413, 422])
def test_an_entry_that_a_list_is_refused_for_is_a_dead_letter_alone(
    kept: Kept, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    fans = [f"fan-{number}" for number in range(200)]
    batch = [score(fan) for fan in [*fans[:70], "bad-1", *fans[70:150], "bad-2", *fans[150:]]]
    with Choosy(status, longest=150) as service:
        monkeypatch.setattr(type(kept.fakes.entries), "url", property(lambda _: service.url))
        found = kept.send(*batch)
    assert (found["entries"], found["deadLetters"]) == (200, 2)
    assert sorted(service.taken) == sorted(fans)
    documents = kept.documents().values()
    assert [(one["reason"], len(one["Records"])) for one in documents] == [
        (f"The Entry Service answered {status}.", 1)
    ] * 2
    monkeypatch.undo()
    for document in documents:
        assert kept.send(*replayed(document))["inserted"] == 1


def test_narrowing_ends(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    batch = [score(f"bad-{number}") for number in range(1000)]
    with Choosy(422) as service:
        monkeypatch.setattr(type(kept.fakes.entries), "url", property(lambda _: service.url))
        found = kept.send(*batch)
    assert (found["entries"], found["deadLetters"]) == (0, 1000)
    assert service.calls <= 200
    records = [one["eventID"] for document in kept.documents().values() for one in document["Records"]]
    assert len(records) == len(set(records)) == 1000


def test_what_the_time_of_a_batch_does_not_suffice_for_is_a_dead_letter(kept: Kept, fakes: Fakes) -> None:
    found = kept.send(score("a"), score("b", campaignId="campaign-2"), patience=-1)
    assert (found["entries"], found["deadLetters"]) == (0, 2)
    assert (fakes.campaigns.calls, fakes.entries.calls) == (0, 0)


def test_a_redelivered_batch_overwrites_what_it_kept(kept: Kept) -> None:
    for _ in range(2):
        kept.send(score("b", events=["oslo"]), b"{")
    assert len(kept.documents()) == 2


def test_it_raises_only_where_nothing_can_be_kept(kept: Kept) -> None:
    kept.bucket = "no-such-bucket"
    with pytest.raises(ClientError):
        kept.send(score(events=["oslo"]))
