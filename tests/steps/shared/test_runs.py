"""Claims, the newest run and run records, in a real table of the embedded AWS."""

import time
from typing import TYPE_CHECKING

import pytest

from steps.shared.clock import run_id_of
from steps.shared.payloads import FileRef, Run
from steps.shared.runs import RunRegistry

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@pytest.fixture
def registry(dynamodb: "DynamoDBClient", table: str) -> RunRegistry:
    return RunRegistry(dynamodb, table)


def _run(run_id: str, scored_at: str, campaign: str = "c1", version: str = "v1") -> Run:
    return Run(
        run_id=run_id,
        campaign_id=campaign,
        campaign_name="Tour",
        source="scrubbed",
        file=FileRef(bucket="b", key="k", version_id=version),
        scored_at=scored_at,
        started_at="2026-02-14T00:00:00.000Z",
    )


def _name(registry: RunRegistry, run: Run, *, replaced: bool = False) -> None:
    assert registry.name_newest(run, registry.latest(run), replaced=replaced)


def _lists(registry: RunRegistry, run: Run) -> tuple[str | None, str]:
    """The runs whose lists of fans a run is compared with."""
    found = registry.latest(run)
    return found.base, " ".join(sorted(found.beside_base))


def test_one_execution_claims_a_version_and_may_claim_it_again(registry: RunRegistry) -> None:
    assert registry.claim("c1", "v1:k", "one")
    assert not registry.claim("c1", "v1:k", "two")
    assert registry.claim("c1", "v1:k", "one")
    assert registry.claim("c1", "v2:k", "two")
    assert registry.claim("c2", "v1:k", "two")


def test_the_newest_run_is_the_latest_scored_then_the_latest_started(registry: RunRegistry) -> None:
    assert registry.newest("c1", "scrubbed") is None
    for run in (_run("r2", "2026-02-13"), _run("r1", "2026-02-13"), _run("r9", "2026-02-12")):
        _name(registry, run)
        assert registry.newest("c1", "scrubbed") == ("2026-02-13", "r2")
    _name(registry, _run("r3", "2026-02-13"))
    assert registry.newest("c1", "scrubbed") == ("2026-02-13", "r3")
    assert registry.newest("c1", "fanlist") is None
    assert registry.newest("c2", "scrubbed") is None


def test_a_file_is_compared_with_the_newest_run_of_an_earlier_one(registry: RunRegistry) -> None:
    first, second, third = _run("r1", "2026-02-13"), _run("r2", "2026-02-14"), _run("r4", "2026-02-15")
    again = _run("r3", "2026-02-14")
    assert registry.latest(first).base is None
    _name(registry, first)
    assert registry.latest(first).base is None
    assert registry.latest(second).base == "r1"
    # A check that comes again, and a file that is run again, find what they found the first time.
    for run in (second, second, again):
        _name(registry, run)
        assert registry.latest(second).base == registry.latest(again).base == "r1"
    assert registry.latest(third).base == "r3"
    _name(registry, third)
    assert (registry.latest(third).base, registry.latest(again).base) == ("r3", None)
    assert registry.latest(third.model_copy(update={"source": "fanlist"})).base is None


def test_a_newest_run_of_before_the_runs_before_were_kept(
    registry: RunRegistry, dynamodb: "DynamoDBClient", table: str
) -> None:
    item = {"PK": {"S": "campaign:c1"}, "SK": {"S": "meta:latest:scrubbed"}}
    old = {"runId": {"S": "r1"}, "scoredAt": {"S": "2026-02-13"}}
    dynamodb.put_item(TableName=table, Item={**item, **old})
    _name(registry, _run("r2", "2026-02-13"))
    assert registry.latest(_run("r2", "2026-02-13")).base is None
    _name(registry, _run("r3", "2026-02-14"))
    assert registry.latest(_run("r3", "2026-02-14")).base == "r2"


def test_a_run_that_was_compared_with_what_is_no_longer_the_newest_compares_again(
    registry: RunRegistry,
) -> None:
    first, second, third = _run("r1", "2026-02-13"), _run("r2", "2026-02-14"), _run("r3", "2026-02-15")
    nothing = registry.latest(first)
    _name(registry, first)
    assert not registry.name_newest(second, nothing)
    seen = registry.latest(third)
    _name(registry, second)
    assert not registry.name_newest(third, seen)
    assert registry.latest(third).base == "r2"
    _name(registry, third)
    assert registry.newest("c1", "scrubbed") == ("2026-02-15", "r3")


def test_what_replaced_stays_so_and_nothing_older_follows_it(registry: RunRegistry) -> None:
    old, replacing, later = _run("r1", "2026-02-13"), _run("r3", "2026-02-14"), _run("r4", "2026-02-15")
    late, again = _run("r2", "2026-02-13"), _run("r5", "2026-02-14")
    _name(registry, old)
    _name(registry, replacing, replaced=True)
    for run, has_replaced, is_outdated in (
        (replacing, True, False), (again, True, False), (late, False, True), (later, False, False),
    ):  # fmt: skip
        found = registry.latest(run)
        assert (found.has_replaced, found.is_outdated) == (has_replaced, is_outdated)
    _name(registry, later)
    assert registry.latest(late).is_outdated


def test_a_file_that_overwrites_one_of_the_same_time_is_another_file(registry: RunRegistry) -> None:
    first, second = _run("r1", "2026-02-13"), _run("r2", "2026-02-13", version="v2")
    again, late = _run("r3", "2026-02-13", version="v2"), _run("r0", "2026-02-13", version="v0")
    _name(registry, first, replaced=True)
    assert (registry.latest(second).base, registry.latest(second).has_replaced) == ("r1", False)
    _name(registry, second)
    for run in (second, again):
        assert registry.latest(run).base == "r1"
    assert registry.latest(late).base is None


def test_a_run_that_was_overtaken_is_beside_those_that_others_are_compared_with(
    registry: RunRegistry,
) -> None:
    first, second, third = _run("r1", "2026-02-13"), _run("r3", "2026-02-15"), _run("r6", "2026-02-16")
    overtaken, older, again = _run("r2", "2026-02-14"), _run("r0", "2026-02-12"), _run("r5", "2026-02-15")
    _name(registry, first)
    _name(registry, second)
    seen = registry.latest(third)
    for run in (overtaken, older, overtaken):
        _name(registry, run)
    assert _lists(registry, overtaken) == ("r1", "r0")
    assert not registry.name_newest(third, seen)
    assert _lists(registry, third) == ("r3", "r0 r2")
    _name(registry, again)
    assert _lists(registry, third) == ("r5", "r0 r2")
    assert _lists(registry, again) == ("r1", "r0 r2")
    _name(registry, third)
    assert _lists(registry, third) == ("r5", "r0 r2")
    assert _lists(registry, _run("r7", "2026-02-17")) == ("r6", "")


def test_opening_and_ending_a_run_leaves_its_tally_alone(
    registry: RunRegistry, dynamodb: "DynamoDBClient", table: str
) -> None:
    key = {"PK": {"S": "campaign:c1"}, "SK": {"S": "meta:run:r1"}}
    dynamodb.update_item(
        TableName=table,
        Key=key,
        UpdateExpression="ADD counted :n",
        ExpressionAttributeValues={":n": {"N": "7"}},
    )
    registry.begin(_run("r1", "2026-02-13"), "one")
    registry.end("c1", "r1", "succeeded", 9)
    registry.add_stale("c1", "r1", 2)
    item = dynamodb.get_item(TableName=table, Key=key)["Item"]
    assert [item[name] for name in ("counted", "output", "stale")] == [{"N": "7"}, {"N": "9"}, {"N": "2"}]
    assert item["status"] == {"S": "succeeded"}
    assert item["scoredAt"] == {"S": "2026-02-13"}


def test_run_ids_sort_by_time_and_belong_to_their_execution() -> None:
    first = run_id_of("2026-02-13T10:00:00.123Z", "arn:one")
    assert first == run_id_of("2026-02-13T10:00:00.123Z", "arn:one")
    assert first != run_id_of("2026-02-13T10:00:00.123Z", "arn:two")
    assert first.startswith("20260213T100000123Z-")
    assert first < run_id_of("2026-02-13T10:00:00.124Z", "arn:one")


def test_claims_and_runs_may_go_after_400_days(dynamodb: "DynamoDBClient", table: str) -> None:
    registry = RunRegistry(dynamodb, table)
    registry.claim("c1", "v1:k", "one")
    registry.begin(_run("r1", "2026-02-13"), "one")
    registry.end("c1", "r1", "failed")
    items = dynamodb.scan(TableName=table)["Items"]
    assert len(items) == 2
    for item in items:
        assert 399 < (int(item["expires"]["N"]) - time.time()) / 86_400 < 401
