"""What Resolve makes of an input, against a bucket and a registry in memory."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from pipelines.errors import InvalidKeyError
from pipelines.keys import Kind
from steps.outcomes.refusals import InvalidInputError, OutdatedFileError
from steps.shared.payloads import Run
from steps.shared.services import Campaign, ServiceError
from steps.states.resolve import Request, Resolver

KEY = "scrubbed/registrants.c1.Tour.2026-02-13T10:00:00.csv"
ARN = "arn:aws:states:us-east-1:1:execution:m:one"
STARTED = "2026-02-14T00:00:00.123Z"


class FakeBucket:
    """Objects of 10 bytes under the given keys."""

    def __init__(self, *keys: str) -> None:
        self._keys = sorted(keys)
        self.metadata: dict[str, str] = {}

    def head_object(self, Bucket: str, Key: str, VersionId: str = "v1") -> dict[str, Any]:  # noqa: N803
        if Key not in self._keys:
            raise ClientError({"Error": {"Code": "404", "Message": "Not Found"}}, "HeadObject")
        return {"ContentLength": 10, "VersionId": VersionId, "Metadata": self.metadata}

    def get_paginator(self, _operation: str) -> "FakeBucket":
        return self

    def paginate(self, Bucket: str, Prefix: str) -> list[dict[str, Any]]:  # noqa: N803
        return [{"Contents": [{"Key": key} for key in self._keys if key.startswith(Prefix)]}]


class FakeRegistry:
    """Claims and the newest run, in memory."""

    def __init__(self, newest: tuple[str, str] | None = None) -> None:
        self.claims: dict[tuple[str, str], str] = {}
        self.begun: list[str] = []
        self._newest = newest

    def claim(self, campaign_id: str, object_version: str, execution_arn: str) -> bool:
        return self.claims.setdefault((campaign_id, object_version), execution_arn) == execution_arn

    def newest(self, campaign_id: str, source: str) -> tuple[str, str] | None:
        return self._newest

    def begin(self, run: Run, execution_arn: str) -> None:
        self.begun.append(run.run_id)


class FakeCampaigns:
    """The Campaign Service, which knows c1, and c3 by a name that is none."""

    def campaign(self, campaign_id: str) -> Campaign:
        if campaign_id == "c3":
            return Campaign(id="c3", name=" ")
        if campaign_id != "c1":
            raise ServiceError("The Campaign Service answered 404.", passing=False)
        return Campaign(id="c1", name="The Tour")


def _resolve(
    given: Any, *keys: str, registry: Any = None, arn: str = ARN, source: Kind = "scrubbed"
) -> Run | None:
    bucket: Any = FakeBucket(*(keys or (KEY,)))
    runs: Any = registry or FakeRegistry()
    campaigns: Any = FakeCampaigns()
    return Resolver(bucket, runs, "pipeline", campaigns).resolve(source, given, arn, STARTED)


def _event(key: str = KEY, **found: str) -> dict[str, Any]:
    return {
        "detail-type": "Object Created",
        "detail": {"bucket": {"name": "pipeline"}, "object": {"key": key, "etag": "e", **found}},
    }


def test_an_event_becomes_a_run() -> None:
    run = _resolve(_event(**{"version-id": "v7"}))
    assert run is not None
    assert run.run_id.startswith("20260214T000000123Z-")
    assert (run.campaign_id, run.campaign_name, run.scored_at) == ("c1", "Tour", "2026-02-13T10:00:00.000Z")
    assert (run.file.version_id, run.file.bytes, run.accept_quality, run.forced) == ("v7", 10, False, False)


def test_an_event_delivered_again_runs_once_but_a_retry_goes_on() -> None:
    registry = FakeRegistry()
    first = _resolve(_event(sequencer="1"), registry=registry)
    assert _resolve(_event(sequencer="1"), registry=registry, arn=ARN + "-other") is None
    assert _resolve(_event(sequencer="1"), registry=registry) == first
    assert _resolve(_event(sequencer="2"), registry=registry, arn=ARN + "-other") is not None


def test_a_person_may_run_a_file_as_often_as_they_like() -> None:
    registry = FakeRegistry()
    given = {"bucket": "pipeline", "key": KEY}
    runs = [_resolve(given, registry=registry, arn=f"{ARN}-{n}") for n in range(3)]
    assert len({run.run_id for run in runs if run}) == 3


def test_a_campaigns_newest_file_is_the_one_scored_last() -> None:
    keys = [f"scrubbed/registrants.c1.Tour.{moment}.csv" for moment in ("2026-02-13T10", "2026-02-13T12+05")]
    run = _resolve({"campaignId": "c1"}, *keys, "scrubbed/registrants.c1.notes.txt")
    assert run is not None
    assert run.file.key == keys[0]


def test_of_files_of_one_time_the_newest_is_the_one_that_went_through_most_steps() -> None:
    steps = ("", ".cleaned", ".prepared", ".cleaned.prepared.merged", ".cleaned.prepared")
    run = _resolve(
        {"campaignId": "c1"}, *(f"scrubbed/registrants.c1.Tour.2026-02-13T10{step}.csv" for step in steps)
    )
    assert run is not None
    assert run.file.key.endswith(".cleaned.prepared.merged.csv")


@pytest.mark.parametrize(("campaign", "name"), [("c1", "The Tour"), ("c2", "c2"), ("c3", "c3")])
def test_a_fanlists_name_is_the_campaign_services_else_the_id(campaign: str, name: str) -> None:
    keys = [f"fanlist/scored/{campaign}/2026-02-{day}T10:00:00.csv" for day in (12, 13)]
    run = _resolve({"campaignId": campaign}, *keys, source="fanlist")
    assert run is not None
    assert (run.source, run.campaign_name, run.file.key) == ("fanlist", name, keys[1])


def test_an_older_file_is_refused_unless_forced_and_then_scored_now() -> None:
    registry = FakeRegistry(("2026-02-13T11:00:00.000Z", "r0"))
    with pytest.raises(OutdatedFileError, match="force"):
        _resolve({"key": KEY}, registry=registry)
    forced = _resolve({"key": KEY, "force": True}, registry=registry)
    assert forced is not None
    assert (forced.scored_at, forced.forced) == (STARTED, True)


def test_an_upload_or_a_person_asks_that_a_file_replaces() -> None:
    """What the object says counts where a person says nothing, but for a run that is forced."""
    bucket: Any = FakeBucket(KEY)
    resolver = Resolver(bucket, FakeRegistry(), "b", FakeCampaigns())  # type: ignore[arg-type]

    def replaces(given: dict[str, Any]) -> bool:
        run = resolver.resolve("scrubbed", given, ARN, STARTED)
        assert run is not None
        return run.replace

    by_hand = {"key": KEY}
    assert not replaces(by_hand)
    assert replaces({**by_hand, "replace": True})
    for said, meant in ({}, False), ({"replace": "true"}, True), ({"replace": "no"}, False):
        bucket.metadata = said
        assert replaces(_event()) is replaces(by_hand) is meant
        assert not replaces({**by_hand, "replace": False})
        assert not replaces({**by_hand, "force": True})
        assert replaces({**by_hand, "force": True, "replace": True})


def test_the_same_file_again_is_no_older_file() -> None:
    assert _resolve({"key": KEY}, registry=FakeRegistry(("2026-02-13T10:00:00.000Z", "r0"))) is not None


@pytest.mark.parametrize(
    "given",
    [
        None,
        [],
        "c1",
        {},
        {"bucket": "b"},
        {"campaignId": "c1", "key": KEY},
        {"campaignId": "../c1"},
        {"key": KEY, "force": "yes"},
        {"key": KEY, "acceptquality": True},
        {"detail-type": "Object Created"},
        {"detail-type": "Object Created", "detail": {"bucket": None, "object": {"key": "k"}}},
    ],
    ids=str,
)
def test_any_other_input_is_refused_with_the_forms_there_are(given: Any) -> None:
    with pytest.raises(InvalidInputError, match="campaignId"):
        Request.of(given, "pipeline")


def test_a_missing_file_and_a_wrong_key_are_told_apart() -> None:
    with pytest.raises(InvalidInputError, match="no file"):
        _resolve({"key": KEY.replace("c1", "c2")})
    with pytest.raises(InvalidKeyError):
        _resolve({"key": "scrubbed/x.csv"}, "scrubbed/x.csv")
    with pytest.raises(InvalidInputError, match="fanlist state machine"):
        _resolve({"key": "fanlist/scored/c1/2026-02-13T10:00:00.csv"})
    with pytest.raises(InvalidInputError, match="scrubbed state machine"):
        _resolve({"key": KEY}, source="fanlist")
